// What the operators that reduce axes share: which ones, the shape of the result, and the part of
// the input that each of its elements is made from.
#pragma once

#include "ops/operator.h"

namespace pl {

// Which axes are reduced: all where none is named. The list became an input in opset `since`.
pl_status read_reduced(const Call& call, i64 since, bool* reduced);
Shape reduced_shape(const Call& call, const bool* reduced);

// Numbers of one type in, and out.
pl_status infer_reduce(Call& call, i64 since);

// for (Parts parts(call, reduced); !parts.done(); parts.next()) ...
class Parts {
 public:
  Parts(const Call& call, const bool* reduced);

  bool done() const { return walk_.done(); }
  void next();
  const Tensor& part() const { return part_; }
  i64 to() const { return walk_.offset(1); }  // offset of the element of the output

 private:
  const Tensor& x_;
  Walk<2> walk_;
  Tensor part_;
};

// Each element of the output is the largest one of its part, or the smallest.
void run_extreme(const Call& call, bool largest);

constexpr Operator reduction(const char* name, pl_status (*infer)(Call&),
                             void (*run)(const Call&)) {
  return {name, "", "axes keepdims noop_with_empty_axes", 1, 2, 1, nullptr, infer, run, true};
}

}  // namespace pl
