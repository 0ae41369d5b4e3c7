// Memory for slots: those that do not live at the same time may lie at the same place. Large ones
// are placed first, each at the lowest offset that is free for its whole life, which is close to
// the best for graphs like these (Pisarchyk and Lee, "Efficient memory management for deep neural
// net inference", 2020: greedy by size).
#include "plan/session.h"

namespace pl {
namespace {

struct Block {
  i32 slot;
  i64 bytes;
  i64 first, last;  // steps
  i64 offset = -1;
};

void touch(Block& block, i64 step) {
  if (block.first < 0) block.first = step;
  block.last = max(block.last, step);
}

i64 slot_bytes(const Slot& slot) {
  const i64 bytes = slot.tensor.count() * element_bytes(slot.tensor.type);
  return round_up(max<i64>(bytes, 1), kAlignment);
}

pl_status find_lives(pl_session* session, Array<Block>* blocks, Error& error) {
  const i64 count = session->slots.size();
  if (!blocks->reserve(count)) return error.out_of_memory();
  for (i32 i = 0; i < count; ++i) {
    if (!blocks->push({i, slot_bytes(session->slots[i]), -1, -1})) return error.out_of_memory();
  }
  const auto see = [&](i32 slot, i64 step) {
    if (slot < 0) return;
    const i32 base = session->slots[slot].base;
    touch((*blocks)[base >= 0 ? base : slot], step);
  };
  for (i64 s = 0; s < session->steps.size(); ++s) {
    for (i32 slot : session->steps[s]->reads) see(slot, s);
    for (i32 slot : session->steps[s]->writes) see(slot, s);
  }
  // What comes in or goes out through memory of our own lives from before to after all steps.
  for (i32 slot : session->input_slots) see(slot, 0), (*blocks)[slot].first = 0;
  for (i32 slot : session->output_slots) see(slot, session->steps.size());
  return PL_OK;
}

void sort_by_size(Block* blocks, i64 count) {
  for (i64 gap = count / 2; gap > 0; gap /= 2) {
    for (i64 i = gap; i < count; ++i) {
      const Block moving = blocks[i];
      i64 at = i;
      for (; at >= gap && blocks[at - gap].bytes < moving.bytes; at -= gap)
        blocks[at] = blocks[at - gap];
      blocks[at] = moving;
    }
  }
}

// The lowest offset at which `block` meets none of the placed blocks, which are sorted by offset.
i64 lowest_free(const Array<Block>& placed, const Block& block) {
  i64 offset = 0;
  for (const Block& other : placed) {
    if (other.last < block.first || block.last < other.first) continue;
    if (offset + block.bytes <= other.offset) break;
    offset = max(offset, other.offset + other.bytes);
  }
  return offset;
}

pl_status insert_by_offset(Array<Block>* placed, const Block& block, Error& error) {
  if (!placed->push(block)) return error.out_of_memory();
  for (i64 i = placed->size() - 1; i > 0 && (*placed)[i - 1].offset > block.offset; --i) {
    (*placed)[i] = (*placed)[i - 1];
    (*placed)[i - 1] = block;
  }
  return PL_OK;
}

}  // namespace

pl_status place_slots(pl_session* session, Error& error) {
  Array<Block> blocks(&session->arena), wanted(&session->arena), placed(&session->arena);
  PL_TRY(find_lives(session, &blocks, error));
  for (const Block& block : blocks) {
    const Slot& slot = session->slots[block.slot];
    const bool own = !slot.constant && slot.base < 0 && slot.port < 0 && block.first >= 0;
    if (own && !wanted.push(block)) return error.out_of_memory();
  }
  sort_by_size(wanted.begin(), wanted.size());
  i64 total = 0;
  for (Block& block : wanted) {
    block.offset = lowest_free(placed, block);
    total = max(total, block.offset + block.bytes);
    PL_TRY(insert_by_offset(&placed, block, error));
  }
  u8* memory = static_cast<u8*>(session->arena.allocate(static_cast<size_t>(total)));
  if (!memory)
    return error.fail(PL_OUT_OF_MEMORY, "no memory for ", total, " bytes of intermediate tensors");
  for (const Block& block : placed) session->slots[block.slot].tensor.data = memory + block.offset;
  session->arena_bytes = total;
  return PL_OK;
}

}  // namespace pl
