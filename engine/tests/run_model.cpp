// Runs a model on a picture made by a formula and writes the raw bytes of all its outputs to
// stdout, for comparing the bits of machines that have no Python: emulators, phones.
#include "linux.h"

namespace {

constexpr const char* kUsage =
    "MODEL.onnx HEIGHT WIDTH THREADS [ISA [reference]]; HEIGHT, WIDTH and THREADS are positive";

bool equal(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

int64_t read_number(const char* text) {
  int64_t n = 0;
  for (; *text >= '0' && *text <= '9' && n < (1 << 20); ++text) n = 10 * n + (*text - '0');
  if (*text || n == 0) give_up("usage: run_model", kUsage);
  return n;
}

void check(pl_status status, const char* what, const pl_error& error) {
  if (status != PL_OK) give_up(what, error.message);
}

// Element i of the picture as 32 bits without a pattern (tests/engine/networks.py has the same).
uint32_t noise(uint32_t i) {
  uint32_t x = (i + 1) * 0x9e3779b1u;
  x = (x ^ x >> 16) * 0x85ebca6bu;
  x = (x ^ x >> 13) * 0xc2b2ae35u;
  return x ^ x >> 16;
}

size_t element_bytes(int32_t type) {
  switch (type) {
    case PL_UINT8:
    case PL_BOOL:
      return 1;
    case PL_FLOAT16:
      return 2;
    case PL_INT64:
      return 8;
    default:
      return 4;
  }
}

size_t count(const pl_shape& shape) {
  size_t n = 1;
  for (int32_t a = 0; a < shape.rank; ++a) n *= static_cast<size_t>(shape.dims[a]);
  return n;
}

pl_tensor make_tensor(int32_t type, const pl_shape& shape) {
  return {type, shape, allocate(count(shape) * element_bytes(type))};
}

// Bytes are [1, height, width, channels], floats [1, channels, height, width].
pl_tensor make_picture(const pl_value_info& info, int64_t height, int64_t width) {
  const bool bytes = info.type == PL_UINT8;
  if (info.rank != 4 || (!bytes && info.type != PL_FLOAT32))
    give_up(info.name, "the input is no picture");
  const int64_t channels = info.dims[bytes ? 3 : 1];
  if (channels < 1 || channels > 64) give_up(info.name, "the input has no fixed channels");
  const pl_tensor t = bytes ? make_tensor(info.type, {4, {1, height, width, channels}})
                            : make_tensor(info.type, {4, {1, channels, height, width}});
  const size_t n = count(t.shape);
  for (size_t i = 0; i < n; ++i) {
    const uint32_t x = noise(static_cast<uint32_t>(i));
    if (bytes) {
      static_cast<uint8_t*>(t.data)[i] = static_cast<uint8_t>(x >> 24);
    } else {
      static_cast<float*>(t.data)[i] = static_cast<float>(x >> 8) * 0x1p-16f;  // 0 to 256
    }
  }
  return t;
}

// A vector, such as the weights of a network's styles: shares of the whole, from the same noise.
pl_tensor make_vector(const pl_value_info& info) {
  if (info.rank != 1 || info.type != PL_FLOAT32 || info.dims[0] < 1)
    give_up(info.name, "the input is neither the first nor a vector of floats");
  const pl_tensor t = make_tensor(info.type, {1, {info.dims[0]}});
  const size_t n = count(t.shape);
  for (size_t i = 0; i < n; ++i) {
    const float share = static_cast<float>(noise(static_cast<uint32_t>(i)) >> 8) * 0x1p-24f;
    static_cast<float*>(t.data)[i] = share / static_cast<float>(n);
  }
  return t;
}

void print_outputs(pl_session* session, int32_t outputs, const pl_tensor* given, int32_t inputs) {
  pl_error error = {};
  pl_tensor* tensors =
      static_cast<pl_tensor*>(allocate(static_cast<size_t>(outputs) * sizeof(pl_tensor)));
  for (int32_t i = 0; i < outputs; ++i) {
    pl_value_info info;
    check(pl_session_output(session, i, &info), "output", error);
    pl_shape shape = {info.rank, {}};
    for (int32_t a = 0; a < info.rank; ++a) shape.dims[a] = info.dims[a];
    tensors[i] = make_tensor(info.type, shape);
  }
  check(pl_session_run(session, given, inputs, tensors, outputs, &error), "run", error);
  for (int32_t i = 0; i < outputs; ++i)
    write_out(tensors[i].data, count(tensors[i].shape) * element_bytes(tensors[i].type));
}

}  // namespace

int run(int argc, char** argv) {
  const bool reference = argc == 7 && equal(argv[6], "reference");
  if (argc < 5 || argc > 7 || (argc == 7 && !reference)) give_up("usage: run_model", kUsage);
  const int64_t height = read_number(argv[2]), width = read_number(argv[3]);
  pl_options options = {};
  options.threads = static_cast<int32_t>(read_number(argv[4]));
  options.flags = reference ? PL_REFERENCE : 0;
  options.isa = argc > 5 ? argv[5] : nullptr;

  pl_error error = {};
  size_t size;
  const void* bytes = read_file(argv[1], &size);
  pl_model* model;
  check(pl_model_load(bytes, size, linux_host(), &model, &error), argv[1], error);
  constexpr int32_t kMostInputs = 8;
  const int32_t inputs = pl_model_input_count(model);
  if (inputs < 1 || inputs > kMostInputs) give_up(argv[1], "the model has not one to eight inputs");
  pl_tensor given[kMostInputs];
  pl_shape shapes[kMostInputs];
  for (int32_t i = 0; i < inputs; ++i) {
    pl_value_info info;
    check(pl_model_input(model, i, &info), "input", error);
    given[i] = i == 0 ? make_picture(info, height, width) : make_vector(info);
    shapes[i] = given[i].shape;
  }
  pl_session* session;
  check(pl_session_create(model, &options, shapes, inputs, &session, &error), argv[1], error);
  print_outputs(session, pl_model_output_count(model), given, inputs);
  return 0;
}
