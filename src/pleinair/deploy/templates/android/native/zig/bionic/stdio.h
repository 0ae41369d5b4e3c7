#pragma once

typedef struct FILE FILE;
extern "C" {
extern FILE* stderr;
int fprintf(FILE*, const char*, ...);
}
