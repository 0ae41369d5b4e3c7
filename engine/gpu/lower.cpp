// Steps to dispatches, one for each: the plan has folded into them what a GPU folds, too.
#include "gpu/shader.h"
#include "gpu/slots.h"
#include "gpu/window.h"
#include "steps/simple.h"

namespace pl::gpu {
namespace {

constexpr i64 kMostStages = 16;

bool moves_blocks(const Step& step) {
  return step.kind == "SpaceToDepth" || step.kind == "DepthToSpace";
}

class Lowering {
 public:
  Lowering(pl_session* session, bool half, i64 threads, Error& error)
      : session_(*session),
        commands_(*session->gpu),
        slots_(session, half, error),
        error_(error),
        half_(half),
        threads_(threads),
        floats_(&session->arena),
        constants_(&session->arena) {}

  pl_status run();

 private:
  pl_status lower(const Step& step);
  pl_status lower_window(const ConvStep& step);
  pl_status lower_image(const Step& step, const Source& source, const Sink& sink);
  pl_status lower_norm(const NormStep& step);

  void open_dispatch(const Step& step) {
    dispatch_ = Dispatch();
    dispatch_.step = &step;
  }
  pl_status bind_weights(const ConvStep& step, const Tiling& tiling);
  pl_status write_stages(Text name, Span<const Stage> stages, const Tensor& image, i64 reader);
  pl_status write_stage(const Stage& stage, i64 channels, i64 number);
  pl_status write_load(const Source& source);
  pl_status write_store(const ConvStep& step, const Tiling& tiling);
  pl_status finish(const Step& step, Text text);
  void write_numbers(const ConvStep& step, const Tiling& tiling);

  pl_status add_channels(const f32* values, i64 channels, i64* at);
  pl_status unsupported(const Step& step, Text why) {
    return error_.say(PL_UNSUPPORTED, "node '", step.name, "' (", step.kind,
                      ") has no form for GPUs: ", why);
  }

  pl_session& session_;
  Commands& commands_;
  Slots slots_;
  Error& error_;
  bool half_;
  i64 threads_;
  char* memory_ = nullptr;
  Dispatch dispatch_;
  Shader* shader_ = nullptr;
  const Step* step_ = nullptr;
  Array<f32> floats_;     // weights
  Array<f32> constants_;  // biases and what stages need for each channel
};

pl_status Lowering::run() {
  memory_ = session_.arena.make<char>(kMostText);
  if (!memory_) return error_.out_of_memory();
  PL_TRY(slots_.begin());
  for (Step* step : session_.steps) {
    if (!slots_.is_late(*step)) {
      if (!commands_.host_steps.push(step)) return error_.out_of_memory();
    }
  }
  i64 index = 0;
  for (Step* step : session_.steps) {
    if (slots_.is_late(*step)) {
      PL_TRY(lower(*step));
      slots_.leave(*step, index++);
    }
  }
  return slots_.end();
}

pl_status Lowering::lower(const Step& step) {
  step_ = &step;
  if (step.kind == "conv" || step.kind == "conv transposed" || step.kind == "pool")
    return lower_window(static_cast<const ConvStep&>(step));
  if (step.kind == "norm") return lower_norm(static_cast<const NormStep&>(step));
  if (step.kind == "map" || step.kind == "statistics") {
    const MapStep& map = static_cast<const MapStep&>(step);
    return lower_image(step, map.source, map.sink);
  }
  const i32 to = step.writes[0];
  if ((step.kind == "copy" || moves_blocks(step)) && session_.slots[to].tensor.shape.rank == 4) {
    const Shape& made = session_.slots[to].tensor.shape;
    const Source source{step.reads[0], {}, 1, 1, {}, made[0], made[1], made[2], made[3]};
    Sink sink;
    sink.slot = to;
    return lower_image(step, source, sink);
  }
  return unsupported(step, "it is not folded into a convolution");
}

// ---- images -----------------------------------------------------------------------------------

// A window of one pixel that changes nothing.
pl_status Lowering::lower_image(const Step& step, const Source& source, const Sink& sink) {
  static const f32 one = 1;
  Tap tap;
  Phase phase;
  phase.taps = {&tap, 1};
  ConvStep copy;
  copy.name = step.name;
  copy.kind = step.kind;
  copy.method = ConvStep::Method::depthwise;
  copy.source = source;
  copy.sink = sink;
  copy.groups = source.channels;
  copy.in_channels = copy.out_channels = 1;
  copy.phases = {&phase, 1};
  copy.weights = {&one, 0, 0, 0};
  copy.out_batch = source.batch;
  copy.out_height = source.padded_height();
  copy.out_width = source.padded_width();
  PL_TRY(lower_window(copy));
  commands_.dispatches.back().step = &step;
  return PL_OK;
}

pl_status Lowering::lower_window(const ConvStep& step) {
  const bool channelwise = is_channelwise(step);
  if (!channelwise && step.groups > 1 && (step.in_channels % 4 || step.out_channels % 4))
    return unsupported(step, "its groups are not of four channels each");
  Tiling tiling(&session_.arena);
  bool fits;
  PL_TRY(make_tiling(step, threads_, &tiling, &fits, error_));
  if (!fits) return unsupported(step, "its kernel or its strides are too large");
  const bool counts = step.sink.stats >= 0;
  const Text files = moves_blocks(*step_) ? "window channelwise blocks"
                     : channelwise
                         ? (counts ? "window statistics channelwise" : "window channelwise")
                         : (counts ? "window statistics dense" : "window dense");
  Shader shader(memory_, files, &dispatch_, half_);
  shader_ = &shader;
  open_dispatch(step);
  write_numbers(step, tiling);
  PL_TRY(bind_weights(step, tiling));
  PL_TRY(write_load(step.source));
  PL_TRY(write_store(step, tiling));
  PL_TRY(slots_.add_constants(constants_, false, &dispatch_.bindings[1]));
  const i64 sets = fours(step.channels_out()) / (tiling.blocks * tiling.slices);
  dispatch_.groups[0] = tiling.tiles.x;
  dispatch_.groups[1] = tiling.tiles.y;
  dispatch_.groups[2] = step.out_batch * step.phases.size * sets;
  dispatch_.macs = step.macs;
  return finish(step, shader.finish());
}

void Lowering::write_numbers(const ConvStep& step, const Tiling& t) {
  Shader& s = *shader_;
  s.pair("STRIDE", step.stride_x, step.stride_y);
  s.pair("STEP", t.step.x, t.step.y);
  s.pair("PHASES", step.phases_x, step.phases_y);
  s.pair("OUT", step.out_width, step.out_height);
  s.pair("TILE", t.tile.x, t.tile.y);
  s.pair("TILES", t.tiles.x, t.tiles.y);
  s.pair("WINDOW", t.window.x, t.window.y);
  s.integer("TAPS", t.taps);
  s.integer("PIXELS", t.pixels);
  s.integer("BLOCKS", t.blocks);
  s.integer("LANES", t.lanes());
  s.integer("SLICES", t.slices);
  s.integer("CHUNK", t.chunk);
  s.integer("SHARED", t.shared);
  s.integer("CHANNELS_IN4", fours(step.in_channels));
  s.integer("CHANNELS_OUT4", fours(step.channels_out()));
  s.integer("GROUP_OUT4", fours(step.out_channels));
  s.boolean("MAXIMUM", step.method == ConvStep::Method::maximum);
  s.text() << "fn grid(phase: i32) -> Grid {\n  var all = array<Grid, " << t.grids.size() << ">(";
  for (const Grid& g : t.grids) {
    s.text() << "\n    Grid(vec2i(" << g.at.x << ", " << g.at.y << "), vec2i(" << g.taps.x << ", "
             << g.taps.y << "), " << g.first << "),";
  }
  s.text() << ");\n  return all[phase];\n}\n";
}

// Weights and, their extent still to come, constants: bindings 0 and 1.
pl_status Lowering::bind_weights(const ConvStep& step, const Tiling& tiling) {
  const bool maximum = step.method == ConvStep::Method::maximum;
  floats_.clear();
  constants_.clear();
  PL_TRY(pack_weights(step, tiling, &floats_, error_));
  for (i64 c = 0; c < 4 * fours(step.channels_out()); ++c) {
    const f32 bias = step.bias && c < step.channels_out() ? step.bias[c] : 0;
    if (!constants_.push(maximum ? -__builtin_inff() : bias)) return error_.out_of_memory();
  }
  Place place;
  place.kind = Place::Kind::vectors;
  shader_->bind(place, "weights", "array<T4>");
  shader_->bind(place, "constants", "array<vec4f>");
  return slots_.add_constants(floats_, half_, &dispatch_.bindings[0]);
}

pl_status Lowering::write_load(const Source& source) {
  Shader& s = *shader_;
  const Border& border = source.border;
  s.pair("SIZE", source.width, source.height);
  s.pair("UP", source.up_x, source.up_y);
  s.pair("BORDER", border.left, border.top);
  s.pair("PADDED", source.padded_width(), source.padded_height());
  s.integer("BORDER_MODE", static_cast<i64>(border.mode));
  s.real("BORDER_VALUE", border.value);
  Seen seen;
  if (!slots_.see(source.slot, &seen)) return unsupported(*step_, seen.why);
  i64 reader = s.reader(seen.place, seen.whole, seen.top, seen.left);
  const Tensor& image = session_.slots[source.slot].tensor;
  if (moves_blocks(*step_))
    reader = s.blocks(reader, *static_cast<const ReferenceStep*>(step_)->node, image.shape[1],
                      source.channels);
  return write_stages("load_stages", source.stages, image, reader);
}

pl_status Lowering::write_store(const ConvStep& step, const Tiling& tiling) {
  Shader& s = *shader_;
  const Sink& sink = step.sink;
  const Tensor image =
      sink.slot < 0 ? channels_last(DType::f32, Shape::of(step.out_batch, step.channels_out(),
                                                          step.out_height, step.out_width))
                    : session_.slots[sink.slot].tensor;
  s.pair("CROP", sink.left, sink.top);
  s.pair("KEPT", image.shape[3], image.shape[2]);
  PL_TRY(write_stages("store_stages", sink.stages, image, -1));
  if (sink.slot < 0) {
    s.text() << "fn put(n: i32, y: i32, x: i32, c: i32, v: vec4f) {}\n";
  } else {
    Seen seen;
    if (!slots_.see(sink.slot, &seen)) return unsupported(*step_, seen.why);
    s.write(seen.place, seen.whole);
  }
  if (sink.stats < 0) {
    s.text() << "fn collect(work: Work, sums: ptr<function, Sums>) {}\n";
    return PL_OK;
  }
  const i64 parts = step.phases.size * tiling.tiles.x * tiling.tiles.y;
  PL_TRY(slots_.make_vectors(sink.stats, step.out_batch * parts * 3 * fours(step.channels_out())));
  s.bind(slots_.place(sink.stats), "statistics", "array<vec4f>", true);
  return PL_OK;
}

// ---- stages -----------------------------------------------------------------------------------

pl_status Lowering::add_channels(const f32* values, i64 channels, i64* at) {
  *at = constants_.size() / 4;
  for (i64 c = 0; c < 4 * fours(channels); ++c) {
    if (!constants_.push(c < channels ? values[c] : 0)) return error_.out_of_memory();
  }
  return PL_OK;
}

// name(n, y, x, c), of what read<reader>() gives, or with a last argument that it starts from.
// The bindings of all stages are declared before it.
pl_status Lowering::write_stages(Text name, Span<const Stage> stages, const Tensor& image,
                                 i64 reader) {
  Writer& text = shader_->text();
  i64 numbers[kMostStages] = {};
  if (stages.size > kMostStages) return unsupported(*step_, "too much is folded into it");
  for (i64 i = 0; i < stages.size; ++i) {
    const Stage& stage = stages[i];
    const i32 looks_at = stage.kind == Stage::Kind::combine ? stage.other : stage.parameters;
    if (looks_at < 0) continue;
    Seen seen;
    if (!slots_.see(looks_at, &seen)) return unsupported(*step_, seen.why);
    numbers[i] = stage.kind == Stage::Kind::combine
                     ? shader_->reader(seen.place, seen.whole, seen.top, seen.left)
                 : stage.kind == Stage::Kind::matrix ? shader_->matrix(seen.place, image.shape[1])
                                                     : shader_->vectors(seen.place);
  }
  text << "fn " << name << "(n: i32, y: i32, x: i32, c: i32" << (reader < 0 ? ", sum: vec4f" : "")
       << ") -> vec4f {\n  var v = ";
  if (reader < 0) {
    text << "sum;\n";
  } else {
    text << "read" << reader << "(n, y, x, c);\n";
  }
  for (i64 i = 0; i < stages.size; ++i) PL_TRY(write_stage(stages[i], image.shape[1], numbers[i]));
  const bool partial = image.shape[1] % 4 && !stages.empty();
  if (partial) text << "  v = only(v, c, " << image.shape[1] << ");\n";
  text << "  return v;\n}\n";
  return PL_OK;
}

pl_status Lowering::write_stage(const Stage& stage, i64 channels, i64 number) {
  Writer& text = shader_->text();
  text << "  v = ";
  i64 scale, shift;
  switch (stage.kind) {
    case Stage::Kind::unary:
      text << "stage_" << unary_name(stage.function) << "(v, " << stage.a << ", " << stage.b
           << ");\n";
      break;
    case Stage::Kind::affine:
      if (stage.parameters >= 0) {
        const i64 period = fours(channels);
        text << "fma(v, b" << number << "[2 * n * " << period << " + c], b" << number
             << "[(2 * n + 1) * " << period << " + c]);\n";
        break;
      }
      PL_TRY(add_channels(stage.scale, channels, &scale));
      PL_TRY(add_channels(stage.shift, channels, &shift));
      text << "fma(v, constants[" << scale << " + c], constants[" << shift << " + c]);\n";
      break;
    case Stage::Kind::slope:
      PL_TRY(add_channels(stage.scale, channels, &scale));
      text << "slope(v, constants[" << scale << " + c]);\n";
      break;
    case Stage::Kind::combine:
      text << "v "
           << (stage.combination == Combine::add        ? "+"
               : stage.combination == Combine::subtract ? "-"
                                                        : "*")
           << " read" << number << "(n, y, x, c);\n";
      break;
    case Stage::Kind::matrix:
      text << "matrix" << number << "(v);\n";
  }
  return PL_OK;
}

// ---- norms ------------------------------------------------------------------------------------

pl_status Lowering::lower_norm(const NormStep& step) {
  Shader shader(memory_, step.before ? "norm smooth" : "norm", &dispatch_, half_);
  shader_ = &shader;
  open_dispatch(step);
  const i64 channels = fours(step.channels);
  const Place& statistics = slots_.place(step.stats);
  shader.integer("CHANNELS4", channels);
  shader.integer("BATCH", step.batch);
  shader.real("EPSILON", step.epsilon);
  shader.bind(statistics, "statistics", "array<vec4f>");
  Seen gain, bias;
  if (!slots_.see(step.scale, &gain) || !slots_.see(step.bias, &bias))
    return unsupported(step, "its scale or bias is made of an image");
  PL_TRY(slots_.make_vectors(step.parameters, step.batch * 2 * channels));
  shader.bind(slots_.place(step.parameters), "normalizer", "array<vec4f>", true);
  shader.numbers("gain", gain.place, step.channels);
  shader.numbers("bias", bias.place, step.channels);
  if (step.before) {
    Place before, frame;
    PL_TRY(slots_.make_state(step.batch * 2 * channels, &before));
    PL_TRY(slots_.frame(&frame));
    shader.bind(before, "before", "array<vec4f>", true);
    shader.bind(frame, "frame", "array<f32>");
  } else {
    shader.text() << "fn smooth_(n: i32, c: i32, now: Moments) -> Moments { return now; }\n";
  }
  dispatch_.groups[0] = channels;
  dispatch_.groups[1] = step.batch;
  dispatch_.groups[2] = 1;
  return finish(step, shader.finish());
}

// ---- dispatches -------------------------------------------------------------------------------

pl_status Lowering::finish(const Step& step, Text text) {
  if (text.size + 1 >= kMostText) return unsupported(step, "too much is folded into it");
  i64 storage = 0;
  for (i64 i = 0; i < dispatch_.count; ++i) {
    const pl_gpu_kind kind = commands_.buffers[dispatch_.bindings[i].buffer].kind;
    if (kind != PL_GPU_PICTURE_IN && kind != PL_GPU_PICTURE_OUT) ++storage;
  }
  if (dispatch_.count == kMostBindings || storage > kMostBuffers)
    return unsupported(step, "it looks at too many images");
  for (i64 groups : dispatch_.groups) {
    if (groups > 65535) return unsupported(step, "the image is too large");
  }
  Array<Text>& shaders = commands_.shaders;
  i64 shader = 0;
  while (shader < shaders.size() && shaders[shader] != text) ++shader;
  if (shader == shaders.size()) {
    const Text kept = session_.arena.keep(text);
    if (!kept.data || !shaders.push(kept)) return error_.out_of_memory();
  }
  dispatch_.shader = static_cast<i32>(shader);
  dispatch_.bytes = 0;
  for (i64 i = 0; i < dispatch_.count; ++i) dispatch_.bytes += dispatch_.bindings[i].bytes;
  return commands_.dispatches.push(dispatch_) ? PL_OK : error_.out_of_memory();
}

}  // namespace

pl_status lower(pl_session* session, bool half, i64 threads, Error& error) {
  return Lowering(session, half, threads, error).run();
}

}  // namespace pl::gpu
