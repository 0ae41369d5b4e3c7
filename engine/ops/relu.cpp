// Relu: max(x, 0).
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_Relu = unary_operator<Unary::relu>("Relu");

}  // namespace pl
