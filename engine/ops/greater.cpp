// Greater: is a greater than b, broadcast.
#include "ops/compare.h"
#include "ops/table.h"

namespace pl {

const Operator op_Greater = comparison<false, false, true>("Greater");

}  // namespace pl
