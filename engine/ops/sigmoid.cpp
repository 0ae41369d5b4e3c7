// Sigmoid: 1 / (1 + exp(-x)).
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_Sigmoid = unary_operator<Unary::sigmoid>("Sigmoid");

}  // namespace pl
