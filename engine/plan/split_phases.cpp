// Nearest upsampling by f and then a convolution reads every small pixel up to f times in a row.
// An output's position modulo f tells which kernel positions fall on the same small pixel; their
// weights are added up once, and each of the f x f phases becomes a smaller convolution of the
// small image: 4/9 of the multiplications for a 3x3 kernel after x2 (the sub-pixel convolution of
// Shi et al., "Real-time single image and video super-resolution", 2016, read backwards).
#include "plan/planner.h"

namespace pl {
namespace {

i64 floor_div(i64 a, i64 b) {
  return a >= 0 ? a / b : -ceil_div(-a, b);
}

// One axis: output i = q * up + phase reads small pixel q + place(phase, k) at position k.
struct Axis {
  i64 up, kernel, before, small, out;

  i64 place(i64 phase, i64 k) const { return floor_div(phase + k - before, up); }
  i64 first() const { return place(0, 0); }
  // Small pixels that all taps of all outputs reach past the end.
  i64 past() const {
    i64 most = 0;
    for (i64 phase = 0; phase < min(up, out); ++phase) {
      const i64 q = (out - 1 - phase) / up;
      most = max(most, q + place(phase, kernel - 1) - (small - 1));
    }
    return most;
  }
};

// Padding of the large image as padding of the small one.
bool shrink_border(const Border& large, const Axis& y, const Axis& x, Border* small) {
  const i64 widest = max(max(large.top, large.bottom), max(large.left, large.right));
  *small = large;
  // Mirrored by one, an upsampled image shows its outermost pixel again.
  if (large.mode == Border::Mode::reflect) {
    if (widest > 1) return false;
    small->mode = Border::Mode::edge;
  }
  small->top = max<i64>(0, -y.first());
  small->left = max<i64>(0, -x.first());
  small->bottom = y.past();
  small->right = x.past();
  return true;
}

// Do the outputs read the small pixels as steps/differences.h has it?
bool by_differences(const Axis& axis) {
  return axis.up == 2 && axis.kernel == 3 && axis.before == 1;
}

// The taps of one phase with the kernel positions that each of them gathers.
struct Gathered {
  Tap tap;
  i64 y0, y1, x0, x1;  // ranges of kernel rows and columns
};

pl_status gather_taps(const Axis& y, const Axis& x, i64 py, i64 px, const Border& border,
                      Array<Gathered>* out, Error& error) {
  for (i64 ky = 0; ky < y.kernel;) {
    i64 y1 = ky + 1;
    while (y1 < y.kernel && y.place(py, y1) == y.place(py, ky)) ++y1;
    for (i64 kx = 0; kx < x.kernel;) {
      i64 x1 = kx + 1;
      while (x1 < x.kernel && x.place(px, x1) == x.place(px, kx)) ++x1;
      const Tap tap{static_cast<i32>(y.place(py, ky) + border.top),
                    static_cast<i32>(x.place(px, kx) + border.left), static_cast<i32>(out->size())};
      if (!out->push({tap, ky, y1, kx, x1})) return error.out_of_memory();
      kx = x1;
    }
    ky = y1;
  }
  return PL_OK;
}

// Adds up weights of the kernel positions of each tap, row by row.
pl_status add_weights(Planner& p, const Array<Gathered>& taps, i64 kernel_width, i64 planes,
                      i64 positions, Weights* weights) {
  f32* sums = static_cast<f32*>(
      p.arena().allocate(static_cast<size_t>(planes * taps.size()) * sizeof(f32)));
  if (!sums) return p.error().out_of_memory();
  for (i64 plane = 0; plane < planes; ++plane) {
    const f32* from = weights->data + plane * positions;
    for (i64 t = 0; t < taps.size(); ++t) {
      f32 sum = 0;
      for (i64 ky = taps[t].y0; ky < taps[t].y1; ++ky) {
        for (i64 kx = taps[t].x0; kx < taps[t].x1; ++kx) sum += from[ky * kernel_width + kx];
      }
      sums[plane * taps.size() + t] = sum;
    }
  }
  weights->data = sums;
  weights->out_stride = weights->out_stride / positions * taps.size();
  weights->group_stride = weights->group_stride / positions * taps.size();
  weights->in_stride = taps.size();
  return PL_OK;
}

}  // namespace

pl_status split_phases(Planner& p, Form* form, const Shape& kernel, ConvStep* step,
                       Weights* weights, bool* done) {
  const i64 up_y = form->up_y, up_x = form->up_x;
  if (up_y * up_x == 1 || up_y > 4 || up_x > 4) return PL_OK;
  const Tensor& t = p.slot(form->slot).tensor;
  const Border& large = form->border;
  const i64 out_height = t.shape[2] * up_y + large.top + large.bottom - kernel[2] + 1;
  const i64 out_width = t.shape[3] * up_x + large.left + large.right - kernel[3] + 1;
  if (out_height < up_y || out_width < up_x) return PL_OK;
  const Axis y{up_y, kernel[2], large.top, t.shape[2], out_height};
  const Axis x{up_x, kernel[3], large.left, t.shape[3], out_width};
  Border small;
  if (!shrink_border(large, y, x, &small)) return PL_OK;
  if (p.may("differences") && by_differences(y) && by_differences(x) && differences_fit(*step)) {
    step->method = ConvStep::Method::differences;
    form->up_y = form->up_x = 1;
    form->border = small;
    return PL_OK;
  }

  Phase* phases = p.arena().make<Phase>(up_y * up_x);
  Array<Gathered> gathered(&p.arena());
  if (!phases) return p.error().out_of_memory();
  step->phases = {phases, up_y * up_x};
  for (i64 py = 0; py < up_y; ++py) {
    for (i64 px = 0; px < up_x; ++px) {
      const i64 first = gathered.size();
      PL_TRY(gather_taps(y, x, py, px, small, &gathered, p.error()));
      Tap* taps = p.arena().make<Tap>(gathered.size() - first);
      if (!taps) return p.error().out_of_memory();
      phases->taps = {taps, gathered.size() - first};
      for (i64 i = first; i < gathered.size(); ++i) taps[i - first] = gathered[i].tap;
      ++phases;
    }
  }
  PL_TRY(
      add_weights(p, gathered, kernel[3], kernel[0] * kernel[1], kernel[2] * kernel[3], weights));
  step->phases_y = up_y;
  step->phases_x = up_x;
  form->up_y = form->up_x = 1;
  form->border = small;
  *done = true;
  return PL_OK;
}

}  // namespace pl
