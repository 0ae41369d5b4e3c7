#pragma once

#include <stddef.h>

#define MADV_HUGEPAGE 14
extern "C" int madvise(void*, size_t, int);
