// Log: the natural logarithm; NaN below zero.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_Log = unary_operator<Unary::log>("Log");

}  // namespace pl
