// Equal: is a equal to b, broadcast.
#include "ops/compare.h"
#include "ops/table.h"

namespace pl {

const Operator op_Equal = comparison<false, true, false>("Equal");

}  // namespace pl
