// What the comparisons share: two inputs of one type, broadcast, and a bool for each pair.
#pragma once

#include "ops/operator.h"

namespace pl {

// What a comparison says of a pair (a, b); of one with NaN it says no.
struct Relation {
  bool less, equal, greater;
};

pl_status infer_compare(Call& call);
void run_compare(const Call& call, Relation relation);

template <bool less, bool equal, bool greater>
constexpr Operator comparison(const char* name) {
  const auto run = [](const Call& call) { run_compare(call, {less, equal, greater}); };
  return {name, "", "", 2, 2, 1, nullptr, infer_compare, run, true};
}

}  // namespace pl
