// GreaterOrEqual: is a at least b, broadcast.
#include "ops/compare.h"
#include "ops/table.h"

namespace pl {

const Operator op_GreaterOrEqual = comparison<false, true, true>("GreaterOrEqual");

}  // namespace pl
