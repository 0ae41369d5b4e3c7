// Ceil: the least integer that is not below x.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_Ceil = unary_operator<Unary::ceil>("Ceil");

}  // namespace pl
