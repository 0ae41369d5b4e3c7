// What a plan is made of: slots, where values lie, and steps, which fill them.
#pragma once

#include "core/memory.h"
#include "core/tensor.h"
#include "kernels/kernels.h"

namespace pl {

// Where a value lies. The memory is one of: a constant of the model, a place in the session's
// arena, the caller's array for this run, or a view of another slot.
struct Slot {
  Tensor tensor;
  bool constant = false;
  i32 port = -1;        // index of the model's input or output that brings the memory
  bool output = false;  // which of the two
  i32 base = -1;        // a view: the slot that it looks into,
  i64 offset = 0;       // from this element on
  // A view of the whole slot with its axes in another order takes whatever strides the slot has:
  // axis a is axis order[a] of the slot, -1 for any axis of one element.
  bool reorders = false;
  i32 order[kMaxRank] = {};
  // What the caller brought for this run is a picture, not an array: read and written by rows.
  const pl_image* picture = nullptr;
};

// What steps run on.
struct Machine {
  const Kernels* kernels = nullptr;
  const Kernels* narrow = nullptr;  // of half the lanes, where there are such and they may be used
  const pl_host* host = nullptr;
  void* pool = nullptr;
  i32 threads = 1;
  Slot* slots = nullptr;
  u8* scratch = nullptr;   // one part for each worker
  i64 scratch_bytes = 0;   // of one part
  f64 smoothing = 0;       // how much of the moments of a norm stays from run to run
  bool continues = false;  // there was a run before this one

  // The kernels that waste the fewest lanes on vectors over this many channels: 24 of them fill
  // three vectors of eight lanes, and two of sixteen only by half as many zeros. The bits are the
  // same.
  const Kernels& kernels_for(i64 channels) const {
    const bool wastes =
        narrow && round_up(channels, kernels->lanes) > round_up(channels, narrow->lanes);
    return wastes ? *narrow : *kernels;
  }
  Tensor& tensor(i32 slot) const { return slots[slot].tensor; }

  // Calls body(index, scratch of the worker) for every index below count.
  template <class Body>
  void parallel(i64 count, Body body) const {
    struct Job {
      Body& body;
      const Machine& machine;
    } job{body, *this};
    const auto call = [](void* argument, i32 index, i32 worker) {
      Job& j = *static_cast<Job*>(argument);
      j.body(index, j.machine.scratch + worker * j.machine.scratch_bytes);
    };
    if (!pool || count == 1) {
      for (i64 i = 0; i < count; ++i) call(&job, static_cast<i32>(i), 0);
    } else {
      host->pool_run(host->context, pool, static_cast<i32>(count), call, &job);
    }
  }
};

struct Step {
  Text name;  // of the ONNX node that it stands for
  Text kind;
  Text description;
  i64 macs = 0;
  i64 scratch_bytes = 0;    // of one worker
  i64 nanoseconds = 0;      // of the last run, when it is profiled
  Span<i32> reads, writes;  // slots
  void (*run)(const Step& step, const Machine& machine) = nullptr;
  bool by_rows = false;  // reads images by load_row() and writes by store_row() alone
  // The topmost row of reads[0] that one worker has still to read when it stores row y of
  // writes[0]; null where rows do not come in order.
  i64 (*first_row)(const Step& step, i64 y) = nullptr;
};

// Hands out parts of a worker's scratch memory. Made twice: to measure (base null) and to use.
class Scratch {
 public:
  explicit Scratch(u8* base = nullptr) : base_(reinterpret_cast<uintptr_t>(base)) {}

  template <class T>
  T* take(i64 count) {
    T* part = reinterpret_cast<T*>(base_ + static_cast<uintptr_t>(used_));
    used_ += round_up(count * static_cast<i64>(sizeof(T)), kAlignment);
    return part;
  }
  i64 used() const { return used_; }

 private:
  uintptr_t base_;
  i64 used_ = 0;
};

}  // namespace pl
