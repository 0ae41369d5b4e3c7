// Of Android's C library on 64-bit devices, what engine/host/posix.cpp needs. Not for the NDK.
#pragma once

typedef long pthread_t;
typedef struct pthread_attr_t pthread_attr_t;
typedef struct pthread_mutexattr_t pthread_mutexattr_t;
typedef struct {
  int words[10];
} pthread_mutex_t;
typedef struct {
  int words[12];
} pthread_cond_t;
#define PTHREAD_MUTEX_INITIALIZER {{0}}
#define PTHREAD_COND_INITIALIZER {{0}}

extern "C" {
int pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
int pthread_join(pthread_t, void**);
int pthread_mutex_lock(pthread_mutex_t*);
int pthread_mutex_unlock(pthread_mutex_t*);
int pthread_mutex_destroy(pthread_mutex_t*);
int pthread_cond_wait(pthread_cond_t*, pthread_mutex_t*);
int pthread_cond_signal(pthread_cond_t*);
int pthread_cond_broadcast(pthread_cond_t*);
int pthread_cond_destroy(pthread_cond_t*);
}
