// Any model that is read can be planned and run, or is refused: by its plain loops, and as the
// planner has it, with the same bits.
#include <cstring>
#include <string>

#include "model.h"

namespace {

constexpr size_t kMemory = 16 << 20;
constexpr int64_t kMostExtent = 16;
// They add in another order than the plain loops.
const char* const kOtherAlgorithms[] = {"phases", "differences", "winograd", "tall"};

using Outputs = std::vector<std::vector<uint8_t>>;

struct Trial {
  const pl_model* model;
  const pl_host* host;
  std::vector<pl_shape> shapes;
  Noise inputs;
};

// Plans and runs: nothing where the session is refused or large.
Outputs attempt(const Trial& trial, uint32_t flags, const char* isa, const char* without) {
  pl_options options = {};
  options.flags = flags;
  options.isa = isa;
  options.without = without;
  options.memory_limit = kMemory;
  pl_session* session = nullptr;
  pl_error error = {};
  const pl_status status =
      pl_session_create(trial.model, &options, trial.shapes.data(),
                        static_cast<int32_t>(trial.shapes.size()), &session, &error);
  need_clean(status, error);
  need((status == PL_OK) == (session != nullptr), "a session comes with success alone");
  Outputs outputs;
  if (session && is_small(session))
    outputs = run_once(trial.model, session, trial.shapes, trial.inputs);
  pl_session_free(session);
  return outputs;
}

bool is_nan(const uint8_t* bytes) {
  uint32_t bits;
  memcpy(&bits, bytes, sizeof bits);
  return (bits & 0x7fffffff) > 0x7f800000;
}

// Numbers that are none may differ in their bits, and in what becomes of them as integers.
bool has_nan(const Outputs& outputs) {
  for (const auto& output : outputs) {
    for (size_t i = 0; i + 4 <= output.size(); i += 4) {
      if (is_nan(output.data() + i)) return true;
    }
  }
  return false;
}

std::string choose_rewrites(Noise& noise) {
  std::string names;
  for (const char* name : kOtherAlgorithms) names = names + name + " ";
  for (int32_t i = 0; const char* name = pl_rewrite_name(i); ++i) {
    if (noise.below(4) == 0) names = names + name + " ";
  }
  return names;
}

const char* choose_isa(Noise& noise) {
  int32_t count = 0;
  while (pl_isa_name(count)) ++count;
  // The first does its multiply-adds in software.
  return pl_isa_name(static_cast<int32_t>(noise.below(static_cast<uint32_t>(count))));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  Memory memory(4 * kMemory);
  pl_model* model = nullptr;
  if (pl_model_load(bytes, size, memory.host(), &model, nullptr) != PL_OK) return -1;
  Noise noise(bytes, size);
  const Trial trial{model, memory.host(), choose_shapes(model, noise, kMostExtent),
                    Noise(noise.next())};
  const Outputs plain = attempt(trial, PL_REFERENCE, nullptr, nullptr);
  const std::string without = choose_rewrites(noise);
  const Outputs fused = attempt(trial, 0, choose_isa(noise), without.c_str());
  if (!plain.empty() && !fused.empty() && !has_nan(plain) && !has_nan(fused))
    need(plain == fused, "the planner's steps give the bits of the plain loops");
  attempt(trial, 0, choose_isa(noise), nullptr);
  pl_model_free(model);
  return 0;
}
