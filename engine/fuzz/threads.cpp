// The pool of the POSIX host and what runs on it, for ThreadSanitizer: pools that come and go,
// frames by several workers, one session in two threads, one model in two sessions. Usage: threads
// MODEL ROUNDS, the model being one that paints and has no inputs besides the picture.
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "host.h"

namespace {

struct Frame {
  Frame(int32_t width, int32_t height) : bytes(static_cast<size_t>(3 * width * height)) {
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * i / 7);
    image.data[0] = bytes.data();
    image.stride[0] = 3 * width;
    image.width = width;
    image.height = height;
  }
  Frame(const Frame&) = delete;

  std::vector<uint8_t> bytes;
  pl_image image = {};
};

class Session {
 public:
  Session(const pl_model* model, int32_t width, int32_t height, int32_t threads) {
    const pl_shape shape = {4, {1, height, width, 3}};
    pl_options options = {};
    options.threads = threads;
    pl_error error = {};
    if (pl_session_create(model, &options, &shape, 1, &session_, &error) != PL_OK)
      need(false, error.message);
  }
  Session(const Session&) = delete;
  ~Session() { pl_session_free(session_); }

  pl_status paint(const Frame& in, const Frame& out) {
    return pl_session_paint(session_, &in.image, &out.image, nullptr, 0, nullptr);
  }

 private:
  pl_session* session_ = nullptr;
};

void paint_alike(const pl_model* model, int32_t width, int32_t height) {
  const Frame in(width, height);
  Frame wanted(width, height);
  need(Session(model, width, height, 1).paint(in, wanted) == PL_OK, "one thread paints");
  for (int32_t threads = 2; threads <= 4; ++threads) {
    Session session(model, width, height, threads);
    for (int i = 0; i < 4; ++i) {
      Frame got(width, height);
      need(session.paint(in, got) == PL_OK, "several threads paint");
      need(got.bytes == wanted.bytes, "several threads paint the same bytes");
    }
  }
}

// Two callers of one session: each is served or told that it is busy.
void share_session(const pl_model* model) {
  Session session(model, 40, 32, 2);
  const auto paint = [&session] {
    const Frame in(40, 32);
    for (int i = 0; i < 20; ++i) {
      const Frame out(40, 32);
      const pl_status status = session.paint(in, out);
      need(status == PL_OK || status == PL_BUSY, "a caller is served or told to wait");
    }
  };
  std::thread other(paint);
  paint();
  other.join();
}

void share_model(const pl_model* model) {
  std::thread other(paint_alike, model, 32, 24);
  paint_alike(model, 24, 40);
  other.join();
}

}  // namespace

int main(int argc, char** argv) {
  need(argc == 3, "usage: threads MODEL ROUNDS");
  const std::vector<uint8_t> bytes = read_file(argv[1]);
  pl_model* model = nullptr;
  need(pl_model_load(bytes.data(), bytes.size(), pl_default_host(), &model, nullptr) == PL_OK,
       "the model is read");
  const int rounds = atoi(argv[2]);
  for (int round = 0; round < rounds; ++round) {
    paint_alike(model, 20 + round % 9, 20 + round % 7);
    share_session(model);
    share_model(model);
  }
  pl_model_free(model);
  printf("%d rounds without a race\n", rounds);
  return 0;
}
