// Topological order by depth-first search (Tarjan, 1976), stable in file order.
#include "model/reader.h"

namespace pl {
namespace {

bool is_input(const Graph& graph, i32 value) {
  for (const Port& port : graph.inputs) {
    if (port.value == value) return true;
  }
  return false;
}

pl_status check_sources(const Graph& graph, Error& error) {
  for (const Port& port : graph.inputs) {
    const Value& value = graph.values[port.value];
    if (value.producer >= 0) {
      return error.fail(PL_INVALID_MODEL, "'", value.name, "' is an input and made by node '",
                        graph.nodes[value.producer].name, "'");
    }
  }
  for (const Node& node : graph.nodes) {
    for (i32 in : node.inputs) {
      if (in < 0) continue;
      const Value& value = graph.values[in];
      if (value.producer < 0 && !value.known && !is_input(graph, in)) {
        return error.fail(PL_INVALID_MODEL, "node '", node.name, "' (", node.type, ") reads '",
                          value.name, "', which nothing makes");
      }
    }
  }
  for (const Port& port : graph.outputs) {
    const Value& value = graph.values[port.value];
    if (value.producer < 0 && !value.known && !is_input(graph, port.value)) {
      return error.fail(PL_INVALID_MODEL, "nothing makes the output '", value.name, "'");
    }
  }
  return PL_OK;
}

}  // namespace

pl_status sort_nodes(Arena& arena, Error& error, Graph* graph) {
  PL_TRY(check_sources(*graph, error));
  const i64 count = graph->nodes.size();
  // Visits each node after its makers, depth first with a stack of its own: graphs may be deep.
  enum : u8 { fresh, open, done };
  struct Frame {
    i32 node;
    i32 next_input;
  };
  u8* state = arena.make<u8>(count);
  Frame* stack = arena.make<Frame>(count);
  i32* place = arena.make<i32>(count);
  Array<Node> sorted(&arena);
  if (!state || !stack || !place || !sorted.reserve(count)) return error.out_of_memory();
  for (i32 root = 0; root < count; ++root) {
    if (state[root] != fresh) continue;
    i64 depth = 0;
    stack[depth++] = {root, 0};
    state[root] = open;
    while (depth) {
      Frame& top = stack[depth - 1];
      const Node& node = graph->nodes[top.node];
      if (top.next_input == node.inputs.size) {
        state[top.node] = done;
        place[top.node] = static_cast<i32>(sorted.size());
        if (!sorted.push(node)) return error.out_of_memory();
        --depth;
        continue;
      }
      const i32 in = node.inputs[top.next_input++];
      const i32 maker = in < 0 ? -1 : graph->values[in].producer;
      if (maker < 0 || state[maker] == done) continue;
      if (state[maker] == open) {
        return error.fail(PL_INVALID_MODEL, "node '", node.name, "' (", node.type,
                          ") depends on its own output");
      }
      state[maker] = open;
      stack[depth++] = {maker, 0};
    }
  }
  for (Value& value : graph->values) {
    if (value.producer >= 0) value.producer = place[value.producer];
  }
  graph->nodes = sorted;
  return PL_OK;
}

}  // namespace pl
