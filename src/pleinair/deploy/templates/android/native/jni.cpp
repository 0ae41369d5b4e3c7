// The functions that pleinair.Native declares in Kotlin, over the engine's C API.
#include <jni.h>
#include <stdlib.h>

#include "pleinair.h"

namespace {

constexpr int32_t kMostInputs = 4;  // the picture, style, strength, colours
constexpr int32_t kMostStyles = 256;
constexpr int32_t kMostPixels = 1 << 13;  // on a side

struct Painter {
  pl_model* model;
  pl_session* session;  // for pictures of the size below; null before the first
  int32_t width, height;
  pl_options options;
  pl_tensor extra[kMostInputs];
  uint8_t* chroma;  // planes of Cb and Cr, where a camera has them in another order
  pl_error error;
};

// One plane of a picture of android.media.Image.
struct Plane {
  uint8_t* data;
  jlong bytes;
  ptrdiff_t stride;
};

void fail(JNIEnv* env, const char* message) {
  const jclass type = env->FindClass("java/lang/IllegalStateException");
  if (type) env->ThrowNew(type, message);
}

bool same(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

void close(Painter* p) {
  pl_session_free(p->session);
  pl_model_free(p->model);
  free(p->chroma);
  free(p);
}

Plane plane_of(JNIEnv* env, jobject buffer, jint stride) {
  return {static_cast<uint8_t*>(env->GetDirectBufferAddress(buffer)),
          env->GetDirectBufferCapacity(buffer), stride};
}

// Whether `rows` of `bytes` each lie within a plane.
bool holds(const Plane& plane, int32_t rows, int64_t bytes) {
  return plane.data && plane.stride >= bytes && plane.bytes >= (rows - 1) * plane.stride + bytes;
}

bool resize(Painter* p, int32_t width, int32_t height) {
  if (p->session && p->width == width && p->height == height) return true;
  pl_session_free(p->session);
  p->session = nullptr;
  free(p->chroma);
  p->chroma = nullptr;
  p->width = width;
  p->height = height;
  const int32_t count = pl_model_input_count(p->model);
  pl_shape shapes[kMostInputs] = {{4, {1, height, width, 3}}};
  for (int32_t i = 1; i < count; ++i) shapes[i] = p->extra[i - 1].shape;
  return pl_session_create(p->model, &p->options, shapes, count, &p->session, &p->error) == PL_OK;
}

// Chroma samples that lie `step` bytes from each other, as planes of their own.
bool gather(Painter* p, const Plane& cb, const Plane& cr, int32_t step, pl_image* image) {
  const int32_t across = (p->width + 1) / 2, down = (p->height + 1) / 2;
  if (!p->chroma) p->chroma = static_cast<uint8_t*>(malloc(2 * static_cast<size_t>(across) * down));
  if (!p->chroma) return false;
  const Plane* const planes[] = {&cb, &cr};
  uint8_t* to = p->chroma;
  for (int i = 0; i < 2; ++i) {
    image->data[1 + i] = to;
    image->stride[1 + i] = across;
    for (int32_t y = 0; y < down; ++y, to += across) {
      const uint8_t* row = planes[i]->data + y * planes[i]->stride;
      for (int32_t x = 0; x < across; ++x) to[x] = row[x * step];
    }
  }
  return true;
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_pleinair_Native_open(JNIEnv* env, jobject, jbyteArray model, jint rows,
                                                  jint threads, jfloat smoothing) {
  Painter* p = static_cast<Painter*>(calloc(1, sizeof(Painter)));
  const jsize size = env->GetArrayLength(model);
  jbyte* bytes = static_cast<jbyte*>(malloc(static_cast<size_t>(size)));
  if (!p || !bytes || rows < 1 || rows > kMostStyles) {
    free(bytes);
    free(p);
    fail(env, "no memory, or too many styles");
    return 0;
  }
  env->GetByteArrayRegion(model, 0, size, bytes);
  p->options.threads = threads;
  p->options.smoothing = smoothing;
  pl_status status =
      pl_model_load(bytes, static_cast<size_t>(size), pl_default_host(), &p->model, &p->error);
  free(bytes);
  const int32_t count = status == PL_OK ? pl_model_input_count(p->model) : 1;
  if (status != PL_OK || count < 1 || count > kMostInputs) {
    fail(env, status == PL_OK ? "the model is not a style" : p->error.message);
    close(p);
    return 0;
  }
  for (int32_t i = 1; i < count; ++i) {
    pl_value_info info;
    pl_model_input(p->model, i, &info);
    p->extra[i - 1] = {PL_FLOAT32, {1, {same(info.name, "style") ? rows : 1}}, nullptr};
  }
  return reinterpret_cast<jlong>(p);
}

JNIEXPORT void JNICALL Java_pleinair_Native_close(JNIEnv*, jobject, jlong handle) {
  if (handle) close(reinterpret_cast<Painter*>(handle));
}

// Paints a picture of YUV_420_888 (full range, BT.601) as RGBA without gaps between rows.
JNIEXPORT void JNICALL Java_pleinair_Native_paint(JNIEnv* env, jobject, jlong handle, jobject luma,
                                                  jobject cb, jobject cr, jint luma_stride,
                                                  jint chroma_stride, jint chroma_step, jint width,
                                                  jint height, jfloatArray style, jfloat strength,
                                                  jfloat colours, jobject painted) {
  Painter* p = reinterpret_cast<Painter*>(handle);
  const Plane y = plane_of(env, luma, luma_stride), out = plane_of(env, painted, 4 * width);
  const Plane u = plane_of(env, cb, chroma_stride), v = plane_of(env, cr, chroma_stride);
  const int32_t across = (width + 1) / 2, down = (height + 1) / 2;
  const int64_t chroma_bytes = int64_t{across - 1} * chroma_step + 1;
  if (!p || width < 1 || height < 1 || width > kMostPixels || height > kMostPixels ||
      chroma_step < 1 || chroma_step > 16 || !holds(y, height, width) ||
      !holds(u, down, chroma_bytes) || !holds(v, down, chroma_bytes) ||
      !holds(out, height, int64_t{4} * width)) {
    return fail(env, "the planes do not hold a picture of this size, or are not direct buffers");
  }
  if (!resize(p, width, height)) return fail(env, p->error.message);

  pl_image in = {{y.data}, {y.stride}, width, height, PL_I420, PL_BT601, PL_FULL, 0};
  if (chroma_step == 2 && v.data == u.data + 1) {  // as it is: no byte is copied
    in.format = PL_NV12;
    in.data[1] = u.data;
    in.stride[1] = u.stride;
  } else if (chroma_step == 1) {
    in.data[1] = u.data;
    in.data[2] = v.data;
    in.stride[1] = in.stride[2] = u.stride;
  } else if (!gather(p, u, v, chroma_step, &in)) {
    return fail(env, "no memory for a picture");
  }
  const pl_image to = {{out.data}, {out.stride}, width, height, PL_RGBA, 0, 0, 0};

  float weights[kMostStyles], more[2] = {strength, colours};
  const int32_t count = pl_model_input_count(p->model);
  for (int32_t i = 1; i < count; ++i) {
    pl_value_info info;
    pl_model_input(p->model, i, &info);
    pl_tensor& tensor = p->extra[i - 1];
    if (same(info.name, "style")) {
      const jsize rows = static_cast<jsize>(tensor.shape.dims[0]);
      if (env->GetArrayLength(style) != rows) return fail(env, "another number of styles");
      env->GetFloatArrayRegion(style, 0, rows, weights);
      tensor.data = weights;
    } else {
      tensor.data = more + (same(info.name, "strength") ? 0 : 1);
    }
  }
  if (pl_session_paint(p->session, &in, &to, p->extra, count - 1, &p->error) != PL_OK) {
    fail(env, p->error.message);
  }
}

}  // extern "C"
