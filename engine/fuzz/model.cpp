#include "model.h"

#include <cstring>

namespace {

constexpr int64_t kMostWork = 1 << 18;   // multiply-adds of a frame
constexpr int64_t kMostBytes = 1 << 20;  // that its steps read and write

void look_at(const pl_value_info& info) {
  need(info.name && strlen(info.name) < SIZE_MAX, "a port has a name");
  for (int32_t a = 0; a < info.rank; ++a)
    need(info.dim_names[a] && strlen(info.dim_names[a]) < SIZE_MAX, "a dimension has a name");
}

// Small numbers of any type: mostly what indices and pictures may hold.
void fill(pl_tensor& tensor, Noise& noise) {
  const int64_t n = count(tensor.shape);
  for (int64_t i = 0; i < n; ++i) {
    const int32_t number = static_cast<int32_t>(noise.below(256));
    switch (tensor.type) {
      case PL_FLOAT32:
        static_cast<float*>(tensor.data)[i] = static_cast<float>(number - 100) / 64;
        break;
      case PL_FLOAT16:
        static_cast<uint16_t*>(tensor.data)[i] = static_cast<uint16_t>(0x3800 + 8 * number);
        break;
      case PL_INT32:
        static_cast<int32_t*>(tensor.data)[i] = number % 7 - 3;
        break;
      case PL_INT64:
        static_cast<int64_t*>(tensor.data)[i] = number % 7 - 3;
        break;
      case PL_BOOL:
        static_cast<uint8_t*>(tensor.data)[i] = number & 1;
        break;
      default:
        static_cast<uint8_t*>(tensor.data)[i] = static_cast<uint8_t>(number);
    }
  }
}

pl_tensor tensor_of(int32_t type, const pl_shape& shape, std::vector<uint8_t>& bytes) {
  bytes.resize(static_cast<size_t>(count(shape)) * element_bytes(type));
  return {type, shape, bytes.data()};
}

}  // namespace

size_t element_bytes(int32_t type) {
  switch (type) {
    case PL_FLOAT32:
    case PL_INT32:
      return 4;
    case PL_INT64:
      return 8;
    case PL_FLOAT16:
      return 2;
    default:
      return 1;
  }
}

int64_t count(const pl_shape& shape) {
  int64_t n = 1;
  for (int32_t a = 0; a < shape.rank; ++a) n *= shape.dims[a];
  return n;
}

void look_at(const pl_model* model) {
  pl_value_info info;
  for (int32_t i = 0; i < pl_model_input_count(model); ++i) {
    need(pl_model_input(model, i, &info) == PL_OK, "every input can be asked for");
    look_at(info);
  }
  for (int32_t i = 0; i < pl_model_output_count(model); ++i) {
    need(pl_model_output(model, i, &info) == PL_OK, "every output can be asked for");
    look_at(info);
  }
  for (int32_t i = 0; i < pl_model_metadata_count(model); ++i) {
    need(pl_model_metadata_key(model, i) && pl_model_metadata_value(model, i), "metadata is text");
  }
  for (int32_t i = 0; i < pl_model_node_count(model); ++i) {
    need(pl_model_node_operator(model, i) != nullptr, "every node has an operator");
  }
  need(pl_model_parameter_count(model) >= 0, "parameters are counted");
  need(pl_model_input(model, -1, &info) == PL_INVALID_ARGUMENT, "there is no input -1");
}

std::vector<pl_shape> choose_shapes(const pl_model* model, Noise& noise, int64_t most) {
  std::vector<pl_shape> shapes;
  const int64_t same = 1 + noise.below(static_cast<uint32_t>(most));
  for (int32_t i = 0; i < pl_model_input_count(model); ++i) {
    pl_value_info info;
    pl_model_input(model, i, &info);
    pl_shape shape = {info.rank < 0 ? 4 : info.rank, {}};
    for (int32_t a = 0; a < shape.rank; ++a) {
      const int64_t any = noise.below(4) ? same : 1 + noise.below(static_cast<uint32_t>(most));
      shape.dims[a] = info.rank < 0 || info.dims[a] < 0 ? any : info.dims[a];
    }
    shapes.push_back(shape);
  }
  return shapes;
}

bool is_small(const pl_session* session) {
  pl_session_stats stats;
  pl_session_get_stats(session, &stats);
  int64_t work = stats.macs, bytes = 0;
  for (int32_t i = 0; i < stats.steps; ++i) {
    pl_step_info step;
    need(pl_session_step(session, i, &step) == PL_OK, "every step can be asked for");
    need(step.name && step.kind && step.description, "a step is told in words");
    work += step.macs;
    bytes += step.bytes;
  }
  return work <= kMostWork && bytes <= kMostBytes;
}

std::vector<std::vector<uint8_t>> run_once(const pl_model* model, pl_session* session,
                                           const std::vector<pl_shape>& shapes, Noise noise) {
  std::vector<std::vector<uint8_t>> given(shapes.size());
  std::vector<pl_tensor> inputs;
  for (size_t i = 0; i < shapes.size(); ++i) {
    pl_value_info info;
    pl_model_input(model, static_cast<int32_t>(i), &info);
    inputs.push_back(tensor_of(info.type, shapes[i], given[i]));
    fill(inputs.back(), noise);
  }
  const int32_t n = pl_model_output_count(model);
  std::vector<std::vector<uint8_t>> made(static_cast<size_t>(n));
  std::vector<pl_tensor> outputs;
  for (int32_t i = 0; i < n; ++i) {
    pl_value_info info;
    need(pl_session_output(session, i, &info) == PL_OK, "every output has a shape");
    pl_shape shape = {info.rank, {}};
    for (int32_t a = 0; a < info.rank; ++a) shape.dims[a] = info.dims[a];
    outputs.push_back(tensor_of(info.type, shape, made[static_cast<size_t>(i)]));
  }
  pl_error error = {};
  const pl_status status = pl_session_run(
      session, inputs.data(), static_cast<int32_t>(inputs.size()), outputs.data(), n, &error);
  need_clean(status, error);
  need(status == PL_OK, "a session runs on what it was made for");
  return made;
}
