// Names of values -> their indices: a hash table with open addressing.
#pragma once

#include "core/memory.h"

namespace pl {

class Names {
 public:
  explicit Names(Arena* arena) : arena_(arena) {}

  // The index stored under `name`, or -1.
  i32 find(Text name) const { return capacity_ ? slots_[slot(name)].index : -1; }

  // False where memory ran out. A name stored before gets the new index.
  [[nodiscard]] bool put(Text name, i32 index) {
    if (2 * (used_ + 1) > capacity_ && !grow()) return false;
    Slot& s = slots_[slot(name)];
    used_ += s.index < 0;
    s = {name, index};
    return true;
  }

 private:
  struct Slot {
    Text name;
    i32 index = -1;
  };

  // The slot that holds the name, or the free one where it would go.
  i64 slot(Text name) const {
    // FNV-1a, begun at a place that no file can foretell: its names can't be made to collide.
    u64 hash = 14695981039346656037u ^ reinterpret_cast<uintptr_t>(slots_);
    for (i64 i = 0; i < name.size; ++i) {
      hash = (hash ^ static_cast<u8>(name.data[i])) * 1099511628211u;
    }
    i64 at = static_cast<i64>(hash) & (capacity_ - 1);
    while (slots_[at].index >= 0 && slots_[at].name != name) at = (at + 1) & (capacity_ - 1);
    return at;
  }
  bool grow() {
    const Slot* old = slots_;
    const i64 count = capacity_;
    capacity_ = max<i64>(64, 4 * count);
    slots_ = arena_->make<Slot>(capacity_);
    if (!slots_) return false;
    for (i64 i = 0; i < count; ++i) {
      if (old[i].index >= 0) slots_[slot(old[i].name)] = old[i];
    }
    return true;
  }

  Arena* arena_;
  Slot* slots_ = nullptr;
  i64 capacity_ = 0;  // a power of two
  i64 used_ = 0;
};

}  // namespace pl
