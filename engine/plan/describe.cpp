// Says in words what each step does, for people who look at a plan.
#include "plan/session.h"
#include "steps/conv.h"
#include "steps/simple.h"

namespace pl {
namespace {

Text stage_name(const Stage& stage) {
  switch (stage.kind) {
    case Stage::Kind::unary:
      return stage.function == Unary::affine ? Text("scale+shift") : unary_name(stage.function);
    case Stage::Kind::affine:
      return stage.parameters >= 0 ? "norm" : "scale+shift";
    case Stage::Kind::slope:
      return "prelu";
    case Stage::Kind::combine:
      return stage.combination == Combine::add        ? "add image"
             : stage.combination == Combine::subtract ? "subtract image"
                                                      : "multiply by image";
    case Stage::Kind::matrix:
      return "matrix";
  }
  return "";
}

// Parts of a list, with what goes before the first and between the others.
class List {
 public:
  List(Writer& writer, Text title) : writer_(writer), title_(title) {}

  Writer& next() {
    writer_ << (first_ ? title_ : Text(", "));
    first_ = false;
    return writer_;
  }

 private:
  Writer& writer_;
  Text title_;
  bool first_ = true;
};

void describe_source(Writer& writer, const Source& source, DType stored) {
  List load(writer, "; load: ");
  if (stored == DType::u8) load.next() << "from bytes";
  for (const Stage& stage : source.stages) load.next() << stage_name(stage);
  if (source.up_y * source.up_x > 1)
    load.next() << "upsample " << source.up_y << "x" << source.up_x;
  const Border& b = source.border;
  if (b.none()) return;
  load.next() << "pad "
              << (b.mode == Border::Mode::constant  ? "constant"
                  : b.mode == Border::Mode::reflect ? "reflect"
                                                    : "edge");
  if (b.top == b.left && b.top == b.bottom && b.top == b.right) {
    writer << " " << b.top;
  } else {
    writer << " " << b.top << "," << b.left << "," << b.bottom << "," << b.right;
  }
}

void describe_sink(Writer& writer, const Sink& sink, DType stored) {
  List store(writer, "; store: ");
  for (const Stage& stage : sink.stages) store.next() << stage_name(stage);
  if (sink.stats >= 0) store.next() << "statistics";
  if (!sink.whole) store.next() << "crop";
  if (sink.slot >= 0 && stored == DType::u8) store.next() << "to bytes";
}

DType slot_type(const pl_session& session, i32 slot) {
  return slot < 0 ? DType::none : session.slots[slot].tensor.type;
}

// Rows and columns of the largest kernel among the phases.
void describe_kernel(Writer& writer, Span<Phase> phases) {
  Span<const Tap> taps;
  for (const Phase& phase : phases) {
    if (phase.taps.size > taps.size) taps = phase.taps;
  }
  i64 width = 0;
  while (width < taps.size && taps[width].dy == taps[0].dy) ++width;
  writer << (width ? taps.size / width : 0) << "x" << width;
}

void describe_conv(Writer& writer, const pl_session& session, const ConvStep& step) {
  if (step.inner) {
    describe_conv(writer, session, *step.inner);
    writer << "; then ";
  }
  describe_kernel(writer, step.phases);
  if (Text(step.kind) == "pool") {
    writer << ", " << step.channels_out() << " channels";
  } else {
    writer << " " << step.groups * step.in_channels << "->" << step.channels_out();
    if (step.groups > 1) writer << " in " << step.groups << " groups";
  }
  if (step.stride_y * step.stride_x > 1)
    writer << ", stride " << step.stride_y << "x" << step.stride_x;
  if (step.phases.size > 1) writer << ", " << step.phases.size << " phases";
  if (step.method == ConvStep::Method::maximum) writer << ", maximum";
  if (step.method == ConvStep::Method::planar) writer << ", by pixels";
  if (step.method == ConvStep::Method::differences) writer << ", upsampled 2x2 by differences";
  if (step.method == ConvStep::Method::winograd) writer << ", Winograd 6x6";
  if (step.tall) writer << ", Winograd 4x1";
  if (!step.inner) describe_source(writer, step.source, slot_type(session, step.source.slot));
  describe_sink(writer, step.sink, slot_type(session, step.sink.slot));
}

}  // namespace

pl_status describe_steps(pl_session* session, Error& error) {
  for (Step* step : session->steps) {
    char text[512];
    Writer writer(text, sizeof text);
    if (Text(step->kind) == "conv" || Text(step->kind) == "conv transposed" ||
        Text(step->kind) == "pool") {
      describe_conv(writer, *session, *static_cast<ConvStep*>(step));
    } else if (Text(step->kind) == "map" || Text(step->kind) == "statistics") {
      const MapStep& map = *static_cast<MapStep*>(step);
      const Tensor& t = session->slots[map.source.slot].tensor;
      writer << t.shape[1] << " channels";
      if (map.block > 1) writer << ", blocks of " << map.block << "x" << map.block;
      describe_source(writer, map.source, t.type);
      describe_sink(writer, map.sink, slot_type(*session, map.sink.slot));
    } else if (Text(step->kind) == "norm") {
      writer << static_cast<const NormStep*>(step)->channels
             << " channels: statistics to scale+shift";
    }
    step->description = session->arena.keep(Text(text, writer.size()));
    if (!step->description.data) return error.out_of_memory();
  }
  return PL_OK;
}

}  // namespace pl
