// Where the session's slots lie on the GPU. Images that do not live at the same time share buffers.
#pragma once

#include "gpu/shader.h"

namespace pl::gpu {

// A slot as a shader sees it: pixel (top, left) of `whole` is its first.
struct Seen {
  Place place;
  Tensor whole;
  i64 top = 0, left = 0;
  Text why;  // it cannot be seen
};

class Slots {
 public:
  Slots(pl_session* session, bool half, Error& error);

  pl_status begin();
  // Does the step depend on an image that comes in?
  bool is_late(const Step& step) const;
  // False where the slot has no form for GPUs. An image that has no place yet is given one.
  bool see(i32 slot, Seen* seen);
  // Room for statistics or normalizers: so many times four floats.
  pl_status make_vectors(i32 slot, i64 count);
  pl_status make_state(i64 vectors, Place* place);  // kept from run to run
  pl_status frame(Place* place);                    // Commands::frame
  const Place& place(i32 slot) const { return places_[slot]; }
  // After step `index` of the GPU's: what no other looks at gives its buffer back.
  void leave(const Step& step, i64 index);
  // Appends numbers and binds them.
  pl_status add_constants(const Array<f32>& numbers, bool half, pl_gpu_binding* binding);
  // Gives what the host's processor computes its memory.
  pl_status end();

 private:
  i32 base_of(i32 slot) const;
  void bind_ports();
  pl_status find_late();
  pl_status find_last_uses();
  pl_status find_place(i32 slot, Text* why);
  pl_status port_place(i32 slot, Text* why);
  pl_status number_place(i32 slot);
  pl_status new_buffer(const Buffer& buffer, i32* index);
  pl_status take_buffer(i64 bytes, i32* index);
  pl_status give_memory(i32 slot);

  pl_session& session_;
  Commands& commands_;
  bool half_;
  Error& error_;
  Array<bool> late_;
  Array<i64> last_uses_;  // step of the GPU's that looks at the slot last
  Array<Place> places_;
  Array<bool> busy_;  // buffers that a living slot has
};

}  // namespace pl::gpu
