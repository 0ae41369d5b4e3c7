#include "ops/table.h"

#include "ops/operator.h"

namespace pl {
namespace {

const Operator* const kOperators[] = {
#define PL_ROW(name) &op_##name,
    PL_OPERATORS(PL_ROW)
#undef PL_ROW
};
constexpr i64 kCount = sizeof kOperators / sizeof *kOperators;

}  // namespace

const Operator* operator_at(i64 index) {
  return index >= 0 && index < kCount ? kOperators[index] : nullptr;
}

const Operator* find_operator(Text domain, Text name) {
  for (const Operator* op : kOperators) {
    if (name == op->name && domain == op->domain) return op;
  }
  return nullptr;
}

}  // namespace pl
