// What a test program needs of Linux, by system calls alone: no C library is linked, so a program
// for another processor takes seconds to build, runs under an emulator or on a phone, and shows
// that the core needs nothing but memcpy, memmove, memset and memcmp.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pleinair.h"

// Memory and a pool. The pool is one thread that plays `threads` of them: it takes the indices of
// a job from the last to the first and gives each to another worker.
const pl_host* linux_host();

// Prints both and ends the program.
[[noreturn]] void give_up(const char* what, const char* why);

void* allocate(size_t bytes);
void* read_file(const char* path, size_t* size);
void write_out(const void* bytes, size_t size);  // to stdout

int run(int argc, char** argv);  // the program
