// Running a model on pictures.
#include "plan/run.h"
#include "steps/picture.h"

using namespace pl;

namespace {

bool is_image(const pl_session* session, i32 value) {
  const Tensor& t = session->values[value].tensor;
  return t.type == DType::u8 && t.shape.rank == 4 && t.shape[0] == 1 && t.shape[3] == 3;
}

pl_status check_size(const pl_image& picture, const Tensor& want, const char* name, Error& error) {
  if (picture.height == want.shape[1] && picture.width == want.shape[2]) return PL_OK;
  return error.fail(PL_INVALID_ARGUMENT, "'", name, "' is ", picture.width, " x ", picture.height,
                    " pixels; the session was made for ", want.shape[2], " x ", want.shape[1]);
}

// Is axis `from` of the view axis `to` of what it looks into?
bool is_axis(const Slot& view, i32 from, i32 to) {
  return view.order[from] == to || view.tensor.shape[from] == 1;
}

// Does the view see [1, height, width, 3] as [1, 3, height, width]?
bool puts_channels_first(const Slot& view) {
  return view.reorders && is_axis(view, 1, 3) && is_axis(view, 2, 1) && is_axis(view, 3, 2);
}
// Or the other way round?
bool puts_channels_last(const Slot& view) {
  return view.reorders && is_axis(view, 1, 2) && is_axis(view, 2, 3) && is_axis(view, 3, 1);
}

bool concerns(const pl_session* session, i32 slot, i32 stored) {
  return slot >= 0 && (slot == stored || session->slots[slot].base == stored);
}

// Does every step that reads the input read it by rows of pixels?
bool reads_pixels(const pl_session* session) {
  const i32 input = session->input_slots[0];
  for (const Step* step : session->steps) {
    for (i32 slot : step->reads) {
      if (!concerns(session, slot, input)) continue;
      if (!step->by_rows || !puts_channels_first(session->slots[slot])) return false;
    }
  }
  return true;
}

// Is the output written by rows of pixels?
bool writes_pixels(const pl_session* session) {
  const Slot& output = session->slots[session->output_slots[0]];
  if (output.base < 0 || !puts_channels_last(output)) return false;
  for (const Step* step : session->steps) {
    for (i32 slot : step->writes) {
      if (concerns(session, slot, output.base) && !step->by_rows) return false;
    }
  }
  return true;
}

pl_status check(const pl_session* session, const pl_image* in, const pl_image* out, Error& error) {
  const Graph& graph = session->model->graph;
  PL_TRY(check_picture(in, "the input picture", error));
  PL_TRY(check_picture(out, "the output picture", error));
  PL_TRY(
      check_size(*in, session->values[graph.inputs[0].value].tensor, "the input picture", error));
  PL_TRY(check_size(*out, session->values[graph.outputs[0].value].tensor, "the output picture",
                    error));
  if (!is_plain(*in) && !reads_pixels(session)) {
    return error.fail(PL_UNSUPPORTED, "the first step of this model ('", session->steps[0]->name,
                      "') reads something else than rows of pixels: it takes only plain RGB");
  }
  if (!is_plain(*out) && !writes_pixels(session)) {
    const Step* last = session->steps[session->steps.size() - 1];
    return error.fail(PL_UNSUPPORTED, "the last step of this model ('", last->name,
                      "') writes something else than rows of pixels: it gives only plain RGB");
  }
  return PL_OK;
}

// Pictures that are arrays are given as such.
void bind_pictures(pl_session* session, const pl_image& in, const pl_image& out) {
  const Graph& graph = session->model->graph;
  Slot& input = session->slots[session->input_slots[0]];
  input.tensor = dense(DType::u8, session->values[graph.inputs[0].value].tensor.shape, in.data[0]);
  input.picture = is_plain(in) ? nullptr : &in;
  const Shape& shape = session->values[graph.outputs[0].value].tensor.shape;
  bind_output(session, 0, dense(DType::u8, shape, out.data[0]));
  if (!is_plain(out)) bound_slot(session, 0)->picture = &out;
}

}  // namespace

pl_status pl_session_paint(pl_session* session, const pl_image* in, const pl_image* painted,
                           const pl_tensor* extra, int32_t extra_count, pl_error* out) {
  Error error(out);
  if (!session) return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  PL_TRY(check_runs(session, error));
  const Graph& graph = session->model->graph;
  if (graph.inputs.empty() || graph.outputs.size() != 1 ||
      !is_image(session, graph.inputs[0].value) || !is_image(session, graph.outputs[0].value)) {
    return error.fail(PL_INVALID_ARGUMENT,
                      "the model does not turn a uint8 image [1, height, width, 3] into another");
  }
  if (extra_count != graph.inputs.size() - 1 || (extra_count && !extra)) {
    return error.fail(PL_INVALID_ARGUMENT, "the model has ", graph.inputs.size() - 1,
                      " inputs besides the image, ", extra_count, " were given");
  }
  Claim claim(session);
  if (!claim.got()) return error.fail(PL_BUSY, "the session is running in another thread");
  PL_TRY(check(session, in, painted, error));
  PL_TRY(check_ports(session, graph.inputs, extra, 1, extra_count, error));
  for (i64 i = 0; i < extra_count; ++i) bind_input(session, i + 1, extra[i]);
  bind_pictures(session, *in, *painted);
  run_steps(session);
  return PL_OK;
}
