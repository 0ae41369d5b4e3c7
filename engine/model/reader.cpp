#include "model/reader.h"

#include "model/names.h"
#include "ops/operator.h"

namespace pl {
namespace {

struct Opset {
  Text domain;
  i64 version;
};

class Reader {
 public:
  Reader(Arena& arena, Error& error, Graph* graph)
      : arena_(arena), error_(error), graph_(*graph), names_(&arena), opsets_(&arena) {}

  pl_status read(Bytes bytes);

 private:
  pl_status read_header(Bytes bytes, Bytes* graph);
  pl_status read_initializers(Bytes graph);
  pl_status read_ports(Bytes graph);
  pl_status read_nodes(Bytes graph);
  pl_status read_opset(Bytes bytes);
  pl_status read_metadata(Bytes bytes);
  pl_status read_port(Bytes bytes, Port* port, Text* name);
  pl_status read_port_type(Bytes bytes, Text name, Port* port);
  pl_status read_dims(Bytes bytes, Port* port);
  pl_status read_node(Bytes bytes);
  pl_status read_attribute(Bytes bytes, Attribute* attribute);
  pl_status read_attribute_list(const Field& field, Attribute* attribute, Array<f32>* reals,
                                Array<i64>* integers);
  pl_status add_value(Text name, i32* index);
  pl_status value_named(Text name, i32* index);
  pl_status check_node(Node* node);

  pl_status keep(Text text, Text* out, i64 most = kMaxNameBytes) {
    if (!kPainting && text.size > most) {
      return error_.fail(PL_LIMIT, most == kMaxNameBytes ? "a name" : "a text", " of ", text.size,
                         " bytes is longer than ", most);
    }
    *out = arena_.keep(text);
    return out->data ? PL_OK : error_.out_of_memory();
  }
  // Fails where there are `most` of them already. A module for browsers, in memory of its own,
  // goes without some of this.
  pl_status room(i64 count, i64 most, const char* what) {
    if (count < most) return PL_OK;
    return error_.fail(PL_LIMIT, "the model has more than ", most, " ", what);
  }
  pl_status malformed(const char* what) {
    return error_.say(PL_INVALID_MODEL, "not an ONNX model: ", what, " is malformed");
  }
  // Calls visit(field) for each field of a message until one fails.
  template <class Visit>
  pl_status each_field(Bytes bytes, const char* what, Visit visit) {
    Message message(bytes);
    for (Field f; message.next(&f);) PL_TRY(visit(f));
    return message.malformed() ? malformed(what) : PL_OK;
  }

  Arena& arena_;
  Error& error_;
  Graph& graph_;
  Names names_;
  Array<Opset> opsets_;
};

pl_status Reader::read(Bytes bytes) {
  if (!kPainting && bytes.size > kMaxFileBytes) {
    return error_.fail(PL_LIMIT, "the file has ", bytes.size, " bytes, more than ", kMaxFileBytes);
  }
  Bytes graph;
  PL_TRY(read_header(bytes, &graph));
  PL_TRY(read_initializers(graph));
  PL_TRY(read_ports(graph));
  PL_TRY(read_nodes(graph));
  return sort_nodes(arena_, error_, &graph_);
}

pl_status Reader::read_header(Bytes bytes, Bytes* graph) {
  PL_TRY(each_field(bytes, "the file", [&](const Field& f) {
    if (f.number == 7) *graph = f.content;
    if (f.number == 8) return read_opset(f.content);
    if (f.number == 14) return read_metadata(f.content);
    return PL_OK;
  }));
  if (graph->empty()) return error_.fail(PL_INVALID_MODEL, "not an ONNX model: it has no graph");
  for (const Opset& opset : opsets_) {
    if (opset.domain.empty()) graph_.opset = opset.version;
  }
  if (opsets_.empty()) {
    return error_.fail(PL_INVALID_MODEL, "not an ONNX model: it imports no operator set");
  }
  if (graph_.opset > 0 && graph_.opset < 7) {
    return error_.fail(PL_UNSUPPORTED, "operator set ", graph_.opset, " is older than 7");
  }
  return PL_OK;
}

pl_status Reader::read_opset(Bytes bytes) {
  Opset opset{"", 0};
  PL_TRY(each_field(bytes, "an operator set", [&](const Field& f) {
    if (f.number == 1) opset.domain = f.text();
    if (f.number == 2) opset.version = f.integer();
    return PL_OK;
  }));
  if (opset.domain == "ai.onnx") opset.domain = "";
  return opsets_.push(opset) ? PL_OK : error_.out_of_memory();
}

pl_status Reader::read_metadata(Bytes bytes) {
  Metadata entry;
  PL_TRY(each_field(bytes, "a metadata entry", [&](const Field& f) {
    if (f.number == 1) return keep(f.text(), &entry.key);
    if (f.number == 2) return keep(f.text(), &entry.value, kMaxTextBytes);
    return PL_OK;
  }));
  if (!kPainting) PL_TRY(room(graph_.metadata.size(), kMaxMetadata, "metadata entries"));
  return graph_.metadata.push(entry) ? PL_OK : error_.out_of_memory();
}

pl_status Reader::read_initializers(Bytes graph) {
  return each_field(graph, "the graph", [&](const Field& f) {
    if (f.number == 15) return error_.fail(PL_UNSUPPORTED, "sparse initializers are not supported");
    if (f.number != 5) return PL_OK;
    Text name;
    Tensor tensor;
    PL_TRY(read_tensor(f.content, arena_, error_, &name, &tensor));
    i32 index;
    PL_TRY(add_value(name, &index));
    graph_.values[index].tensor = tensor;
    graph_.values[index].known = true;
    const bool weights = tensor.type == DType::f32 || tensor.type == DType::i8;
    if (weights) graph_.parameters += tensor.count();
    return PL_OK;
  });
}

pl_status Reader::read_ports(Bytes graph) {
  return each_field(graph, "the graph", [&](const Field& f) {
    if (f.number != 11 && f.number != 12) return PL_OK;
    Port port;
    Text name;
    PL_TRY(read_port(f.content, &port, &name));
    if (f.number == 11) {
      // Old files list their initializers among the inputs.
      if (names_.find(name) >= 0) return PL_OK;
      if (!kPainting) PL_TRY(room(graph_.inputs.size(), kMaxPorts, "inputs"));
      PL_TRY(add_value(name, &port.value));
      return graph_.inputs.push(port) ? PL_OK : error_.out_of_memory();
    }
    if (!kPainting) PL_TRY(room(graph_.outputs.size(), kMaxPorts, "outputs"));
    PL_TRY(value_named(name, &port.value));
    return graph_.outputs.push(port) ? PL_OK : error_.out_of_memory();
  });
}

pl_status Reader::read_port(Bytes bytes, Port* port, Text* name) {
  Bytes type;
  PL_TRY(each_field(bytes, "an input or output", [&](const Field& f) {
    if (f.number == 2) type = f.content;
    if (f.number == 1) return keep(f.text(), name);
    return PL_OK;
  }));
  return each_field(type, "a type", [&](const Field& f) {
    if (f.number == 6) return PL_OK;  // what it denotes, in words
    if (f.number != 1) {
      return error_.fail(PL_UNSUPPORTED, "'", *name, "' is not a dense tensor");
    }
    return read_port_type(f.content, *name, port);
  });
}

pl_status Reader::read_port_type(Bytes bytes, Text name, Port* port) {
  return each_field(bytes, "a tensor type", [&](const Field& f) {
    if (f.number == 1) {
      port->type = static_cast<DType>(f.value);
      if (f.value > 64 || !element_bytes(port->type)) {
        return error_.fail(PL_UNSUPPORTED, "'", name, "' has ONNX element type ", f.integer(),
                           ", which is not supported");
      }
    }
    if (f.number == 2) return read_dims(f.content, port);
    return PL_OK;
  });
}

pl_status Reader::read_dims(Bytes bytes, Port* port) {
  port->rank = 0;
  return each_field(bytes, "a shape", [&](const Field& shape) {
    if (shape.number != 1) return PL_OK;
    if (port->rank == kMaxRank) {
      return error_.fail(PL_UNSUPPORTED, "an input or output has more than 8 dimensions");
    }
    const i32 axis = port->rank++;
    port->dims[axis] = -1;
    return each_field(shape.content, "a dimension", [&](const Field& f) {
      // Zero and less are ways in which old exporters said "any".
      if (f.number == 1) port->dims[axis] = f.integer() > 0 ? f.integer() : -1;
      if (f.number == 2) return keep(f.text(), &port->dim_names[axis]);
      return PL_OK;
    });
  });
}

pl_status Reader::read_nodes(Bytes graph) {
  return each_field(graph, "the graph", [&](const Field& f) {
    if (f.number != 1) return PL_OK;
    PL_TRY(room(graph_.nodes.size(), kMaxNodes, "nodes"));
    return read_node(f.content);
  });
}

pl_status Reader::read_node(Bytes bytes) {
  Node node;
  Array<i32> inputs(&arena_), outputs(&arena_);
  Array<Attribute> attributes(&arena_);
  PL_TRY(each_field(bytes, "a node", [&](const Field& f) {
    switch (f.number) {
      case 1:
      case 2: {
        i32 index = -1;
        if (!f.text().empty()) PL_TRY(value_named(f.text(), &index));
        return (f.number == 1 ? inputs : outputs).push(index) ? PL_OK : error_.out_of_memory();
      }
      case 3:
        return keep(f.text(), &node.name);
      case 4:
        return keep(f.text(), &node.type);
      case 5: {
        Attribute attribute;
        PL_TRY(read_attribute(f.content, &attribute));
        return attributes.push(attribute) ? PL_OK : error_.out_of_memory();
      }
      case 7:
        return keep(f.text(), &node.domain);
      default:
        return PL_OK;
    }
  }));
  if (inputs.size() > kMaxInputs || outputs.size() > kMaxOutputs ||
      attributes.size() > kMaxAttributes) {
    return error_.fail(PL_LIMIT, "node '", node.name, "' (", node.type, ") has more than ",
                       kMaxInputs, " inputs, ", kMaxOutputs, " outputs or ", kMaxAttributes,
                       " attributes");
  }
  node.inputs = inputs.span();
  node.outputs = outputs.span();
  node.attributes = attributes.span();
  PL_TRY(check_node(&node));
  for (i32 out : node.outputs) {
    if (out < 0) continue;
    Value& value = graph_.values[out];
    if (value.producer >= 0 || value.known) {
      return error_.fail(PL_INVALID_MODEL, "'", value.name, "' is made twice");
    }
    value.producer = static_cast<i32>(graph_.nodes.size());
  }
  return graph_.nodes.push(node) ? PL_OK : error_.out_of_memory();
}

pl_status Reader::check_node(Node* node) {
  if (node->domain == "ai.onnx") node->domain = "";
  if (node->name.empty()) {
    for (i32 out : node->outputs) {
      if (out >= 0 && node->name.empty()) node->name = graph_.values[out].name;
    }
  }
  node->opset = -1;
  for (const Opset& opset : opsets_) {
    if (opset.domain == node->domain) node->opset = opset.version;
  }
  Span<Tensor> none;
  const Call call{*node, {}, none, error_};
  node->op = find_operator(node->domain, node->type);
  if (!node->op) {
    return error_.say(PL_UNSUPPORTED, "node '", node->name, "' (", node->type, "): the operator ",
                      node->domain, node->domain.empty() ? "" : ".", node->type,
                      " is not supported", kPainting ? " in browsers" : "");
  }
  if (node->opset < 0) return call.invalid("its operator set is not imported");
  for (const Attribute& a : node->attributes) {
    if (!has_word(node->op->attributes, a.name)) {
      return call.unsupported("the attribute '", a.name, "' is not supported");
    }
  }
  const Operator& op = *node->op;
  // Where any number of inputs may come, none of them is optional.
  const i64 needed = op.max_inputs < 0 ? max<i64>(op.min_inputs, node->inputs.size) : op.min_inputs;
  i64 given = 0;
  for (i64 i = 0; i < min(needed, node->inputs.size); ++i) given += node->inputs[i] >= 0;
  if (given < needed) return call.invalid("an input is missing");
  if (op.max_inputs >= 0 && node->inputs.size > op.max_inputs) {
    return call.unsupported("it has ", node->inputs.size, " inputs, at most ", op.max_inputs,
                            " are supported");
  }
  if (node->outputs.size < 1 || node->outputs[0] < 0) return call.invalid("it has no output");
  if (op.max_outputs >= 0) {
    for (i64 i = op.max_outputs; i < node->outputs.size; ++i) {
      if (node->outputs[i] >= 0) return call.unsupported("output ", i, " is not supported");
    }
  }
  return op.check ? op.check(call) : PL_OK;
}

pl_status Reader::read_attribute(Bytes bytes, Attribute* a) {
  Array<f32> reals(&arena_);
  Array<i64> integers(&arena_);
  // Files older than IR version 2 leave the kind to be told from the field that is there.
  Attribute::Kind seen = Attribute::Kind::none;
  PL_TRY(each_field(bytes, "an attribute", [&](const Field& f) {
    switch (f.number) {
      case 1:
        return keep(f.text(), &a->name);
      case 2:
        a->real = f.real();
        seen = Attribute::Kind::real;
        return PL_OK;
      case 3:
        a->integer = f.integer();
        seen = Attribute::Kind::integer;
        return PL_OK;
      case 4:
        seen = Attribute::Kind::text;
        return keep(f.text(), &a->text, kMaxTextBytes);
      case 5: {
        Text name;
        seen = Attribute::Kind::tensor;
        return read_tensor(f.content, arena_, error_, &name, &a->tensor);
      }
      case 7:
        seen = Attribute::Kind::reals;
        return read_attribute_list(f, a, &reals, &integers);
      case 8:
        seen = Attribute::Kind::integers;
        return read_attribute_list(f, a, &reals, &integers);
      case 20:
        a->kind = static_cast<Attribute::Kind>(f.value > 99 ? 99 : f.value);
        return PL_OK;
      default:
        return PL_OK;
    }
  }));
  if (a->kind == Attribute::Kind::none) a->kind = seen;
  if (a->kind == Attribute::Kind::tensor && seen != Attribute::Kind::tensor) {
    return malformed("an attribute");
  }
  a->reals = reals.span();
  a->integers = integers.span();
  return PL_OK;
}

pl_status Reader::read_attribute_list(const Field& f, Attribute* a, Array<f32>* reals,
                                      Array<i64>* integers) {
  bool room = true;
  const bool read =
      f.number == 7
          ? each_fixed32(
                f, [&](u32 bits) { return room = reals->push(__builtin_bit_cast(f32, bits)); })
          : each_varint(f, [&](i64 v) { return room = integers->push(v); });
  if (!room) return error_.out_of_memory();
  return read ? PL_OK : malformed(a->name.data);
}

pl_status Reader::add_value(Text name, i32* index) {
  PL_TRY(room(graph_.values.size(), kMaxValues, "values"));
  if (names_.find(name) >= 0) {
    return error_.fail(PL_INVALID_MODEL, "the name '", name, "' is given twice");
  }
  Value value;
  PL_TRY(keep(name, &value.name));
  *index = static_cast<i32>(graph_.values.size());
  if (!graph_.values.push(value) || !names_.put(value.name, *index)) return error_.out_of_memory();
  return PL_OK;
}

pl_status Reader::value_named(Text name, i32* index) {
  *index = names_.find(name);
  return *index >= 0 ? PL_OK : add_value(name, index);
}

}  // namespace

pl_status read_model(Bytes bytes, Arena& arena, Error& error, Graph* graph) {
  return Reader(arena, error, graph).read(bytes);
}

}  // namespace pl
