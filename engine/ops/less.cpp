// Less: is a less than b, broadcast.
#include "ops/compare.h"
#include "ops/table.h"

namespace pl {

const Operator op_Less = comparison<true, false, false>("Less");

}  // namespace pl
