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
  // The slot that the maker of this one reads and may write over, once it has come so far that
  // this one begins `lead` bytes before that.
  i32 over = -1;
  i64 lead = 0;
  i64 room = 0;  // bytes left free in front, for the leads of its readers
  i64 rank = 0;  // the highest is placed first
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
    Block block{i, slot_bytes(session->slots[i]), -1, -1};
    block.rank = block.bytes;
    if (!blocks->push(block)) return error.out_of_memory();
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

void sort_by_rank(Block* blocks, i64 count) {
  for (i64 gap = count / 2; gap > 0; gap /= 2) {
    for (i64 i = gap; i < count; ++i) {
      const Block moving = blocks[i];
      i64 at = i;
      for (; at >= gap && blocks[at - gap].rank < moving.rank; at -= gap)
        blocks[at] = blocks[at - gap];
      blocks[at] = moving;
    }
  }
}

// Is this an image of rows behind each other, in memory of the session's own?
bool is_own_image(const Slot& slot) {
  const Tensor& t = slot.tensor;
  const i64 pixel = t.shape[1], row = pixel * t.shape[3];
  return slot.base < 0 && slot.port < 0 && !slot.constant && t.shape.rank == 4 && t.shape[0] == 1 &&
         t.strides[2] == row && t.strides[3] == pixel;
}

i64 row_bytes(const Tensor& t) {
  return t.strides[2] * element_bytes(t.type);
}

// How far before the rows that a step reads those that it stores must begin, so that it is done
// with each row before it writes over it.
i64 find_lead(const Step& step, const Tensor& in, const Tensor& out) {
  i64 lead = 0;
  for (i64 y = 0; y < out.shape[2]; ++y) {
    lead = max(lead, (y + 1) * row_bytes(out) - step.first_row(step, y) * row_bytes(in));
  }
  return round_up(lead, kAlignment);
}

// With one worker, rows come and go in order: an image that dies with the step that reads it lies
// where that step's own will be.
void find_overlaps(const pl_session* session, Array<Block>* blocks) {
  for (i64 s = session->steps.size() - 1; s >= 0; --s) {
    const Step& step = *session->steps[s];
    if (!step.first_row || session->machine.threads > 1) continue;
    const i32 in = step.reads[0], out = step.writes[0];
    const Slot &from = session->slots[in], &to = session->slots[out];
    i64 readings = 0;
    for (i32 read : step.reads) readings += read == in || session->slots[read].base == in;
    Block &before = (*blocks)[in], &after = (*blocks)[out];
    if (readings > 1 || before.last != s || after.first != s) continue;
    if (!is_own_image(from) || !is_own_image(to)) continue;
    const i64 lead = find_lead(step, from.tensor, to.tensor);
    if (lead >= after.bytes) continue;
    after.over = in;
    after.lead = lead;
    // Of the two, the smaller one finds its place beside the larger.
    before.rank = max(before.rank, after.rank - 1);
    if (lead + after.room < before.bytes / 8) before.room = lead + after.room;
  }
}

// The lowest offset at which `block` meets none of the placed blocks.
i64 lowest_free(const Array<Block>& placed, const Block& block) {
  i64 offset = block.room;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Block& other : placed) {
      if (other.last < block.first || block.last < other.first) continue;
      // Up to the one or from the other offset on they do not meet.
      const i64 below = other.offset - (block.over == other.slot ? block.lead : block.bytes);
      const i64 above = other.offset + (other.over == block.slot ? other.lead : other.bytes);
      if (offset <= below || offset >= above) continue;
      offset = above;
      moved = true;
    }
  }
  return offset;
}

}  // namespace

pl_status place_slots(pl_session* session, Error& error) {
  Array<Block> blocks(&session->arena), wanted(&session->arena), placed(&session->arena);
  PL_TRY(find_lives(session, &blocks, error));
  find_overlaps(session, &blocks);
  for (const Block& block : blocks) {
    const Slot& slot = session->slots[block.slot];
    const bool own = !slot.constant && slot.base < 0 && slot.port < 0 && block.first >= 0;
    if (own && !wanted.push(block)) return error.out_of_memory();
  }
  sort_by_rank(wanted.begin(), wanted.size());
  i64 total = 0;
  for (Block& block : wanted) {
    block.offset = lowest_free(placed, block);
    total = max(total, block.offset + block.bytes);
    if (!placed.push(block)) return error.out_of_memory();
  }
  u8* memory = static_cast<u8*>(session->arena.allocate(static_cast<size_t>(total)));
  if (!memory)
    return error.fail(PL_OUT_OF_MEMORY, "no memory for ", total, " bytes of intermediate tensors");
  for (const Block& block : placed) session->slots[block.slot].tensor.data = memory + block.offset;
  session->arena_bytes = total;
  return PL_OK;
}

}  // namespace pl
