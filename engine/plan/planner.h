// Graph to steps. Nodes are taken in order. Each value gets a form: where it is stored, and what
// its readers still have to do to it. Small operators only change the form; a convolution takes
// its input's form into its load; what no reader can take on is done by a map step.
#pragma once

#include "plan/session.h"
#include "steps/conv.h"
#include "steps/simple.h"

namespace pl {

// What is done to a value before it is stored: each stage of a chain copies those before it.
constexpr i64 kMaxStages = 64;

struct Form {
  i32 slot = -1;
  bool to_float = false;  // stored as bytes, read as float32
  Array<Stage> stages;
  i64 up_y = 1, up_x = 1;
  Border border;

  bool stored() const {
    return !to_float && stages.empty() && up_y == 1 && up_x == 1 && border.none();
  }
  bool has_window() const { return up_y != 1 || up_x != 1 || !border.none(); }
  // Bytes, to be read as they are: cheaper to convert anew than to keep as floats.
  bool bytes_alone() const { return to_float && stages.empty() && !has_window(); }
};

// What fills a slot, as long as more can be folded into its store.
struct Maker {
  i64 step = -1;  // index
  Sink* sink = nullptr;
  bool shared = false;  // some value that lies there has several readers
};

class Planner {
 public:
  Planner(pl_session* session, bool fuse, const char* without, Error& error)
      : session_(*session),
        error_(error),
        fuse_(fuse),
        without_(without ? without : ""),
        late_(&session->arena),
        forms_(&session->arena),
        uses_(&session->arena),
        makers_(&session->arena) {}

  pl_status plan();

  // ---- for the rewrites ---------------------------------------------------------------------
  pl_session& session() { return session_; }
  Error& error() { return error_; }
  Arena& arena() { return session_.arena; }
  bool may(Text rewrite) const {
    const bool all = kPainting && !(kGpu && session_.gpu);
    return all || !has_word(without_, rewrite);
  }
  const Kernels& kernels() const { return *session_.machine.kernels; }
  Slot& slot(i32 index) { return session_.slots[index]; }

  const Tensor& tensor(i32 value) const { return session_.values[value].tensor; }
  const f32* constant(i32 value) const;  // elements of a constant float32 value, else null
  bool is_image(i32 value) const;        // float32 or bytes of rank 4, not constant
  i32 uses(i32 value) const { return uses_[value]; }
  Form& form(i32 value) { return forms_[value]; }
  Maker maker(i32 slot) const { return makers_[slot]; }
  // Index of the step that fills the slot, or what it looks into; -1: it is there before all steps.
  i64 made_at(i32 slot) const;
  // Makes a call for reading a node's attributes and constant inputs.
  template <class Use>
  auto with_call(const Node& node, Use use);

  // The slot that holds the value, with all that its form says done.
  pl_status stored_slot(i32 value, i32* slot);
  // Gives `to` the form of `from`; where it has several readers, work is done once, here.
  pl_status set_form(i32 to, const Form& form);
  pl_status copy_form(const Form& form, Form* copy);
  // Adds a stage to what is done to `from`, giving `to`: in the store of its maker, else later.
  pl_status add_stage(i32 from, const Stage& stage, i32 to);
  // The sink that makes this value's slot, when it has no other reader and takes more work.
  Sink* open_sink(i32 value);
  // The same when that work may look into another slot, which must be full by then; -1: into none.
  Sink* open_sink(i32 value, i32 slot);

  // The last step, when it makes this value for one reader only and nothing else is stored.
  Step* sole_maker(i32 value);
  // Takes the last step back: its reader does its work.
  void take_back() { session_.steps.pop(); }

  // Readers see `form` through a source of a step.
  void make_source(const Form& form, Source* source);
  pl_status new_slot(const Tensor& tensor, i32* slot);
  pl_status new_view(i32 base, const Tensor& tensor, i64 offset, i32* slot);
  template <class S>
  pl_status new_step(const Node* node, Text kind, S** step);
  // Appends a finished step; `sink` (may be null) can then take more work for its slot.
  pl_status emit(Step* step, Sink* sink, Span<const i32> reads, Span<const i32> writes);
  pl_status emit_image_step(Step* step, const Source& source, Sink* sink);
  // Emits what brings `form` into a new slot of this type and shape: the step's sink says which.
  pl_status emit_map(MapStep* step, const Form& form, DType type, const Shape& shape);
  // Work folded into a step that is already there may read or write more slots.
  pl_status also_reads(i64 step, i32 slot) { return extend(&session_.steps[step]->reads, slot); }
  pl_status also_writes(i64 step, i32 slot) { return extend(&session_.steps[step]->writes, slot); }

 private:
  pl_status extend(Span<i32>* slots, i32 slot);
  pl_status find_late();
  pl_status count_uses();
  pl_status make_ports();
  pl_status bind_outputs();
  pl_status bind_output(i64 index);
  bool can_bind(i32 value, i32 slot);
  bool is_late(const Node& node) const;
  pl_status plan_nodes(bool late);
  pl_status plan_node(const Node& node);
  pl_status reference(const Node& node);
  pl_status dense_slot(i32 value, i32* slot);
  pl_status constant_slot(i32 value, i32* slot);

  pl_session& session_;
  Error& error_;
  bool fuse_;
  const char* without_;
  Array<bool> late_;     // for each value: it depends on an image
  Array<Form> forms_;    // one for each value
  Array<i32> uses_;      // readers of each value
  Array<Maker> makers_;  // one for each slot
};

// A rewrite says by *done whether it took the node. Each can be left out, for tests; so can those
// that convolutions ask for by name: "phases" (split_phases), "differences", "winograd", "tall" and
// "depthwise".
struct Rewrite {
  const char* name;
  pl_status (*apply)(Planner& p, const Node& node, bool* done);
};

pl_status fold_unary(Planner& p, const Node& node, bool* done);       // activations, scaling
pl_status fold_parameters(Planner& p, const Node& node, bool* done);  // one constant per channel
pl_status fold_residual(Planner& p, const Node& node, bool* done);    // image with image
pl_status fold_matrix(Planner& p, const Node& node, bool* done);      // 1x1, weights of this run
pl_status fold_norm(Planner& p, const Node& node, bool* done);        // instance normalisation
pl_status fold_padding(Planner& p, const Node& node, bool* done);
pl_status fold_upsampling(Planner& p, const Node& node, bool* done);
pl_status fold_blocks(Planner& p, const Node& node, bool* done);  // pixel unshuffle
pl_status fold_view(Planner& p, const Node& node, bool* done);    // crops, slices, transposes
pl_status fold_cast(Planner& p, const Node& node, bool* done);    // bytes at the borders
pl_status lower_conv(Planner& p, const Node& node, bool* done);
pl_status lower_conv_transpose(Planner& p, const Node& node, bool* done);
pl_status lower_pool(Planner& p, const Node& node, bool* done);

// ---- what the lowerings of sliding windows share ----------------------------------------------

// A copy of the value's form with a constant border added; another border there is done first.
pl_status add_border(Planner& p, i32 value, const Border& border, Form* form);
Border window_border(const Window& window, f32 value);
// The taps of a window that outputs all see alike.
pl_status one_phase(Planner& p, const Window& window, ConvStep* step);
// Sets what follows from the form and the node, and emits the step.
pl_status finish_window(Planner& p, const Node& node, const Form& form, const Weights& weights,
                        const f32* bias, ConvStep* step);

// Rewrites a convolution of an upsampled image as one of the small image: by differences where
// that fits, its taps to be those of the kernel; else, and only then *done, as several, one for
// each output phase, and `weights` become those of the phases.
pl_status split_phases(Planner& p, Form* form, const Shape& kernel, ConvStep* step,
                       Weights* weights, bool* done);

template <class Use>
auto Planner::with_call(const Node& node, Use use) {
  const Tensor* inputs[8];
  Tensor outputs[4];
  const i64 in = min<i64>(node.inputs.size, 8), out = min<i64>(node.outputs.size, 4);
  for (i64 i = 0; i < in; ++i) {
    inputs[i] = node.inputs[i] < 0 ? nullptr : &tensor(node.inputs[i]);
  }
  return use(Call{node, {inputs, in}, {outputs, out}, error_});
}

template <class S>
pl_status Planner::new_step(const Node* node, Text kind, S** step) {
  *step = arena().make<S>(1);
  if (!*step) return error_.out_of_memory();
  (*step)->name = node ? node->name : Text("");
  (*step)->kind = kind;
  return PL_OK;
}

}  // namespace pl
