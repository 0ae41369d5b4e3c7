// Changes to models that keep most of them well-formed: fields of the protobuf messages in an ONNX
// file are changed, repeated, moved and dropped, and the lengths around them follow.
#include <cstdlib>
#include <cstring>

#include "host.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t capacity);

namespace {

using Bytes = std::vector<uint8_t>;

// The messages of onnx.proto3 that the reader looks into; a leaf is anything else.
enum Kind {
  leaf,
  model,
  graph,
  node,
  attribute,
  tensor,
  value,
  type,
  array,
  shape,
  dimension,
  entry
};

struct Nesting {
  Kind outer;
  uint32_t number;
  Kind inner;
};
constexpr Nesting kNestings[] = {
    {model, 7, graph},      {model, 8, entry},  {model, 14, entry}, {graph, 1, node},
    {graph, 5, tensor},     {graph, 11, value}, {graph, 12, value}, {node, 5, attribute},
    {attribute, 5, tensor}, {value, 2, type},   {type, 1, array},   {array, 2, shape},
    {shape, 1, dimension},
};

struct Field {
  uint32_t number = 0;
  uint32_t wire = 0;
  uint64_t varint = 0;
  Bytes bytes;  // of a leaf that is no varint
  Kind kind = leaf;
  std::vector<Field> fields;  // of a message
};

bool take_varint(const uint8_t*& at, const uint8_t* end, uint64_t& number) {
  number = 0;
  for (int shift = 0; shift < 64 && at < end; shift += 7) {
    const uint8_t byte = *at++;
    number |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

void put_varint(Bytes& out, uint64_t number) {
  for (; number > 127; number >>= 7) out.push_back(static_cast<uint8_t>(number | 128));
  out.push_back(static_cast<uint8_t>(number));
}

Kind kind_of(Kind outer, uint32_t number) {
  for (const Nesting& n : kNestings) {
    if (n.outer == outer && n.number == number) return n.inner;
  }
  return leaf;
}

bool parse(const uint8_t* at, const uint8_t* end, Kind outer, std::vector<Field>& fields) {
  while (at < end) {
    Field f;
    uint64_t key, size = 0;
    if (!take_varint(at, end, key)) return false;
    f.number = static_cast<uint32_t>(key >> 3);
    f.wire = key & 7;
    if (f.wire == 0 && !take_varint(at, end, f.varint)) return false;
    if (f.wire == 2 && !take_varint(at, end, size)) return false;
    if (f.wire == 1) size = 8;
    if (f.wire == 5) size = 4;
    if (f.wire > 5 || f.wire == 3 || f.wire == 4) return false;
    if (size > static_cast<uint64_t>(end - at)) return false;
    f.kind = f.wire == 2 ? kind_of(outer, f.number) : leaf;
    if (f.kind == leaf || !parse(at, at + size, f.kind, f.fields)) {
      f.kind = leaf;
      f.fields.clear();
      f.bytes.assign(at, at + size);
    }
    at += size;
    fields.push_back(f);
  }
  return true;
}

Bytes write(const std::vector<Field>& fields) {
  Bytes out;
  for (const Field& f : fields) {
    put_varint(out, static_cast<uint64_t>(f.number) << 3 | f.wire);
    if (f.wire == 0) put_varint(out, f.varint);
    const Bytes content = f.kind == leaf ? f.bytes : write(f.fields);
    if (f.wire == 2) put_varint(out, content.size());
    out.insert(out.end(), content.begin(), content.end());
  }
  return out;
}

// Any list of fields, the deeper the likelier.
std::vector<Field>& choose_list(std::vector<Field>& fields, Noise& noise) {
  std::vector<std::vector<Field>*> inner;
  for (Field& f : fields) {
    if (f.kind != leaf && !f.fields.empty()) inner.push_back(&f.fields);
  }
  if (inner.empty() || noise.below(8) == 0) return fields;
  return choose_list(*inner[noise.below(static_cast<uint32_t>(inner.size()))], noise);
}

void change_leaf(Field& f, Noise& noise) {
  constexpr uint64_t numbers[] = {
      0,         1,         2,        3,          4,          7,          16,
      255,       4096,      1u << 31, 1ull << 32, 1ull << 62, UINT64_MAX, UINT64_MAX - 1,
      INT64_MAX, 1ull << 63};
  if (f.wire == 0) {
    const uint64_t some = numbers[noise.below(sizeof numbers / sizeof *numbers)];
    f.varint = noise.below(2) ? some : noise.below(2) ? f.varint + 1 : f.varint - 1;
    return;
  }
  const size_t size = f.bytes.size(), room = f.wire == 2 ? size + 16 : size;
  f.bytes.resize(room);
  if (room) f.bytes.resize(f.wire == 2 ? LLVMFuzzerMutate(f.bytes.data(), size, room) : room);
}

void change(std::vector<Field>& all, Noise& noise) {
  std::vector<Field>& list = choose_list(all, noise);
  if (list.empty()) return;
  const uint32_t n = static_cast<uint32_t>(list.size()), at = noise.below(n);
  const Field other = list[noise.below(n)];
  switch (noise.below(8)) {
    case 0:
      list.erase(list.begin() + at);
      break;
    case 1:
      list.insert(list.begin() + at, other);
      break;
    case 2:
      list[at] = other;
      break;
    case 3: {  // what a field says goes to another of its kind: names of values, operators, numbers
      std::vector<Field>& elsewhere = choose_list(all, noise);
      for (const Field& f : elsewhere) {
        const uint32_t number = list[at].number;
        if (f.wire == list[at].wire && f.kind == list[at].kind && noise.below(2)) list[at] = f;
        list[at].number = number;
      }
      break;
    }
    default:
      if (list[at].kind == leaf) change_leaf(list[at], noise);
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t capacity,
                                          unsigned seed) {
  Noise noise(seed);
  std::vector<Field> fields;
  if (noise.below(8) == 0 || !parse(data, data + size, model, fields))
    return LLVMFuzzerMutate(data, size, capacity);
  for (uint32_t i = 0; i <= noise.below(4); ++i) change(fields, noise);
  const Bytes out = write(fields);
  if (out.empty() || out.size() > capacity) return LLVMFuzzerMutate(data, size, capacity);
  memcpy(data, out.data(), out.size());
  return out.size();
}
