/* pleinair: a small inference runtime for convolutional networks in plain ONNX files.
 *
 * This header is the only door to the engine. The core behind it needs no C library: memory,
 * threads and log lines come in through the hooks of `pl_host`.
 *
 *     pl_model* model;  pl_session* session;  pl_error error;
 *     pl_model_load(bytes, size, pl_default_host(), &model, &error);
 *     pl_session_create(model, &options, &input_shape, 1, &session, &error);
 *     pl_session_paint(session, &camera_frame, &painted_frame, NULL, 0, &error);
 *
 * Every function that can fail returns a `pl_status` and, where `error` is not NULL, leaves a
 * message there that names the node, operator or argument at fault.
 */
#ifndef PLEINAIR_H
#define PLEINAIR_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define PL_API __declspec(dllexport)
#else
#define PL_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define PL_VERSION "0.1.0"
#define PL_BITS_VERSION 1 /* of docs/bits.md: engines of one version compute the same bits */
#define PL_MAX_RANK 8

typedef enum pl_status {
  PL_OK = 0,
  PL_INVALID_ARGUMENT = 1, /* the caller's mistake: shape, type, name, null pointer */
  PL_INVALID_MODEL = 2,    /* the bytes are not a well-formed ONNX model */
  PL_UNSUPPORTED = 3,      /* a well-formed model that asks for what the engine does not have */
  PL_OUT_OF_MEMORY = 4,    /* a memory hook returned null */
  PL_LIMIT = 5,            /* a declared limit (tensor bytes, graph size) would be passed */
  PL_BUSY = 6              /* the session is running in another thread */
} pl_status;

typedef struct pl_error {
  int32_t code; /* a pl_status */
  char message[508];
} pl_error;

/* Element types; the numbers are those of ONNX TensorProto.DataType. */
typedef enum pl_type {
  PL_FLOAT32 = 1,
  PL_UINT8 = 2,
  PL_INT8 = 3,
  PL_INT32 = 6,
  PL_INT64 = 7,
  PL_BOOL = 9,
  PL_FLOAT16 = 10
} pl_type;

typedef enum pl_log_level { PL_LOG_DEBUG = 0, PL_LOG_INFO = 1, PL_LOG_WARNING = 2 } pl_log_level;

/* What the engine needs from where it runs. All hooks but `allocate` and `release` may be null:
 * without the pool hooks everything runs in the calling thread. */
typedef struct pl_host {
  void* context;
  /* Returns memory aligned to `alignment` (a power of two, at most 64), or null. */
  void* (*allocate)(void* context, size_t bytes, size_t alignment);
  void (*release)(void* context, void* memory, size_t bytes);
  /* A pool of `threads` workers, the calling thread counted in. */
  void* (*pool_create)(void* context, int32_t threads);
  void (*pool_destroy)(void* context, void* pool);
  /* Calls body(argument, index, worker) once for every index in [0, count), each on some worker
   * in [0, threads), and returns when all calls have returned. */
  void (*pool_run)(void* context, void* pool, int32_t count,
                   void (*body)(void* argument, int32_t index, int32_t worker), void* argument);
  void (*log)(void* context, pl_log_level level, const char* message);
  /* Nanoseconds from some fixed moment on; for PL_PROFILE. */
  int64_t (*clock)(void* context);
} pl_host;

/* The platform's memory, threads and clock, and stderr. Lives as long as the process. */
PL_API const pl_host* pl_default_host(void);

PL_API const char* pl_version(void);

/* ---- models ------------------------------------------------------------------------------- */

typedef struct pl_model pl_model;

typedef struct pl_value_info {
  const char* name;
  int32_t type;                       /* a pl_type */
  int32_t rank;                       /* -1: not declared */
  int64_t dims[PL_MAX_RANK];          /* -1: dynamic */
  const char* dim_names[PL_MAX_RANK]; /* the symbolic name of a dynamic dimension, or "" */
} pl_value_info;

/* Reads an ONNX model. The bytes are copied and may be freed after the call. Refuses, with the
 * node's name and the reason, what the engine cannot run. `host` must outlive the model. */
PL_API pl_status pl_model_load(const void* bytes, size_t size, const pl_host* host,
                               pl_model** model, pl_error* error);
PL_API void pl_model_free(pl_model* model); /* after its sessions; null is fine */

PL_API int32_t pl_model_input_count(const pl_model* model);
PL_API int32_t pl_model_output_count(const pl_model* model);
PL_API pl_status pl_model_input(const pl_model* model, int32_t index, pl_value_info* info);
PL_API pl_status pl_model_output(const pl_model* model, int32_t index, pl_value_info* info);
PL_API int32_t pl_model_metadata_count(const pl_model* model);
PL_API const char* pl_model_metadata_key(const pl_model* model, int32_t index);
PL_API const char* pl_model_metadata_value(const pl_model* model, int32_t index);
PL_API int32_t pl_model_node_count(const pl_model* model);
PL_API const char* pl_model_node_operator(const pl_model* model, int32_t index);
PL_API int64_t pl_model_opset(const pl_model* model);
PL_API int64_t pl_model_parameter_count(const pl_model* model); /* floats in initializers */

/* The operators the engine knows, in alphabetical order; null past the last. */
PL_API const char* pl_operator_name(int32_t index);

/* ---- sessions ----------------------------------------------------------------------------- */

typedef struct pl_session pl_session;

enum {
  PL_REFERENCE = 1, /* every node by its plain reference loop, no fusion */
  PL_PROFILE = 2,   /* time every step of every run */
  PL_GPU = 4,       /* plan for a GPU: the session only says what is to be done, see pl_gpu_... */
  PL_HALF = 8       /* with PL_GPU: keep images and weights as float16, and add as float32 */
};

typedef struct pl_options {
  int32_t threads; /* 0 or 1: the calling thread alone; PL_GPU: the most of a workgroup, 0: 128 */
  uint32_t flags;
  const char* isa;     /* null: the best this machine has; else a name of pl_isa_name() */
  size_t memory_limit; /* bytes a session may take; 0: 4 GiB */
  /* Names of pl_rewrite_name() to leave out, separated by spaces, or null: for tests. */
  const char* without;
  /* How much of the mean and the variance that each InstanceNormalization of an image used in the
   * run before stays in this run, against flicker in video: at least 0 (none), less than 1. */
  float smoothing;
} pl_options;

typedef struct pl_shape {
  int32_t rank;
  int64_t dims[PL_MAX_RANK];
} pl_shape;

/* A dense row-major array. */
typedef struct pl_tensor {
  int32_t type; /* a pl_type */
  pl_shape shape;
  void* data;
} pl_tensor;

typedef enum pl_format {
  PL_RGB = 0, /* one plane of 3 bytes for each pixel */
  PL_BGR = 1,
  PL_RGBA = 2, /* one plane of 4 bytes; alpha is ignored, and written as 255 */
  PL_BGRA = 3,
  PL_NV12 = 4, /* a plane of luma, one of Cb and Cr side by side at half the width and height */
  PL_I420 = 5  /* a plane of luma, one of Cb, one of Cr; half sizes are rounded up */
} pl_format;

typedef enum pl_matrix { PL_BT601 = 0, PL_BT709 = 1 } pl_matrix;

typedef enum pl_range {
  PL_LIMITED = 0, /* luma 16..235, chroma 16..240 */
  PL_FULL = 1     /* 0..255 */
} pl_range;

/* A picture of 8 bits as a camera or a decoder gives it, or an encoder takes it. Bytes between the
 * end of a row and the start of the next are neither read nor written.
 *
 * Chroma is read by repeating each sample for its 2x2 pixels; written, it is that of the mean of
 * the 2x2 pixels that an RGB picture would have held. */
typedef struct pl_image {
  uint8_t* data[3];      /* the top row of each plane that the format has */
  ptrdiff_t stride[3];   /* bytes from one row of a plane to the next; negative: bottom up */
  int32_t width, height; /* pixels */
  int32_t format;        /* a pl_format */
  int32_t matrix;        /* a pl_matrix, for formats with chroma */
  int32_t range;         /* a pl_range, for formats with chroma */
  int32_t mirrored;      /* not 0: rows are read or written from right to left */
} pl_image;

/* Instruction sets compiled in and present on this machine, slowest first; null past the last. */
PL_API const char* pl_isa_name(int32_t index);

/* Multiplies and adds in registers, `rounds` times over: returns how many multiply-adds that were,
 * 0 for an unknown instruction set. Timed by the caller it is the most one core can do. */
PL_API int64_t pl_peak(const char* isa, int64_t rounds);

/* What the planner may do to a graph; null past the last. */
PL_API const char* pl_rewrite_name(int32_t index);

/* Plans the model for these input shapes: one per model input, in order. After this call a run
 * allocates nothing. The model must outlive the session. */
PL_API pl_status pl_session_create(const pl_model* model, const pl_options* options,
                                   const pl_shape* input_shapes, int32_t input_count,
                                   pl_session** session, pl_error* error);
PL_API void pl_session_free(pl_session* session); /* null is fine */

/* The shape and type of an output for this session's inputs. */
PL_API pl_status pl_session_output(const pl_session* session, int32_t index, pl_value_info* info);

/* Runs on dense tensors: all inputs and all outputs of the model, in order. Types and shapes must
 * be the session's. */
PL_API pl_status pl_session_run(pl_session* session, const pl_tensor* inputs, int32_t input_count,
                                const pl_tensor* outputs, int32_t output_count, pl_error* error);

/* Runs a model whose first input and only output are uint8 [1, height, width, 3] on pictures, which
 * must not overlap; their formats may differ. The conversion is part of the first load and the last
 * store. `extra` holds the model's other inputs. PL_UNSUPPORTED where the model begins or ends with
 * something else than rows of pixels; PL_RGB rows without gaps always work. */
PL_API pl_status pl_session_paint(pl_session* session, const pl_image* in, const pl_image* out,
                                  const pl_tensor* extra, int32_t extra_count, pl_error* error);

/* Forgets the runs before, for a session with smoothing: the next run is like the first. */
PL_API pl_status pl_session_reset(pl_session* session, pl_error* error);

/* ---- what a session does ------------------------------------------------------------------ */

typedef struct pl_step_info {
  const char* name;        /* the ONNX node that gave the step its name */
  const char* kind;        /* "conv", "map", or the operator of a reference step */
  const char* description; /* what was folded into it, in words */
  int64_t macs;            /* multiply-adds as computed */
  int64_t bytes;           /* bytes of tensors read and written */
  int64_t nanoseconds;     /* of the last run, with PL_PROFILE */
} pl_step_info;

typedef struct pl_session_stats {
  int64_t macs;        /* multiply-adds of the graph as written */
  size_t arena_bytes;  /* intermediate tensors and scratch */
  size_t weight_bytes; /* packed weights */
  int32_t steps;
} pl_session_stats;

PL_API void pl_session_get_stats(const pl_session* session, pl_session_stats* stats);
PL_API pl_status pl_session_step(const pl_session* session, int32_t index, pl_step_info* info);

/* ---- the same on a GPU -------------------------------------------------------------------- */

/* A session with PL_GPU runs nothing itself. It gives the buffers to make and the dispatches of a
 * run, in order, for a host to do through WebGPU: src/pleinair/engine/gpu.py and web/gpu.js are
 * such hosts. What a run does before it looks at an image (the mixture of styles and the like) is
 * done by pl_gpu_parameters(). Outputs differ from those of processors by rounding. */

#define PL_GPU_BINDINGS 12

typedef enum pl_gpu_kind {
  PL_GPU_SCRATCH = 0,    /* zeros to begin with */
  PL_GPU_CONSTANTS = 1,  /* `data`, once */
  PL_GPU_PARAMETERS = 2, /* `data`, after every pl_gpu_parameters() */
  PL_GPU_INPUT = 3,      /* the caller's dense float32 array for input `port` */
  PL_GPU_OUTPUT = 4,     /* the same for an output */
  PL_GPU_PICTURE_IN = 5, /* a texture of rgba8unorm: the pixels of a uint8 image */
  PL_GPU_PICTURE_OUT = 6 /* the same, which one dispatch stores */
} pl_gpu_kind;

typedef struct pl_gpu_buffer {
  int32_t kind; /* a pl_gpu_kind */
  int32_t port; /* -1: none */
  int32_t width, height;
  int64_t bytes;
  const void* data;
} pl_gpu_buffer;

typedef struct pl_gpu_binding {
  int32_t buffer;
  int32_t writes; /* 0: it is only read */
  int64_t offset, bytes;
} pl_gpu_binding;

typedef struct pl_gpu_dispatch {
  const char* name; /* the ONNX node */
  const char* kind;
  int64_t macs;
  int64_t bytes; /* that its bindings span */
  int32_t shader;
  pl_gpu_binding bindings[PL_GPU_BINDINGS]; /* of group 0, in order */
  int32_t binding_count;
  int32_t groups[3];
} pl_gpu_dispatch;

PL_API int32_t pl_gpu_buffer_count(const pl_session* session);
PL_API pl_status pl_gpu_get_buffer(const pl_session* session, int32_t index, pl_gpu_buffer* info);
PL_API int32_t pl_gpu_dispatch_count(const pl_session* session);
PL_API pl_status pl_gpu_get_dispatch(const pl_session* session, int32_t index,
                                     pl_gpu_dispatch* info);
/* WGSL: what is particular to some of the dispatches. Its first line, "// with a b", names the
 * files gpu/a.wgsl and gpu/b.wgsl to append, which makes a module with the entry point "main". Null
 * past the last. */
PL_API const char* pl_gpu_shader(const pl_session* session, int32_t index);
/* Computes the parameters of the next run: all inputs of the model, in order; those of rank 4 are
 * not looked at. */
PL_API pl_status pl_gpu_parameters(pl_session* session, const pl_tensor* inputs,
                                   int32_t input_count, pl_error* error);

#ifdef __cplusplus
}
#endif
#endif
