// Pictures of every format, size and stride: what the header allows is painted, as the same pixels
// in an array are, and touches no other byte; the rest is refused.
#include <sanitizer/asan_interface.h>

#include <cstring>
#include <string>

#include "host.h"

namespace {

constexpr int32_t kMostExtent = 40;
constexpr uint8_t kGap = 0xa5;  // what stands between rows

// A choice for every byte of the input; zeros when it ends.
class Choices {
 public:
  Choices(const uint8_t* bytes, size_t size) : at_(bytes), end_(bytes + size) {}
  uint8_t byte() { return at_ < end_ ? *at_++ : 0; }
  int32_t below(int32_t n) { return byte() % n; }
  int32_t number() {
    int32_t n = 0;
    for (int i = 0; i < 4; ++i) n = static_cast<int32_t>(static_cast<uint32_t>(n) << 8 | byte());
    return n;
  }

 private:
  const uint8_t *at_, *end_;
};

struct Plane {
  int32_t row_bytes, rows;
};

// The planes of a format, as pleinair.h says.
std::vector<Plane> planes_of(int32_t format, int32_t width, int32_t height) {
  const int32_t across = (width + 1) / 2, down = (height + 1) / 2;
  switch (format) {
    case PL_RGB:
    case PL_BGR:
      return {{3 * width, height}};
    case PL_RGBA:
    case PL_BGRA:
      return {{4 * width, height}};
    case PL_NV12:
      return {{width, height}, {2 * across, down}};
    default:
      return {{width, height}, {across, down}, {across, down}};
  }
}

// A picture whose planes have exactly the memory that they need, and whose gaps may not be touched.
class Picture {
 public:
  Picture(Choices& choices, int32_t width, int32_t height) {
    image.format = choices.below(6);
    image.width = width;
    image.height = height;
    image.matrix = choices.below(2);
    image.range = choices.below(2);
    image.mirrored = choices.below(2);
    const std::vector<Plane> planes = planes_of(image.format, width, height);
    for (size_t i = 0; i < planes.size(); ++i) add_plane(i, planes[i], choices);
  }
  ~Picture() {
    for (size_t i = 0; i < memory_.size(); ++i) guard(i, false);
  }

  // Are the gaps between rows what they were?
  bool gaps_are_whole() {
    for (size_t i = 0; i < memory_.size(); ++i) guard(i, false);
    for (size_t i = 0; i < memory_.size(); ++i) {
      for (int32_t y = 0; y + 1 < planes_[i].rows; ++y) {
        for (int32_t x = planes_[i].row_bytes; x < strides_[i]; ++x) {
          if (memory_[i][static_cast<size_t>(y * strides_[i] + x)] != kGap) return false;
        }
      }
    }
    return true;
  }

  bool packed() const { return image.format <= PL_BGRA; }
  // Red, green and blue of every pixel as the model sees it, for packed formats.
  std::vector<uint8_t> rgb() const {
    std::vector<uint8_t> out;
    const int32_t size = image.format >= PL_RGBA ? 4 : 3;
    const bool blue_first = image.format == PL_BGR || image.format == PL_BGRA;
    for (int32_t y = 0; y < image.height; ++y) {
      const uint8_t* row = image.data[0] + y * image.stride[0];
      for (int32_t x = 0; x < image.width; ++x) {
        const uint8_t* pixel = row + size * (image.mirrored ? image.width - 1 - x : x);
        for (int c = 0; c < 3; ++c) out.push_back(pixel[blue_first ? 2 - c : c]);
      }
    }
    return out;
  }

  pl_image image = {};

 private:
  void add_plane(size_t i, const Plane& plane, Choices& choices) {
    const int32_t stride = plane.row_bytes + choices.below(9);
    planes_.push_back(plane);
    strides_.push_back(stride);
    memory_.emplace_back(static_cast<size_t>((plane.rows - 1) * stride + plane.row_bytes), kGap);
    for (int32_t y = 0; y < plane.rows; ++y) {
      for (int32_t x = 0; x < plane.row_bytes; ++x)
        memory_[i][static_cast<size_t>(y * stride + x)] = static_cast<uint8_t>(7 * x + 31 * y + i);
    }
    const bool bottom_up = choices.below(4) == 0;
    image.stride[i] = bottom_up ? -stride : stride;
    image.data[i] = memory_[i].data() + (bottom_up ? (plane.rows - 1) * stride : 0);
    guard(i, true);
  }
  // Memory tools mark whole granules of eight bytes: the marks stay inside the gaps.
  void guard(size_t i, bool on) {
    for (int32_t y = 0; y + 1 < planes_[i].rows; ++y) {
      const uint8_t* gap = memory_[i].data() + y * strides_[i] + planes_[i].row_bytes;
      const size_t size = static_cast<size_t>(strides_[i] - planes_[i].row_bytes);
      on ? __asan_poison_memory_region(gap, size) : __asan_unpoison_memory_region(gap, size);
    }
  }

  std::vector<Plane> planes_;
  std::vector<int32_t> strides_;
  std::vector<std::vector<uint8_t>> memory_;
};

pl_model* open(const char* name) {
  const std::vector<uint8_t> bytes = read_file((std::string(PL_STYLES) + "/" + name).c_str());
  pl_model* model = nullptr;
  need(pl_model_load(bytes.data(), bytes.size(), pl_default_host(), &model, nullptr) == PL_OK,
       name);
  return model;
}

// Its inputs besides the picture: vectors of equal weights.
struct Extra {
  explicit Extra(const pl_model* model) {
    for (int32_t i = 1; i < pl_model_input_count(model); ++i) {
      pl_value_info info;
      pl_model_input(model, i, &info);
      pl_shape shape = {info.rank, {}};
      for (int32_t a = 0; a < info.rank; ++a) shape.dims[a] = info.dims[a] < 0 ? 1 : info.dims[a];
      shapes.push_back(shape);
      tensors.push_back({info.type, shape, weights});
    }
  }
  float weights[64] = {0.5f, 0.25f, 0.25f};
  std::vector<pl_shape> shapes;
  std::vector<pl_tensor> tensors;
};

pl_status paint(pl_session* session, const pl_image& in, const pl_image& out, const Extra& extra) {
  pl_error error = {};
  const pl_status status = pl_session_paint(session, &in, &out, extra.tensors.data(),
                                            static_cast<int32_t>(extra.tensors.size()), &error);
  need_clean(status, error);
  return status;
}

pl_image plain(std::vector<uint8_t>& rgb, int32_t width, int32_t height) {
  rgb.resize(static_cast<size_t>(3 * width * height));
  pl_image image = {};
  image.data[0] = rgb.data();
  image.stride[0] = 3 * width;
  image.width = width;
  image.height = height;
  return image;
}

// One wrong number makes a picture that must be refused.
void spoil(pl_image& image, Choices& choices) {
  const size_t planes = planes_of(image.format, 1, 1).size();
  const bool chroma = image.format >= PL_NV12;
  const int32_t number = choices.number();
  const size_t plane = static_cast<size_t>(choices.below(static_cast<int32_t>(planes)));
  switch (choices.below(6)) {
    case 0:
      image.format = number < 0 ? number : number | 8;
      break;
    case 1:
      image.width += number % 1000 ? number % 1000 : 1;
      break;
    case 2:
      image.height += number % 1000 ? number % 1000 : -1;
      break;
    case 3:
      image.data[plane] = nullptr;
      break;
    case 4: {
      const ptrdiff_t rows = planes_of(image.format, image.width, 1)[plane].row_bytes;
      image.stride[plane] = number % rows;
      break;
    }
    default:
      (chroma ? image.range : image.format) = number < 0 ? number : number | 8;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const pl_model* const models[] = {open("negative.onnx"), open("small.onnx")};
  Choices choices(bytes, size);
  const pl_model* model = models[choices.below(2)];
  const int32_t width = 1 + choices.below(kMostExtent), height = 1 + choices.below(kMostExtent);
  const Extra extra(model);
  std::vector<pl_shape> shapes = {{4, {1, height, width, 3}}};
  shapes.insert(shapes.end(), extra.shapes.begin(), extra.shapes.end());
  pl_options options = {};
  options.threads = choices.below(4) ? 1 : 2 + choices.below(2);
  options.smoothing = choices.below(4) ? 0 : 0.5f;
  pl_session* session = nullptr;
  pl_error error = {};
  if (pl_session_create(model, &options, shapes.data(), static_cast<int32_t>(shapes.size()),
                        &session, &error) != PL_OK)
    return 0;  // the picture is too small for this network
  {
    Picture in(choices, width, height), out(choices, width, height);
    if (choices.below(4) == 0) {
      Picture& wrong = choices.below(2) ? in : out;
      spoil(wrong.image, choices);
      need(paint(session, in.image, out.image, extra) != PL_OK, "a wrong picture is refused");
    } else {
      const std::vector<uint8_t> pixels = in.packed() ? in.rgb() : std::vector<uint8_t>();
      need(paint(session, in.image, out.image, extra) == PL_OK, "a picture is painted");
      need(in.gaps_are_whole() && out.gaps_are_whole(), "what is between rows stays");
      if (in.packed() && out.packed() && options.smoothing == 0) {
        std::vector<uint8_t> given = pixels, painted;
        const pl_image from = plain(given, width, height), to = plain(painted, width, height);
        need(paint(session, from, to, extra) == PL_OK, "an array is painted");
        need(out.rgb() == painted, "a picture is painted as the same array is");
      }
    }
  }
  pl_session_free(session);
  return 0;
}
