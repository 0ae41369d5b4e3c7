// Tanh: the hyperbolic tangent.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_Tanh = unary_operator<Unary::tanh>("Tanh");

}  // namespace pl
