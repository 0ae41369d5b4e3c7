// A model made ready for one set of input shapes.
#pragma once

#include "model/graph.h"
#include "steps/step.h"

namespace pl::gpu {
struct Commands;
}

struct pl_model {
  explicit pl_model(const pl_host* h, size_t limit) : host(h), arena(h, limit), graph(&arena) {}

  const pl_host* host;
  pl::Arena arena;
  pl::Graph graph;
  pl::i64 folding = 0;  // how much work its constants may take
};

struct pl_session {
  pl_session(const pl_model* m, size_t limit)
      : model(m), arena(m->host, limit), values(&arena), slots(&arena), steps(&arena) {}

  const pl_model* model;
  pl::Arena arena;
  pl::Array<pl::Value> values;  // the model's, with shapes for these inputs
  pl::Array<pl::Slot> slots;
  pl::Array<pl::Step*> steps;
  pl::Span<pl::i32> input_slots;   // the slot that each input of the model comes in by
  pl::Span<pl::i32> output_slots;  // and the one that each output leaves by
  pl::Machine machine;
  pl::i64 macs = 0;  // of the graph as written
  pl::i64 weight_bytes = 0;
  pl::i64 arena_bytes = 0;
  bool profile = false;
  bool busy = false;
  pl::gpu::Commands* gpu = nullptr;  // of a session for a GPU, which runs nothing itself
};

namespace pl {

// Shapes of all values for these inputs, with everything folded that they make constant.
pl_status infer_shapes(pl_session* session, Span<const pl_shape> inputs, Error& error);

// Multiply-adds of a node as the graph writes it.
i64 count_macs(const Node& node, Span<const Value> values);

// Turns the graph into steps. `fuse` false: one reference loop for each node; `without`: names of
// rewrites to leave out, or null.
pl_status make_plan(pl_session* session, bool fuse, const char* without, Error& error);

// Null past the last.
const char* rewrite_name(i64 index);

// Puts into words what was folded into each step.
pl_status describe_steps(pl_session* session, Error& error);

// Gives every slot its memory, which slots that do not live at the same time share.
pl_status place_slots(pl_session* session, Error& error);

}  // namespace pl
