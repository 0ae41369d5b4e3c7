// What running a session on arrays and on pictures have in common.
#pragma once

#include "plan/session.h"

namespace pl {

// Raises the flag; false where it was up. Compilers for Android turn an atomic exchange into a call
// of their run-time library, which the core does without.
#if defined(__aarch64__)
[[gnu::target("no-outline-atomics")]]
#endif
[[gnu::noinline]] inline bool raise_flag(bool* flag) {
  return !__atomic_exchange_n(flag, true, __ATOMIC_ACQUIRE);
}

// A session for a GPU has nothing to run here.
inline pl_status check_runs(const pl_session* session, Error& error) {
  if (kGpu && session->gpu)
    return error.fail(PL_INVALID_ARGUMENT, "the session was made for a GPU: see pl_gpu_...");
  return PL_OK;
}

// One run at a time: the claim is given back when it goes.
class Claim {
 public:
  explicit Claim(pl_session* session) : session_(session), got_(raise_flag(&session->busy)) {}
  ~Claim() {
    if (got_) __atomic_store_n(&session_->busy, false, __ATOMIC_RELEASE);
  }
  bool got() const { return got_; }

 private:
  pl_session* session_;
  bool got_;
};

// Are these arrays what the ports from `first` on take?
pl_status check_ports(const pl_session* session, const Array<Port>& ports, const pl_tensor* given,
                      i64 first, i64 count, Error& error);

void bind_input(pl_session* session, i64 index, const pl_tensor& given);
// The slot that stands in the caller's memory for an output, or null for float16 ones.
Slot* bound_slot(pl_session* session, i64 index);
// Lets the steps write the output straight into `wanted`.
void bind_output(pl_session* session, i64 index, const Tensor& wanted);

// Gives views the memory and the strides that what they look into has in this run.
void look_through_views(pl_session* session);
void run_steps(pl_session* session);

}  // namespace pl
