// Operators that look at one element: they become stages of a load or a store.
#include "ops/moments.h"
#include "plan/planner.h"

namespace pl {
namespace {

Stage unary_stage(Unary function, f32 a = 0, f32 b = 0) {
  Stage stage;
  stage.function = function;
  stage.a = a;
  stage.b = b;
  return stage;
}

// A constant that says one number for all elements, or one for each channel of a rank-4 tensor:
// its elements' step from channel to channel, or -1.
i64 channel_step(const Tensor& t, i64 channels) {
  if (t.count() == 1) return 0;
  const i32 axis = t.shape.rank - 3;  // channels stand before height and width
  return t.count() == channels && axis >= 0 && t.shape[axis] == channels ? 1 : -1;
}

// `each(c)` for every channel, laid out as a pattern; null where memory ran out.
template <class Each>
f32* make_pattern(Planner& p, i64 channels, Each each) {
  const i64 period = lane_period(channels, p.kernels().lanes);
  f32* pattern = p.arena().make<f32>(period);
  for (i64 i = 0; pattern && i < period; ++i) pattern[i] = each(i % channels);
  return pattern;
}

template <class Scale, class Shift>
pl_status affine_stage(Planner& p, i64 channels, Scale scale, Shift shift, Stage* stage) {
  stage->kind = Stage::Kind::affine;
  stage->scale = make_pattern(p, channels, scale);
  stage->shift = make_pattern(p, channels, shift);
  return stage->scale && stage->shift ? PL_OK : p.error().out_of_memory();
}

}  // namespace

pl_status fold_unary(Planner& p, const Node& node, bool* done) {
  if (!node.op->unary || !p.is_image(node.inputs[0])) return PL_OK;
  UnaryUse use;
  if (!p.with_call(node, [&](const Call& call) { return node.op->unary(call, &use); }))
    return PL_OK;
  *done = true;
  return p.add_stage(node.inputs[0], unary_stage(use.kind, use.a, use.b), node.outputs[0]);
}

namespace {

// x + k, x - k, x * k, x / k, k + x, k - x and k * x with k one number or one for each channel.
pl_status fold_arithmetic(Planner& p, const Node& node, bool* done) {
  const bool first = p.is_image(node.inputs[0]);
  const i32 image = node.inputs[first ? 0 : 1], other = node.inputs[first ? 1 : 0];
  const f32* k = p.constant(other);
  if (!p.is_image(image) || p.tensor(image).type != DType::f32 || !k) return PL_OK;
  const i64 channels = p.tensor(image).shape[1];
  const i64 step = channel_step(p.tensor(other), channels);
  if (step < 0 || p.tensor(node.outputs[0]).shape != p.tensor(image).shape) return PL_OK;
  const Text& type = node.type;
  const bool product = type == "Mul", difference = type == "Sub";
  Stage stage;
  if (type == "Div") {
    if (!first || step) return PL_OK;
    stage = unary_stage(Unary::divide, k[0]);
  } else {
    // k - x is -x + k; a product has nothing to add, and keeps its sign where it is zero.
    const f32 sign = difference && !first ? -1.0f : 1.0f;
    const f32 shift_sign = difference && first ? -1.0f : 1.0f;
    const auto scale = [=](i64 c) { return product ? k[c * step] : sign; };
    const auto shift = [=](i64 c) { return product ? -0.0f : shift_sign * k[c * step]; };
    if (step) {
      PL_TRY(affine_stage(p, channels, scale, shift, &stage));
    } else {
      stage = unary_stage(Unary::affine, scale(0), shift(0));
    }
  }
  *done = true;
  return p.add_stage(image, stage, node.outputs[0]);
}

pl_status fold_batch_norm(Planner& p, const Node& node, bool* done) {
  const f32* k[4];
  for (int i = 0; i < 4; ++i) {
    k[i] = p.constant(node.inputs[1 + i]);
    if (!k[i]) return PL_OK;
  }
  const f32 epsilon = node.real("epsilon", 1e-5f);
  const auto scale = [&](i64 c) { return k[0][c] / __builtin_sqrtf(k[3][c] + epsilon); };
  const auto shift = [&](i64 c) { return fma(-k[2][c], scale(c), k[1][c]); };
  Stage stage;
  PL_TRY(affine_stage(p, p.tensor(node.inputs[0]).shape[1], scale, shift, &stage));
  *done = true;
  return p.add_stage(node.inputs[0], stage, node.outputs[0]);
}

pl_status fold_slopes(Planner& p, const Node& node, bool* done) {
  const f32* slope = p.constant(node.inputs[1]);
  const i64 channels = p.tensor(node.inputs[0]).shape[1];
  const i64 step = slope ? channel_step(p.tensor(node.inputs[1]), channels) : -1;
  if (step < 0) return PL_OK;
  Stage stage;
  stage.kind = Stage::Kind::slope;
  stage.scale = make_pattern(p, channels, [=](i64 c) { return slope[c * step]; });
  if (!stage.scale) return p.error().out_of_memory();
  *done = true;
  return p.add_stage(node.inputs[0], stage, node.outputs[0]);
}

pl_status fold_scaler(Planner& p, const Node& node, bool* done) {
  const Span<f32> bias = node.reals("bias");
  const f32 scale = node.real("scale", 1);
  Stage stage;
  PL_TRY(affine_stage(
      p, p.tensor(node.inputs[0]).shape[1], [=](i64) { return scale; },
      [=](i64 c) { return bias.empty() ? 0 : bias[c]; }, &stage));
  *done = true;
  return p.add_stage(node.inputs[0], stage, node.outputs[0]);
}

}  // namespace

pl_status fold_parameters(Planner& p, const Node& node, bool* done) {
  const Text& type = node.type;
  if (type == "Add" || type == "Sub" || type == "Mul" || type == "Div") {
    return fold_arithmetic(p, node, done);
  }
  if (!p.is_image(node.inputs[0]) || p.tensor(node.inputs[0]).type != DType::f32) return PL_OK;
  if (type == "BatchNormalization") return fold_batch_norm(p, node, done);
  if (type == "PRelu") return fold_slopes(p, node, done);
  if (type == "ImageScaler") return fold_scaler(p, node, done);
  return PL_OK;
}

namespace {

// Bytes of three channels: what a store can take by rows, as bytes or as a picture.
bool is_picture(Planner& p, i32 value) {
  return p.form(value).bytes_alone() && p.tensor(value).shape[1] == 3;
}

// Can the store that makes `main` pick up the rows of `other`?
bool joins_store(Planner& p, i32 main, i32 other) {
  const Form& form = p.form(other);
  return (form.stored() || is_picture(p, other)) && p.open_sink(main, form.slot);
}

// The slot whose rows a stage combines with those of `main`; -1 where it cannot read them.
pl_status other_slot(Planner& p, i32 main, i32 other, i32* slot) {
  *slot = p.form(other).slot;
  if (is_picture(p, other) && p.open_sink(main, *slot)) return PL_OK;
  PL_TRY(p.stored_slot(other, slot));
  const Tensor& t = p.slot(*slot).tensor;
  const bool adjoin = t.strides[3] == t.shape[1] && (t.shape[1] == 1 || t.strides[1] == 1);
  const bool any_order = kGpu && p.session().gpu;  // GPUs read pixel by pixel
  if (!(adjoin || any_order) || t.type != DType::f32) *slot = -1;
  return PL_OK;
}

}  // namespace

// One image combined with another, element by element: the later one's rows pick up the other's.
pl_status fold_residual(Planner& p, const Node& node, bool* done) {
  const Text& type = node.type;
  if (type != "Add" && type != "Sub" && type != "Mul") return PL_OK;
  i32 main = node.inputs[0], other = node.inputs[1];
  if (main == other || !p.is_image(main) || !p.is_image(other)) return PL_OK;
  if (p.tensor(main).shape != p.tensor(other).shape) return PL_OK;
  if (p.tensor(main).type != DType::f32 || p.tensor(other).type != DType::f32) return PL_OK;
  // A store that can pick up the other does; else what must be computed anyway, as it is loaded.
  const bool lazy = p.form(main).stored() && !p.form(other).stored();
  if (type != "Sub" && (joins_store(p, other, main) || (lazy && !joins_store(p, main, other)))) {
    const i32 first = main;
    main = other;
    other = first;
  }
  Stage stage;
  stage.kind = Stage::Kind::combine;
  stage.combination = type == "Add"   ? Combine::add
                      : type == "Sub" ? Combine::subtract
                                      : Combine::multiply;
  PL_TRY(other_slot(p, main, other, &stage.other));
  if (stage.other < 0) return PL_OK;
  *done = true;
  return p.add_stage(main, stage, node.outputs[0]);
}

// A 1x1 convolution whose few weights are made in the run: a matrix for every pixel.
pl_status fold_matrix(Planner& p, const Node& node, bool* done) {
  if (node.type != "Conv" || !p.is_image(node.inputs[0])) return PL_OK;
  const Tensor &x = p.tensor(node.inputs[0]), &w = p.tensor(node.inputs[1]);
  const bool bias = node.inputs.size > 2 && node.inputs[2] >= 0;
  const i64 channels = x.shape[1];
  if (w.data || bias || channels > kMatrixChannels || x.type != DType::f32) return PL_OK;
  if (w.shape != Shape::of(channels, channels, 1, 1)) return PL_OK;
  Window window;
  PL_TRY(p.with_call(node, [&](const Call& call) {
    return read_window(call, x.shape, w.shape.dims + 2, &window);
  }));
  const bool every = window.stride[0] * window.stride[1] == 1;
  if (!every || !window_border(window, 0).none()) return PL_OK;
  Stage stage;
  stage.kind = Stage::Kind::matrix;
  PL_TRY(p.stored_slot(node.inputs[1], &stage.parameters));
  *done = true;
  return p.add_stage(node.inputs[0], stage, node.outputs[0]);
}

// The maker's store collects the statistics, a small step turns them into scale and shift, and
// readers apply those as they load.
pl_status fold_norm(Planner& p, const Node& node, bool* done) {
  if (node.type != "InstanceNormalization" || !p.is_image(node.inputs[0])) return PL_OK;
  const i32 in = node.inputs[0];
  const Shape shape = p.tensor(in).shape;
  i32 slot, stats, parameters, scale, bias;
  PL_TRY(p.stored_slot(node.inputs[1], &scale));
  PL_TRY(p.stored_slot(node.inputs[2], &bias));
  PL_TRY(p.stored_slot(in, &slot));
  const Maker maker = p.maker(slot);
  const Shape rows{4, {shape[0], shape[2], 2, shape[1]}};
  PL_TRY(p.new_slot(dense(DType::f32, rows), &stats));
  const Tensor& stored = p.slot(slot).tensor;
  const bool collects = maker.sink && maker.sink->slot == slot && maker.sink->stats < 0 &&
                        stored.type == DType::f32 && stored.shape == shape;
  if (collects) {
    maker.sink->stats = stats;
    PL_TRY(p.also_writes(maker.step, stats));
  } else {
    MapStep* step;
    PL_TRY(p.new_step<MapStep>(&node, "statistics", &step));
    Form form;
    form.slot = slot;
    p.make_source(form, &step->source);
    step->sink.stats = stats;
    step->sink.channels = shape[1];
    step->sink.width = shape[3];
    finish_map(step);
    PL_TRY(p.emit(step, nullptr, {&slot, 1}, {&stats, 1}));
  }
  const i64 period = lane_period(shape[1], p.kernels().lanes);
  PL_TRY(p.new_slot(dense(DType::f32, {3, {shape[0], 2, period}}), &parameters));
  NormStep* norm;
  PL_TRY(p.new_step<NormStep>(&node, "norm", &norm));
  norm->stats = stats;
  norm->parameters = parameters;
  norm->batch = shape[0];
  norm->rows = shape[2];
  norm->width = shape[3];
  norm->channels = shape[1];
  norm->scale = scale;
  norm->bias = bias;
  norm->epsilon = node.real("epsilon", 1e-5f);
  if (p.session().machine.smoothing > 0) {
    norm->before = p.arena().make<Moments>(shape[0] * shape[1]);
    if (!norm->before) return p.error().out_of_memory();
  }
  finish_norm(norm);
  const i32 reads[] = {stats, scale, bias};
  PL_TRY(p.emit(norm, nullptr, {reads, 3}, {&parameters, 1}));
  Form form;
  form.slot = slot;
  form.stages = Array<Stage>(&p.arena());
  Stage stage;
  stage.kind = Stage::Kind::affine;
  stage.parameters = parameters;
  if (!form.stages.push(stage)) return p.error().out_of_memory();
  *done = true;
  return p.set_form(node.outputs[0], form);
}

}  // namespace pl
