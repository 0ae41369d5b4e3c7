#include "plan/session.h"

#include "model/infer.h"
#include "model/reader.h"
#if defined(PL_WITH_GPU)
#include "gpu/commands.h"
#endif

namespace pl {
namespace {

constexpr size_t kDefaultLimit = static_cast<size_t>(min<u64>(u64{4} << 30, SIZE_MAX));
constexpr i32 kMaxThreads = 256;

// Objects in memory of the host.
template <class T>
void destroy(const pl_host* host, T* object) {
  object->~T();
  host->release(host->context, object, sizeof(T));
}

template <class T, class... Arguments>
T* create(const pl_host* host, Arguments... arguments) {
  void* place = host->allocate(host->context, sizeof(T), kAlignment);
  return place ? new (place) T(arguments...) : nullptr;
}

pl_status start_machine(pl_session* session, const pl_options& options, Error& error) {
  Machine& machine = session->machine;
  machine.host = session->model->host;
  machine.threads = clamp(options.threads, 1, kMaxThreads);
  machine.smoothing = options.smoothing;
  if (!(options.smoothing >= 0 && options.smoothing < 1))
    return error.fail(PL_INVALID_ARGUMENT, "smoothing must be at least 0 and less than 1");
  session->profile = (options.flags & PL_PROFILE) && machine.host->clock;
  machine.kernels = find_kernels(options.isa);
  // Where one was asked for by name, it alone is used.
  if (!options.isa && machine.kernels->lanes > 8) machine.narrow = find_kernels("avx2");
  if (!machine.kernels) {
    return error.fail(PL_INVALID_ARGUMENT, "this machine has no instruction set '", options.isa,
                      "'");
  }
  return PL_OK;
}

pl_status start_workers(pl_session* session, Error& error) {
  Machine& machine = session->machine;
  if (!machine.host->pool_create || !machine.host->pool_run) machine.threads = 1;
  for (const Step* step : session->steps)
    machine.scratch_bytes = max(machine.scratch_bytes, step->scratch_bytes);
  const size_t bytes =
      static_cast<size_t>(machine.scratch_bytes) * static_cast<size_t>(machine.threads);
  machine.scratch = static_cast<u8*>(session->arena.allocate(bytes));
  if (!machine.scratch)
    return error.fail(PL_OUT_OF_MEMORY, "no memory for ", static_cast<i64>(bytes),
                      " bytes of scratch");
  session->arena_bytes += static_cast<i64>(bytes);
  if (machine.threads > 1) {
    machine.pool = machine.host->pool_create(machine.host->context, machine.threads);
    if (!machine.pool)
      return error.fail(PL_OUT_OF_MEMORY, "could not start ", machine.threads, " threads");
  }
  return PL_OK;
}

#if defined(PL_WITH_GPU)
constexpr i64 kGpuThreads = 128;
// What only processors do, or do better.
constexpr const char* kNotOnGpus = "differences winograd tall depthwise";

pl_status prepare_gpu(pl_session* session, const pl_options& options, Error& error) {
  void* place = session->arena.allocate(sizeof(gpu::Commands));
  if (!place) return error.out_of_memory();
  session->gpu = new (place) gpu::Commands(&session->arena);
  PL_TRY(make_plan(session, true, kNotOnGpus, error));
  const i64 threads = options.threads > 1 ? clamp(options.threads, 8, 256) : kGpuThreads;
  session->machine.slots = session->slots.begin();
  return gpu::lower(session, options.flags & PL_HALF, threads, error);
}
#else
pl_status prepare_gpu(pl_session*, const pl_options&, Error& error) {
  return error.fail(PL_UNSUPPORTED, "this build has nothing for GPUs");
}
#endif

pl_status prepare(pl_session* session, const pl_options& options, Span<const pl_shape> shapes,
                  Error& error) {
  PL_TRY(start_machine(session, options, error));
  PL_TRY(infer_shapes(session, shapes, error));
  if (!kProcessor || (options.flags & PL_GPU)) return prepare_gpu(session, options, error);
  const size_t before = session->arena.bytes();
  PL_TRY(make_plan(session, !(options.flags & PL_REFERENCE), options.without, error));
  session->weight_bytes = static_cast<i64>(session->arena.bytes() - before);
#if !defined(PL_PAINTING)
  PL_TRY(describe_steps(session, error));
#endif
  PL_TRY(place_slots(session, error));
  PL_TRY(start_workers(session, error));
  session->machine.slots = session->slots.begin();
  return PL_OK;
}

}  // namespace
}  // namespace pl

using namespace pl;

pl_status pl_model_load(const void* bytes, size_t size, const pl_host* host, pl_model** model,
                        pl_error* out) {
  Error error(out);
  if (!bytes || !host || !model) return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  *model = nullptr;
  pl_model* loaded = create<pl_model>(host, host, kDefaultLimit);
  if (!loaded) return error.out_of_memory();
  loaded->folding =
      kMaxFolding + kMaxFoldingOfByte * static_cast<i64>(min<u64>(size, kMaxFileBytes));
  pl_status status = read_model({static_cast<const u8*>(bytes), static_cast<i64>(size)},
                                loaded->arena, error, &loaded->graph);
  if (status == PL_OK)
    status = fold_constants(&loaded->graph, loaded->arena, loaded->folding, error);
  if (status != PL_OK) {
    pl_model_free(loaded);
    return status;
  }
  *model = loaded;
  return PL_OK;
}

void pl_model_free(pl_model* model) {
  if (model) destroy(model->host, model);
}

pl_status pl_session_create(const pl_model* model, const pl_options* options,
                            const pl_shape* shapes, int32_t count, pl_session** session,
                            pl_error* out) {
  Error error(out);
  if (!model || !session || (count > 0 && !shapes) || count < 0)
    return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  *session = nullptr;
  const pl_options chosen = options ? *options : pl_options{};
  const size_t limit = chosen.memory_limit ? chosen.memory_limit : kDefaultLimit;
  pl_session* made = create<pl_session>(model->host, model, limit);
  if (!made) return error.out_of_memory();
  const pl_status status = prepare(made, chosen, {shapes, count}, error);
  if (status != PL_OK) {
    pl_session_free(made);
    return status;
  }
  *session = made;
  return PL_OK;
}

void pl_session_free(pl_session* session) {
  if (!session) return;
  const Machine& machine = session->machine;
  if (machine.pool && machine.host->pool_destroy)
    machine.host->pool_destroy(machine.host->context, machine.pool);
  destroy(session->model->host, session);
}
