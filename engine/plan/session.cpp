#include "plan/session.h"

#include "model/infer.h"
#include "model/reader.h"

namespace pl {
namespace {

constexpr size_t kDefaultLimit = size_t{4} << 30;
constexpr i32 kMaxThreads = 256;

// A host's block that frees itself unless it is released.
template <class T>
void destroy(const pl_host* host, T* object) {
  object->~T();
  host->release(host->context, object, sizeof(T));
}

template <class T, class... Arguments>
T* create(const pl_host* host, Arguments... arguments) {
  void* place = host->allocate(host->context, sizeof(T), kAlignment);
  return place ? new (place) T(arguments...) : nullptr;
}

pl_status start_machine(pl_session* session, const pl_options& options, Error& error) {
  Machine& machine = session->machine;
  machine.host = session->model->host;
  machine.threads = clamp(options.threads, 1, kMaxThreads);
  session->profile = (options.flags & PL_PROFILE) && machine.host->clock;
  machine.kernels = find_kernels(options.isa);
  if (!machine.kernels) {
    return error.fail(PL_INVALID_ARGUMENT, "this machine has no instruction set '", options.isa,
                      "'");
  }
  return PL_OK;
}

pl_status start_workers(pl_session* session, Error& error) {
  Machine& machine = session->machine;
  if (!machine.host->pool_create || !machine.host->pool_run) machine.threads = 1;
  for (const Step* step : session->steps)
    machine.scratch_bytes = max(machine.scratch_bytes, step->scratch_bytes);
  const size_t bytes =
      static_cast<size_t>(machine.scratch_bytes) * static_cast<size_t>(machine.threads);
  machine.scratch = static_cast<u8*>(session->arena.allocate(bytes));
  if (!machine.scratch)
    return error.fail(PL_OUT_OF_MEMORY, "no memory for ", static_cast<i64>(bytes),
                      " bytes of scratch");
  session->arena_bytes += static_cast<i64>(bytes);
  if (machine.threads > 1) {
    machine.pool = machine.host->pool_create(machine.host->context, machine.threads);
    if (!machine.pool)
      return error.fail(PL_OUT_OF_MEMORY, "could not start ", machine.threads, " threads");
  }
  return PL_OK;
}

pl_status prepare(pl_session* session, const pl_options& options, Span<const pl_shape> shapes,
                  Error& error) {
  PL_TRY(start_machine(session, options, error));
  PL_TRY(infer_shapes(session, shapes, error));
  const size_t before = session->arena.bytes();
  PL_TRY(make_plan(session, !(options.flags & PL_REFERENCE), options.without, error));
  session->weight_bytes = static_cast<i64>(session->arena.bytes() - before);
  PL_TRY(describe_steps(session, error));
  PL_TRY(place_slots(session, error));
  PL_TRY(start_workers(session, error));
  session->machine.slots = session->slots.begin();
  return PL_OK;
}

void run_steps(pl_session* session) {
  for (Slot& slot : session->slots) {
    if (slot.base < 0) continue;
    const Tensor& base = session->slots[slot.base].tensor;
    slot.tensor.data = base.as<u8>() + slot.offset * element_bytes(slot.tensor.type);
    for (i32 a = 0; slot.reorders && a < slot.tensor.shape.rank; ++a) {
      if (slot.order[a] >= 0) slot.tensor.strides[a] = base.strides[slot.order[a]];
    }
  }
  const pl_host* host = session->model->host;
  for (Step* step : session->steps) {
    const i64 start = session->profile ? host->clock(host->context) : 0;
    step->run(*step, session->machine);
    if (session->profile) step->nanoseconds = host->clock(host->context) - start;
  }
}

// One run at a time: the claim is given back when it goes.
class Claim {
 public:
  explicit Claim(pl_session* session)
      : session_(session), got_(!__atomic_exchange_n(&session->busy, true, __ATOMIC_ACQUIRE)) {}
  ~Claim() {
    if (got_) __atomic_store_n(&session_->busy, false, __ATOMIC_RELEASE);
  }
  bool got() const { return got_; }

 private:
  pl_session* session_;
  bool got_;
};

}  // namespace
}  // namespace pl

using namespace pl;

pl_status pl_model_load(const void* bytes, size_t size, const pl_host* host, pl_model** model,
                        pl_error* out) {
  Error error(out);
  if (!bytes || !host || !model) return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  *model = nullptr;
  pl_model* loaded = create<pl_model>(host, host, kDefaultLimit);
  if (!loaded) return error.out_of_memory();
  pl_status status = read_model({static_cast<const u8*>(bytes), static_cast<i64>(size)},
                                loaded->arena, error, &loaded->graph);
  if (status == PL_OK) status = fold_constants(&loaded->graph, loaded->arena, error);
  if (status != PL_OK) {
    pl_model_free(loaded);
    return status;
  }
  *model = loaded;
  return PL_OK;
}

void pl_model_free(pl_model* model) {
  if (model) destroy(model->host, model);
}

pl_status pl_session_create(const pl_model* model, const pl_options* options,
                            const pl_shape* shapes, int32_t count, pl_session** session,
                            pl_error* out) {
  Error error(out);
  if (!model || !session || (count > 0 && !shapes) || count < 0)
    return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  *session = nullptr;
  const pl_options chosen = options ? *options : pl_options{};
  const size_t limit = chosen.memory_limit ? chosen.memory_limit : kDefaultLimit;
  pl_session* made = create<pl_session>(model->host, model, limit);
  if (!made) return error.out_of_memory();
  const pl_status status = prepare(made, chosen, {shapes, count}, error);
  if (status != PL_OK) {
    pl_session_free(made);
    return status;
  }
  *session = made;
  return PL_OK;
}

void pl_session_free(pl_session* session) {
  if (!session) return;
  const Machine& machine = session->machine;
  if (machine.pool && machine.host->pool_destroy)
    machine.host->pool_destroy(machine.host->context, machine.pool);
  destroy(session->model->host, session);
}

namespace {

pl_status check_tensor(const pl_tensor& given, const Port& port, const Tensor& want, Text name,
                       Error& error) {
  const i32 type = static_cast<i32>(port.type == DType::f16 ? DType::f16 : want.type);
  if (given.type != type) {
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' is given as ",
                      type_name(static_cast<DType>(given.type)), " instead of ",
                      type_name(static_cast<DType>(type)));
  }
  Shape shape{clamp(given.shape.rank, 0, kMaxRank), {}};
  for (i32 a = 0; a < shape.rank; ++a) shape[a] = given.shape.dims[a];
  if (shape.rank != given.shape.rank || shape != want.shape) {
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' is given with shape ", shape,
                      "; the session was made for ", want.shape);
  }
  if (!given.data && want.count())
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' has no data");
  return PL_OK;
}

pl_status check_ports(const pl_session* session, const Array<Port>& ports, const pl_tensor* given,
                      i64 first, i64 count, Error& error) {
  for (i64 i = 0; i < count; ++i) {
    const Port& port = ports[first + i];
    const Value& value = session->values[port.value];
    PL_TRY(check_tensor(given[i], port, value.tensor, value.name, error));
  }
  return PL_OK;
}

void bind_input(pl_session* session, i64 index, const pl_tensor& given) {
  Slot& slot = session->slots[session->input_slots[index]];
  if (slot.port >= 0) {
    slot.tensor = dense(slot.tensor.type, slot.tensor.shape, given.data);
    return;
  }
  // An input that no step reads has no memory.
  if (!slot.tensor.data) return;
  for (i64 i = 0; i < slot.tensor.count(); ++i)
    slot.tensor.as<f32>()[i] = half_to_float(static_cast<const u16*>(given.data)[i]);
}

// The slot that stands in the caller's memory for an output, or null for float16 ones.
Slot* bound_slot(pl_session* session, i64 index) {
  Slot& slot = session->slots[session->output_slots[index]];
  Slot& base = slot.base >= 0 ? session->slots[slot.base] : slot;
  return base.port >= 0 && base.output ? &base : nullptr;
}

// Lets the steps write the output straight into `wanted`.
void bind_output(pl_session* session, i64 index, const Tensor& wanted) {
  Slot* bound = bound_slot(session, index);
  if (!bound) return;
  const Slot& slot = session->slots[session->output_slots[index]];
  bound->tensor.data = wanted.data;
  for (i32 a = 0; a < wanted.shape.rank; ++a) {
    const i32 axis = slot.base >= 0 ? slot.order[a] : a;
    if (axis >= 0) bound->tensor.strides[axis] = wanted.strides[a];
  }
}

void take_halves(const pl_session* session, i64 index, const pl_tensor& given) {
  const Tensor& t = session->slots[session->output_slots[index]].tensor;
  for (i64 i = 0; i < t.count(); ++i)
    static_cast<u16*>(given.data)[i] = float_to_half(t.as<f32>()[i]);
}

}  // namespace

pl_status pl_session_run(pl_session* session, const pl_tensor* inputs, int32_t input_count,
                         const pl_tensor* outputs, int32_t output_count, pl_error* out) {
  Error error(out);
  if (!session || (input_count && !inputs) || (output_count && !outputs))
    return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  const Graph& graph = session->model->graph;
  if (input_count != graph.inputs.size() || output_count != graph.outputs.size()) {
    return error.fail(PL_INVALID_ARGUMENT, "the model has ", graph.inputs.size(), " inputs and ",
                      graph.outputs.size(), " outputs, ", input_count, " and ", output_count,
                      " were given");
  }
  Claim claim(session);
  if (!claim.got()) return error.fail(PL_BUSY, "the session is running in another thread");
  PL_TRY(check_ports(session, graph.inputs, inputs, 0, input_count, error));
  PL_TRY(check_ports(session, graph.outputs, outputs, 0, output_count, error));
  for (i64 i = 0; i < input_count; ++i) bind_input(session, i, inputs[i]);
  for (i64 i = 0; i < output_count; ++i) {
    const Tensor& t = session->values[graph.outputs[i].value].tensor;
    bind_output(session, i, dense(t.type, t.shape, outputs[i].data));
  }
  run_steps(session);
  for (i64 i = 0; i < output_count; ++i) {
    if (!bound_slot(session, i)) take_halves(session, i, outputs[i]);
  }
  return PL_OK;
}

namespace {

bool is_picture(const pl_session* session, i32 value) {
  const Tensor& t = session->values[value].tensor;
  return t.type == DType::u8 && t.shape.rank == 4 && t.shape[0] == 1 && t.shape[3] == 3;
}

pl_status check_image(const pl_image* image, const Tensor& want, Text name, Error& error) {
  if (!image || !image->data || image->pixels < PL_RGB || image->pixels > PL_BGRA)
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' has no pixels or an unknown format");
  if (image->height != want.shape[1] || image->width != want.shape[2]) {
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' is ", image->width, " x ", image->height,
                      " pixels; the session was made for ", want.shape[2], " x ", want.shape[1]);
  }
  const i64 pixel = image->pixels >= PL_RGBA ? 4 : 3;
  const i64 stride = image->stride < 0 ? -image->stride : image->stride;
  if (stride < pixel * image->width)
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' has rows that overlap");
  return PL_OK;
}

// The picture as a tensor [1, height, width, 3]: red, green, blue wherever they lie.
Tensor picture(const pl_image& image) {
  const bool blue_first = image.pixels == PL_BGR || image.pixels == PL_BGRA;
  Tensor t = dense(DType::u8, Shape::of(1, image.height, image.width, 3),
                   image.data + (blue_first ? 2 : 0));
  t.strides[1] = image.stride;
  t.strides[2] = image.pixels >= PL_RGBA ? 4 : 3;
  t.strides[3] = blue_first ? -1 : 1;
  return t;
}

void fill_alpha(const pl_image& image) {
  if (image.pixels < PL_RGBA) return;
  for (i32 y = 0; y < image.height; ++y) {
    u8* row = image.data + y * image.stride;
    for (i32 x = 0; x < image.width; ++x) row[4 * x + 3] = 255;
  }
}

// A view that is not a mere reordering was laid out for dense rows.
bool takes_any_layout(const pl_session* session, i32 input_slot) {
  for (const Slot& slot : session->slots) {
    if (slot.base == input_slot && !slot.reorders) return false;
  }
  return true;
}

}  // namespace

pl_status pl_session_paint(pl_session* session, const pl_image* in, const pl_image* out_image,
                           const pl_tensor* extra, int32_t extra_count, pl_error* out) {
  Error error(out);
  if (!session) return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  const Graph& graph = session->model->graph;
  if (graph.inputs.empty() || graph.outputs.size() != 1 ||
      !is_picture(session, graph.inputs[0].value) || !is_picture(session, graph.outputs[0].value)) {
    return error.fail(PL_INVALID_ARGUMENT,
                      "the model does not turn a uint8 image [1, height, width, 3] into another");
  }
  if (extra_count != graph.inputs.size() - 1 || (extra_count && !extra)) {
    return error.fail(PL_INVALID_ARGUMENT, "the model has ", graph.inputs.size() - 1,
                      " inputs besides the image, ", extra_count, " were given");
  }
  Claim claim(session);
  if (!claim.got()) return error.fail(PL_BUSY, "the session is running in another thread");
  PL_TRY(check_image(in, session->values[graph.inputs[0].value].tensor, "the input image", error));
  PL_TRY(check_image(out_image, session->values[graph.outputs[0].value].tensor, "the output image",
                     error));
  PL_TRY(check_ports(session, graph.inputs, extra, 1, extra_count, error));
  const Tensor source = picture(*in);
  if (!is_dense(source) && !takes_any_layout(session, session->input_slots[0])) {
    return error.fail(PL_UNSUPPORTED, "this model takes only dense RGB rows");
  }
  session->slots[session->input_slots[0]].tensor = source;
  for (i64 i = 0; i < extra_count; ++i) bind_input(session, i + 1, extra[i]);
  bind_output(session, 0, picture(*out_image));
  run_steps(session);
  fill_alpha(*out_image);
  return PL_OK;
}
