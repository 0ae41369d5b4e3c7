#include "model/graph.h"

namespace pl {

const Attribute* Node::find(Text wanted) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == wanted) return &attribute;
  }
  return nullptr;
}

i64 Node::integer(Text wanted, i64 otherwise) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::integer ? a->integer : otherwise;
}

f32 Node::real(Text wanted, f32 otherwise) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::real ? a->real : otherwise;
}

Text Node::text(Text wanted, Text otherwise) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::text ? a->text : otherwise;
}

Span<i64> Node::integers(Text wanted) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::integers ? a->integers : Span<i64>();
}

Span<f32> Node::reals(Text wanted) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::reals ? a->reals : Span<f32>();
}

}  // namespace pl
