// What the library takes from Android's libc.so: names for the linker, nothing that ever runs.
extern "C" {
void calloc() {}
void clock_gettime() {}
void fprintf() {}
void free() {}
void madvise() {}
void malloc() {}
void memcmp() {}
void memcpy() {}
void memmove() {}
void memset() {}
void posix_memalign() {}
void pthread_cond_broadcast() {}
void pthread_cond_destroy() {}
void pthread_cond_signal() {}
void pthread_cond_wait() {}
void pthread_create() {}
void pthread_join() {}
void pthread_mutex_destroy() {}
void pthread_mutex_lock() {}
void pthread_mutex_unlock() {}
void sched_yield() {}
void* stderr;
}
