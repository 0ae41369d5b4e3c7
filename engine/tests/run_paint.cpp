// Paints noise with a model from every format into every format, in every way that a picture can be
// given, and writes the planes of all results to stdout: tests/engine/test_paint.py compares them.
#include "linux.h"

namespace {

constexpr const char* kUsage = "MODEL.onnx HEIGHT WIDTH THREADS; all are positive numbers";

int32_t read_number(const char* text) {
  int32_t n = 0;
  for (; *text >= '0' && *text <= '9' && n < (1 << 16); ++text) n = 10 * n + (*text - '0');
  if (*text || n == 0) give_up("usage: run_paint", kUsage);
  return n;
}

void check(pl_status status, const char* what, const pl_error& error) {
  if (status != PL_OK) give_up(what, error.message);
}

struct Picture {
  pl_image image = {};
  uint8_t* bytes;  // of all planes, one behind the other
  size_t size = 0;
};

Picture make_picture(int32_t format, int32_t width, int32_t height, int32_t how) {
  Picture p;
  p.image.format = format;
  p.image.width = width;
  p.image.height = height;
  p.image.matrix = how & 1;
  p.image.range = how >> 1 & 1;
  p.image.mirrored = how >> 2 & 1;
  const int32_t across = (width + 1) / 2, down = (height + 1) / 2;
  const int32_t pixel = format >= PL_NV12 ? 1 : format >= PL_RGBA ? 4 : 3;
  const int32_t chroma = format == PL_NV12 ? 2 * across : format == PL_I420 ? across : 0;
  const int32_t row[3] = {pixel * width, chroma, format == PL_I420 ? chroma : 0};
  size_t start[3];
  for (int i = 0; i < 3; ++i) {
    start[i] = p.size;
    p.image.stride[i] = row[i];
    p.size += static_cast<size_t>(row[i]) * static_cast<size_t>(i ? down : height);
  }
  p.bytes = static_cast<uint8_t*>(allocate(p.size));
  for (int i = 0; i < 3; ++i) p.image.data[i] = p.bytes + start[i];
  return p;
}

// Bytes without a pattern (tests/engine/networks.py has the same).
void fill(const Picture& p) {
  for (size_t i = 0; i < p.size; ++i) {
    uint32_t x = (static_cast<uint32_t>(i) + 1) * 0x9e3779b1u;
    x = (x ^ x >> 16) * 0x85ebca6bu;
    x = (x ^ x >> 13) * 0xc2b2ae35u;
    p.bytes[i] = static_cast<uint8_t>((x ^ x >> 16) >> 24);
  }
}

}  // namespace

int run(int argc, char** argv) {
  if (argc != 5) give_up("usage: run_paint", kUsage);
  const int32_t height = read_number(argv[2]), width = read_number(argv[3]);
  pl_options options = {};
  options.threads = read_number(argv[4]);
  pl_error error = {};
  size_t size;
  const void* bytes = read_file(argv[1], &size);
  pl_model* model;
  check(pl_model_load(bytes, size, linux_host(), &model, &error), argv[1], error);
  const pl_shape shape = {4, {1, height, width, 3}};
  pl_session* session;
  check(pl_session_create(model, &options, &shape, 1, &session, &error), argv[1], error);
  for (int32_t from = PL_RGB; from <= PL_I420; ++from) {
    for (int32_t to = PL_RGB; to <= PL_I420; ++to) {
      for (int32_t how = 0; how < 8; ++how) {
        const Picture in = make_picture(from, width, height, how);
        const Picture out = make_picture(to, width, height, 7 - how);
        fill(in);
        check(pl_session_paint(session, &in.image, &out.image, nullptr, 0, &error), "paint", error);
        write_out(out.bytes, out.size);
      }
    }
  }
  return 0;
}
