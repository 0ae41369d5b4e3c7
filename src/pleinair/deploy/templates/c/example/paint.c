/* Paints a picture: paint MODEL.onnx STYLE IN.ppm OUT.ppm */
#include <pleinair.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "styles.h"

enum { MOST_PIXELS = 1 << 26, THREADS = 2 };

static void check(int fine, const char* what, const char* why) {
  if (fine) return;
  fprintf(stderr, "paint: %s: %s\n", what, why);
  exit(1);
}

static void* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  check(file && fseek(file, 0, SEEK_END) == 0, path, "can't be read");
  *size = (size_t)ftell(file);
  rewind(file);
  void* bytes = malloc(*size + 1);
  check(bytes && fread(bytes, 1, *size, file) == *size, path, "can't be read");
  fclose(file);
  return bytes;
}

int main(int argc, char** argv) {
  check(argc == 5, "usage", "paint MODEL.onnx STYLE IN.ppm OUT.ppm");
  pl_error error = {0};
  size_t size, i = 0;
  void* bytes = read_file(argv[1], &size);
  pl_model* model;
  check(!pl_model_load(bytes, size, pl_default_host(), &model, &error), argv[1], error.message);

  /* The picture: a header of text, then three bytes for each pixel. */
  int width = 0, height = 0;
  FILE* file = fopen(argv[3], "rb");
  check(file && fscanf(file, "P6 %d %d 255", &width, &height) == 2 && fgetc(file) != EOF, argv[3],
        "no PPM picture of 8 bits");
  check(width > 0 && height > 0 && width <= MOST_PIXELS / height, argv[3], "its size");
  size = 3 * (size_t)width * (size_t)height;
  uint8_t *photo = malloc(size), *painted = malloc(size);
  check(photo && painted && fread(photo, 1, size, file) == size, argv[3], "it is cut off");
  fclose(file);

  /* What the network takes beside the picture: how much of each style, and how strongly. */
  float weights[STYLE_ROWS] = {0}, strength = 1, colours = 0;
  while (i < sizeof styles / sizeof *styles && strcmp(styles[i].name, argv[2]) != 0) ++i;
  check(i < sizeof styles / sizeof *styles, argv[2], "no such style, see styles.h");
  weights[styles[i].row] = 1;
  pl_shape shapes[4] = {{4, {1, height, width, 3}}};
  pl_tensor extra[3];
  const int32_t inputs = pl_model_input_count(model);
  check(inputs >= 1 && inputs <= 4, argv[1], "not a style");
  for (int32_t k = 1; k < inputs; ++k) {
    pl_value_info input;
    pl_model_input(model, k, &input);
    const int rows = strcmp(input.name, "style") == 0 ? STYLE_ROWS : 1;
    float* value = strcmp(input.name, "strength") == 0 ? &strength : &colours;
    shapes[k] = (pl_shape){1, {rows}};
    extra[k - 1] =
        (pl_tensor){PL_FLOAT32, shapes[k], strcmp(input.name, "style") ? value : weights};
  }

  /* A session is for pictures of one size; after this, painting allocates nothing. */
  const pl_options options = {.threads = THREADS};
  pl_session* session;
  check(!pl_session_create(model, &options, shapes, inputs, &session, &error), argv[1],
        error.message);
  const pl_image in = {{photo}, {3 * width}, width, height, PL_RGB, 0, 0, 0};
  const pl_image out = {{painted}, {3 * width}, width, height, PL_RGB, 0, 0, 0};
  check(!pl_session_paint(session, &in, &out, extra, inputs - 1, &error), "paint", error.message);

  file = fopen(argv[4], "wb");
  check(file && fprintf(file, "P6\n%d %d\n255\n", width, height) > 0 &&
            fwrite(painted, 1, size, file) == size && fclose(file) == 0,
        argv[4], "can't be written");
  pl_session_free(session);
  pl_model_free(model);
  free(photo), free(painted), free(bytes);
  return 0;
}
