// Upsample: enlarges by nearest elements or by linear interpolation (until opset 10; then Resize).
#include "ops/resample.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status check(const Call& call) {
  const Text mode = call.node.text("mode", "nearest");
  if (mode != "nearest" && mode != "linear")
    return call.unsupported("mode '", mode, "' is not supported");
  return PL_OK;
}

pl_status read(const Call& call, Resampling* r) {
  const Shape& x = call.in(0)->shape;
  Span<f32> scales = call.node.reals("scales");
  if (call.node.opset >= 9) PL_TRY(read_reals(call, "scales", 1, &scales));
  if (scales.size != x.rank)
    return call.invalid("'scales' has ", scales.size, " entries for an input of shape ", x);
  if (call.node.text("mode", "nearest") == "linear") r->kernel = Kernel::linear;
  r->coordinates = Coordinates::asymmetric;
  r->nearest = Nearest::floor;
  r->out = x;
  for (i32 a = 0; a < x.rank; ++a) {
    if (scales[a] < 1) return call.invalid("the scale of axis ", a, " is below 1");
    PL_TRY(r->scale_axis(call, a, x[a], scales[a]));
  }
  return PL_OK;
}

pl_status infer(Call& call) {
  Resampling resampling;
  PL_TRY(read(call, &resampling));
  return infer_resample(call, resampling);
}

void run(const Call& call) {
  Resampling resampling;
  if (read(call, &resampling) == PL_OK) resample(call, resampling);
}

}  // namespace

const Operator op_Upsample = {"Upsample", "", "mode scales", 1, 2, 1, check, infer, run, true};

}  // namespace pl
