#pragma once

#include <stddef.h>

extern "C" {
void* malloc(size_t);
void* calloc(size_t, size_t);
int posix_memalign(void**, size_t, size_t);
void free(void*);
}
