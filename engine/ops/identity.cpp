// Identity: a copy, of any type.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  return set_output(call, 0, call.in(0)->type, call.in(0)->shape);
}

void run(const Call& call) {
  copy_elements(call.outputs[0], *call.in(0));
}

}  // namespace

const Operator op_Identity = {"Identity", "", "", 1, 1, 1, nullptr, infer, run, true};

}  // namespace pl
