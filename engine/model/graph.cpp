#include "model/graph.h"

namespace pl {

const Attribute* Node::find(const char* wanted) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == wanted) return &attribute;
  }
  return nullptr;
}

i64 Node::integer(const char* wanted, i64 otherwise) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::integer ? a->integer : otherwise;
}

f32 Node::real(const char* wanted, f32 otherwise) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::real ? a->real : otherwise;
}

Text Node::text(const char* wanted, const char* otherwise) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::text ? a->text : Text(otherwise);
}

Span<i64> Node::integers(const char* wanted) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::integers ? a->integers : Span<i64>();
}

Span<f32> Node::reals(const char* wanted) const {
  const Attribute* a = find(wanted);
  return a && a->kind == Attribute::Kind::reals ? a->reals : Span<f32>();
}

}  // namespace pl
