/* Paints a picture: paint MODEL.onnx STYLE IN.ppm OUT.ppm */
#include <pleinair.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"

static void check(int fine, const char* what, const char* why) {
  if (fine) return;
  fprintf(stderr, "paint: %s: %s\n", what, why);
  exit(1);
}

/* A file's bytes, and a zero behind them. */
static void* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  check(file && fseek(file, 0, SEEK_END) == 0, path, "can't be read");
  *size = (size_t)ftell(file);
  rewind(file);
  void* bytes = calloc(*size + 1, 1);
  check(bytes && fread(bytes, 1, *size, file) == *size, path, "can't be read");
  fclose(file);
  return bytes;
}

int main(int argc, char** argv) {
  check(argc == 5, "usage", "paint MODEL.onnx STYLE IN.ppm OUT.ppm");
  size_t size, row = 0;
  void* bytes = read_file(argv[1], &size);
  pl_error error = {0};
  pl_model* model;
  check(!pl_model_load(bytes, size, pl_default_host(), &model, &error), argv[1], error.message);
  while (row < STYLES && strcmp(styles[row], argv[2]) != 0) ++row;
  check(row < STYLES, argv[2], "no such style, see network.h");
  style[row] = 1;

  /* The picture: a line of text, then three bytes for each pixel; a copy is painted over. */
  uint8_t *photo = read_file(argv[3], &size), *painted = read_file(argv[3], &size);
  int width = 0, height = 0, text = 0;
  sscanf((char*)photo, "P6 %d %d 255%n", &width, &height, &text);
  const unsigned long long pixels = 1ull * (unsigned)width * (unsigned)height;
  check(text && size == ++text + 3 * pixels, argv[3], "no PPM picture of 8 bits");

  /* A session is for pictures of one size; after this, painting allocates nothing. */
  pl_session* session;
  pl_shape shapes[INPUTS + 1] = {{4, {1, height, width, 3}}};
  for (int i = 0; i < INPUTS; ++i) shapes[i + 1] = inputs[i].shape;
  const pl_options options = {.threads = 2};
  check(!pl_session_create(model, &options, shapes, INPUTS + 1, &session, &error), argv[3],
        error.message);
  const pl_image in = {{photo + text}, {3 * width}, width, height, PL_RGB, 0, 0, 0};
  const pl_image out = {{painted + text}, {3 * width}, width, height, PL_RGB, 0, 0, 0};
  check(!pl_session_paint(session, &in, &out, inputs, INPUTS, &error), argv[3], error.message);

  FILE* file = fopen(argv[4], "wb");
  check(file && fwrite(painted, 1, size, file) == size && !fclose(file), argv[4],
        "can't be written");
  return 0;
}
