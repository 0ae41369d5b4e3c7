// Exp: e to the power x.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_Exp = unary_operator<Unary::exp>("Exp");

}  // namespace pl
