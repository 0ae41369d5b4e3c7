// HardSwish: x times (x / 6 + 1/2) held within [0, 1].
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_HardSwish = unary_operator<Unary::hard_swish>("HardSwish");

}  // namespace pl
