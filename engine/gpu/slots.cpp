#include "gpu/slots.h"

#include "plan/run.h"

namespace pl::gpu {
namespace {

constexpr i32 kConstants = 0, kParameters = 1;  // the first two buffers

// Is this a view of [1, height, width, 3] as [1, 3, height, width]?
bool is_pixels(const Tensor& t) {
  return t.type == DType::u8 && t.shape.rank == 4 && t.shape[0] == 1 && t.shape[1] == 3 &&
         t.strides[1] == 1 && t.strides[3] == 3 && t.strides[2] == 3 * t.shape[3];
}

bool same_strides(const Tensor& a, const Tensor& b) {
  for (i32 axis = 0; axis < 4; ++axis) {
    if (a.shape[axis] > 1 && a.strides[axis] != b.strides[axis]) return false;
  }
  return a.shape.rank == 4 && b.shape.rank == 4 && a.shape[0] == b.shape[0] &&
         a.shape[1] == b.shape[1];
}

}  // namespace

Slots::Slots(pl_session* session, bool half, Error& error)
    : session_(*session),
      commands_(*session->gpu),
      half_(half),
      error_(error),
      late_(&session->arena),
      last_uses_(&session->arena),
      places_(&session->arena),
      busy_(&session->arena) {}

i32 Slots::base_of(i32 slot) const {
  const i32 base = session_.slots[slot].base;
  return base >= 0 ? base : slot;
}

pl_status Slots::begin() {
  const i64 count = session_.slots.size();
  if (!late_.resize(count) || !last_uses_.resize(count) || !places_.resize(count))
    return error_.out_of_memory();
  i32 index;
  Buffer constants, parameters;
  constants.kind = PL_GPU_CONSTANTS;
  parameters.kind = PL_GPU_PARAMETERS;
  PL_TRY(new_buffer(constants, &index));
  PL_TRY(new_buffer(parameters, &index));
  bind_ports();
  find_late();
  find_last_uses();
  return PL_OK;
}

// Ports lie as the caller's dense arrays do.
void Slots::bind_ports() {
  const Graph& graph = session_.model->graph;
  for (i32 input : session_.input_slots) {
    Tensor& t = session_.slots[input].tensor;
    t = dense(t.type, t.shape);
  }
  for (i64 i = 0; i < graph.outputs.size(); ++i) {
    const Tensor& t = session_.values[graph.outputs[i].value].tensor;
    bind_output(&session_, i, dense(t.type, t.shape));
  }
  look_through_views(&session_);
}

// ---- lives ------------------------------------------------------------------------------------

pl_status Slots::find_late() {
  for (i32 input : session_.input_slots)
    late_[input] = session_.slots[input].tensor.shape.rank == 4;
  for (const Step* step : session_.steps) {
    const bool late = is_late(*step);
    for (i32 slot : step->writes) {
      if (slot >= 0) late_[base_of(slot)] = late;
    }
  }
  return PL_OK;
}

bool Slots::is_late(const Step& step) const {
  for (i32 slot : step.reads) {
    if (slot >= 0 && late_[base_of(slot)]) return true;
  }
  return false;
}

pl_status Slots::find_last_uses() {
  i64 index = 0;
  for (const Step* step : session_.steps) {
    if (!is_late(*step)) continue;
    for (i32 slot : step->writes) {
      if (slot >= 0) last_uses_[base_of(slot)] = index;
    }
    for (i32 slot : step->reads) {
      if (slot >= 0) last_uses_[base_of(slot)] = index;
    }
    ++index;
  }
  return PL_OK;
}

void Slots::leave(const Step& step, i64 index) {
  const auto give_back = [&](Span<i32> slots) {
    for (i32 slot : slots) {
      if (slot < 0) continue;
      const i32 base = base_of(slot);
      const i32 buffer = places_[base].buffer;
      if (buffer >= 0 && last_uses_[base] == index) busy_[buffer] = false;
    }
  };
  give_back(step.reads);
  give_back(step.writes);
}

// ---- buffers ----------------------------------------------------------------------------------

pl_status Slots::new_buffer(const Buffer& buffer, i32* index) {
  *index = static_cast<i32>(commands_.buffers.size());
  return commands_.buffers.push(buffer) && busy_.push(true) ? PL_OK : error_.out_of_memory();
}

// The free buffer that fits best; else the largest of them grows.
pl_status Slots::take_buffer(i64 bytes, i32* index) {
  *index = -1;
  Array<Buffer>& buffers = commands_.buffers;
  for (i32 i = 0; i < buffers.size(); ++i) {
    if (busy_[i] || buffers[i].kind != PL_GPU_SCRATCH) continue;
    const i64 best = *index < 0 ? -1 : buffers[*index].bytes, now = buffers[i].bytes;
    const bool better = best < bytes ? now > best : now >= bytes && now < best;
    if (better) *index = i;
  }
  if (*index < 0) {
    Buffer buffer;
    buffer.bytes = bytes;
    return new_buffer(buffer, index);
  }
  busy_[*index] = true;
  buffers[*index].bytes = max(buffers[*index].bytes, bytes);
  return PL_OK;
}

pl_status Slots::make_vectors(i32 slot, i64 count) {
  Place& place = places_[slot];
  place.kind = Place::Kind::vectors;
  place.bytes = 16 * count;
  return take_buffer(place.bytes, &place.buffer);
}

pl_status Slots::make_state(i64 vectors, Place* place) {
  Buffer buffer;
  buffer.bytes = place->bytes = 16 * vectors;
  place->kind = Place::Kind::vectors;
  return new_buffer(buffer, &place->buffer);
}

pl_status Slots::add_constants(const Array<f32>& numbers, bool half, pl_gpu_binding* binding) {
  Array<u8>& bytes = commands_.constants;
  const i64 element = half ? 2 : 4, offset = bytes.size();
  binding->buffer = kConstants;
  binding->offset = offset;
  binding->bytes = element * numbers.size();
  if (!bytes.resize(offset + round_up(binding->bytes, kBindingAlignment)))
    return error_.out_of_memory();
  u8* to = bytes.begin() + offset;
  for (i64 i = 0; i < numbers.size(); ++i) {
    if (half) {
      reinterpret_cast<u16*>(to)[i] = float_to_half(numbers[i]);
    } else {
      reinterpret_cast<f32*>(to)[i] = numbers[i];
    }
  }
  return PL_OK;
}

// ---- places -----------------------------------------------------------------------------------

pl_status Slots::port_place(i32 index, Text* why) {
  const Slot& slot = session_.slots[index];
  const Tensor& t = slot.tensor;
  Place& place = places_[index];
  Buffer buffer;
  buffer.port = slot.port;
  buffer.bytes = place.bytes = t.count() * element_bytes(t.type);
  if (t.type == DType::u8) {
    const bool pixels =
        slot.output ? is_pixels(t) : t.shape.rank == 4 && t.shape[0] == 1 && t.shape[3] == 3;
    if (!pixels) return *why = "it sees bytes that are no RGB pixels", PL_OK;
    place.kind = Place::Kind::picture;
    buffer.kind = slot.output ? PL_GPU_PICTURE_OUT : PL_GPU_PICTURE_IN;
    buffer.height = t.shape[slot.output ? 2 : 1];
    buffer.width = t.shape[slot.output ? 3 : 2];
  } else if (t.type == DType::f32 && t.shape.rank == 4) {
    place.kind = Place::Kind::array;
    buffer.kind = slot.output ? PL_GPU_OUTPUT : PL_GPU_INPUT;
  } else {
    return *why = "it sees an array that is neither float32 nor pixels", PL_OK;
  }
  return new_buffer(buffer, &place.buffer);
}

pl_status Slots::number_place(i32 index) {
  const Tensor& t = session_.slots[index].tensor;
  Place& place = places_[index];
  place.kind = Place::Kind::numbers;
  place.buffer = kParameters;
  place.offset = commands_.parameter_bytes;
  place.bytes = t.count() * static_cast<i64>(sizeof(f32));
  commands_.parameter_bytes += round_up(place.bytes, kBindingAlignment);
  return commands_.parameters.push({index, place.offset}) ? PL_OK : error_.out_of_memory();
}

pl_status Slots::frame(Place* place) {
  for (const Parameter& parameter : commands_.parameters) {
    if (parameter.slot < 0) place->offset = parameter.offset, place->buffer = kParameters;
  }
  place->kind = Place::Kind::numbers;
  place->bytes = sizeof(f32);
  if (place->buffer >= 0) return PL_OK;
  place->buffer = kParameters;
  place->offset = commands_.parameter_bytes;
  commands_.parameter_bytes += kBindingAlignment;
  return commands_.parameters.push({-1, place->offset}) ? PL_OK : error_.out_of_memory();
}

pl_status Slots::find_place(i32 index, Text* why) {
  const Slot& slot = session_.slots[index];
  const Tensor& t = slot.tensor;
  if (!late_[index]) {
    if (t.type != DType::f32) return *why = "it sees a number that is no float32", PL_OK;
    return number_place(index);
  }
  if (slot.port >= 0) return port_place(index, why);
  if (t.type != DType::f32 || t.shape.rank != 4)
    return *why = "it sees or makes something else than a float32 image", PL_OK;
  Place& place = places_[index];
  place.kind = Place::Kind::image;
  place.bytes = t.shape[0] * t.shape[2] * t.shape[3] * fours(t.shape[1]) * (half_ ? 8 : 16);
  return take_buffer(place.bytes, &place.buffer);
}

bool Slots::see(i32 index, Seen* seen) {
  const i32 base = base_of(index);
  const Slot &slot = session_.slots[index], &under = session_.slots[base];
  if (places_[base].kind == Place::Kind::none && find_place(base, &seen->why) != PL_OK)
    seen->why = "out of memory";
  seen->place = places_[base];
  seen->whole = under.tensor;
  if (places_[base].kind == Place::Kind::none) return false;
  if (base == index) return true;
  const Tensor& t = slot.tensor;
  const Tensor& u = under.tensor;
  switch (seen->place.kind) {
    case Place::Kind::array:
      seen->whole = t;
      seen->why = "it sees a part of the input";
      return slot.offset == 0 && t.shape.rank == 4;
    case Place::Kind::picture:
      seen->why = "it sees the picture's channels or axes in another order";
      return slot.offset == 0 && is_pixels(t);
    case Place::Kind::numbers:
      seen->why = "it sees a part of its parameters";
      return slot.offset == 0 && is_dense(t) && t.count() == u.count();
    default:
      seen->why = "it sees an image's channels or axes in another order";
      if (!same_strides(t, u)) return false;
      seen->top = slot.offset / u.strides[2];
      seen->left = slot.offset % u.strides[2] / u.strides[3];
      return seen->top * u.strides[2] + seen->left * u.strides[3] == slot.offset &&
             seen->top + t.shape[2] <= u.shape[2] && seen->left + t.shape[3] <= u.shape[3];
  }
}

// ---- the host's part --------------------------------------------------------------------------

pl_status Slots::give_memory(i32 index) {
  Slot& slot = session_.slots[index];
  if (slot.base >= 0 || slot.port >= 0 || slot.constant || late_[index]) return PL_OK;
  const i64 bytes = max<i64>(1, slot.tensor.count() * element_bytes(slot.tensor.type));
  slot.tensor.data = session_.arena.allocate(static_cast<size_t>(bytes));
  return slot.tensor.data ? PL_OK : error_.out_of_memory();
}

pl_status Slots::end() {
  for (const Step* step : commands_.host_steps) {
    for (i32 slot : step->writes) {
      if (slot >= 0) PL_TRY(give_memory(slot));
    }
  }
  for (i32 slot : session_.input_slots) PL_TRY(give_memory(slot));
  for (i64 i = 0; i < session_.output_slots.size; ++i) {
    const i32 base = base_of(session_.output_slots[i]);
    if (places_[base].buffer < 0 || session_.slots[base].port < 0 || !late_[base]) {
      const Value& value = session_.values[session_.model->graph.outputs[i].value];
      return error_.say(PL_UNSUPPORTED, "output '", value.name,
                        "' has no form for GPUs: it is no float32 image and no picture");
    }
  }
  Commands& c = commands_;
  c.parameter_bytes = max(c.parameter_bytes, kBindingAlignment);
  c.parameter_data = session_.arena.make<u8>(c.parameter_bytes);
  if (!c.parameter_data) return error_.out_of_memory();
  c.buffers[kConstants].bytes = c.constants.size();
  c.buffers[kConstants].data = c.constants.begin();
  c.buffers[kParameters].bytes = c.parameter_bytes;
  c.buffers[kParameters].data = c.parameter_data;
  return PL_OK;
}

}  // namespace pl::gpu
