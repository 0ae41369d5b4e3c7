// Sqrt: the square root, correctly rounded; NaN below zero.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_Sqrt = unary_operator<Unary::sqrt>("Sqrt");

}  // namespace pl
