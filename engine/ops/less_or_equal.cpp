// LessOrEqual: is a at most b, broadcast.
#include "ops/compare.h"
#include "ops/table.h"

namespace pl {

const Operator op_LessOrEqual = comparison<true, true, false>("LessOrEqual");

}  // namespace pl
