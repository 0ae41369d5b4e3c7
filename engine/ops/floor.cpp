// Floor: the greatest integer that is not above x.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {

const Operator op_Floor = unary_operator<Unary::floor>("Floor");

}  // namespace pl
