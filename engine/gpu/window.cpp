#include "gpu/window.h"

#include "gpu/shader.h"

namespace pl::gpu {
namespace {

constexpr i64 kSharedVectors = 1024;  // the 16 KiB of any GPU
constexpr i64 kMostChunk = 8;
constexpr i64 kMostBlocks = 4;
constexpr i64 kMostTaps = 1024;  // of a phase

// The places of one axis: from the least on, `step` apart.
struct Places {
  i64 first = 0, count = 0, step = 1;
};

template <class At>
Places find_places(const Phase& phase, At at) {
  Places places;
  if (phase.taps.empty()) return places;
  i64 last = at(phase.taps[0]);
  places.first = last;
  for (const Tap& tap : phase.taps) {
    places.first = min<i64>(places.first, at(tap));
    last = max<i64>(last, at(tap));
  }
  i64 step = last - places.first;
  for (const Tap& tap : phase.taps) {
    const i64 from = at(tap) - places.first;
    if (from > 0) step = min(step, from);
  }
  places.step = max<i64>(1, step);
  places.count = (last - places.first) / places.step + 1;
  return places;
}

// The kernel position at a place of the grid; -1: there is none.
i64 kernel_at(const Phase& phase, i64 x, i64 y) {
  for (const Tap& tap : phase.taps) {
    if (tap.dx == x && tap.dy == y) return tap.kernel;
  }
  return -1;
}

bool is_grid(const Phase& phase, const Grid& grid, Pair step) {
  if (phase.taps.size > kMostTaps || grid.taps.x * grid.taps.y != phase.taps.size) return false;
  for (i64 i = 0; i < phase.taps.size; ++i) {
    const i64 x = grid.at.x + i % grid.taps.x * step.x, y = grid.at.y + i / grid.taps.x * step.y;
    if (kernel_at(phase, x, y) < 0) return false;
  }
  return true;
}

pl_status find_grids(const ConvStep& step, Tiling* tiling, bool* regular, Error& error) {
  *regular = true;
  for (const Phase& phase : step.phases) {
    const Places x = find_places(phase, [](const Tap& tap) { return tap.dx; });
    const Places y = find_places(phase, [](const Tap& tap) { return tap.dy; });
    if (x.count > 1) tiling->step.x = x.step;
    if (y.count > 1) tiling->step.y = y.step;
    const Grid grid{{x.first, y.first}, {x.count, y.count}, tiling->taps};
    if (!tiling->grids.push(grid)) return error.out_of_memory();
    tiling->taps += phase.taps.size;
  }
  for (i64 i = 0; i < step.phases.size; ++i)
    *regular = *regular && is_grid(step.phases[i], tiling->grids[i], tiling->step);
  return PL_OK;
}

Pair window_of(const ConvStep& step, const Tiling& tiling) {
  Pair most{0, 0};
  for (const Grid& grid : tiling.grids) {
    most.x = max(most.x, grid.taps.x);
    most.y = max(most.y, grid.taps.y);
  }
  return {(tiling.tile.x - 1) * step.stride_x + max<i64>(0, most.x - 1) * tiling.step.x + 1,
          (tiling.tile.y - 1) * step.stride_y + max<i64>(0, most.y - 1) * tiling.step.y + 1};
}

i64 largest_divisor(i64 of, i64 most) {
  i64 divisor = max<i64>(1, min(of, most));
  while (of % divisor) --divisor;
  return divisor;
}

// How the work of a tile is split among `threads` invocations at most, 64 or more where it can be.
void split(i64 channels, i64 threads, Tiling* tiling) {
  const i64 places = tiling->tile.x * tiling->tile.y;
  constexpr i64 few = 64;
  tiling->pixels = min<i64>(4, tiling->tile.x);
  while (places / tiling->pixels > threads && tiling->pixels < tiling->tile.x) tiling->pixels *= 2;
  tiling->blocks = largest_divisor(channels, kMostBlocks);
  if (channels / tiling->blocks * tiling->lanes() < few)
    tiling->blocks = largest_divisor(channels, 2);
  if (channels / tiling->blocks * tiling->lanes() < few) tiling->blocks = 1;
  const bool few_channels = channels / tiling->blocks * tiling->lanes() < few;
  if (few_channels && tiling->pixels > 1 && 2 * tiling->lanes() <= threads) tiling->pixels /= 2;
  tiling->slices = largest_divisor(channels / tiling->blocks, threads / tiling->lanes());
}

}  // namespace

pl_status make_tiling(const ConvStep& step, i64 threads, Tiling* tiling, bool* fits, Error& error) {
  PL_TRY(find_grids(step, tiling, fits, error));
  if (!*fits) return PL_OK;
  const bool channelwise = is_channelwise(step);
  tiling->window = window_of(step, *tiling);
  const i64 most = channelwise ? kSharedVectors * kSharedVectors : kSharedVectors;
  while (tiling->window.x * tiling->window.y > most) {
    if (tiling->tile.x * tiling->tile.y <= 4) return *fits = false, PL_OK;
    (tiling->tile.x > tiling->tile.y ? tiling->tile.x : tiling->tile.y) /= 2;
    tiling->window = window_of(step, *tiling);
  }
  const i64 across = ceil_div(step.out_width, step.phases_x);
  const i64 down = ceil_div(step.out_height, step.phases_y);
  tiling->tiles = {ceil_div(across, tiling->tile.x), ceil_div(down, tiling->tile.y)};
  const i64 channels = fours(channelwise ? step.channels_out() : step.out_channels);
  split(channels, threads, tiling);
  if (!channelwise) {
    const i64 area = tiling->window.x * tiling->window.y;
    const i64 in = fours(step.in_channels);
    while (tiling->chunk < min(in, kMostChunk) && 2 * tiling->chunk * area <= kSharedVectors)
      tiling->chunk *= 2;
    tiling->shared = tiling->chunk * area;
  }
  if (step.sink.stats >= 0) {
    tiling->shared = max(tiling->shared, tiling->lanes() * tiling->slices * tiling->blocks);
  }
  return PL_OK;
}

pl_status pack_weights(const ConvStep& step, const Tiling& tiling, Array<f32>* to, Error& error) {
  const Weights& w = step.weights;
  const bool channelwise = is_channelwise(step);
  const i64 in = channelwise ? 1 : 4 * fours(step.in_channels);
  const i64 out = 4 * fours(channelwise ? step.channels_out() : step.out_channels);
  const i64 groups = channelwise ? 1 : step.groups;
  const i64 start = to->size();
  if (!to->resize(start + groups * tiling.taps * in * out)) return error.out_of_memory();
  f32* at = to->begin() + start;
  for (i64 group = 0; group < groups; ++group) {
    for (i64 p = 0; p < step.phases.size; ++p) {
      const Grid& grid = tiling.grids[p];
      for (i64 tap = 0; tap < grid.taps.x * grid.taps.y; ++tap) {
        const i64 kernel = kernel_at(step.phases[p], grid.at.x + tap % grid.taps.x * tiling.step.x,
                                     grid.at.y + tap / grid.taps.x * tiling.step.y);
        for (i64 i = 0; i < in; ++i) {
          for (i64 o = 0; o < out; ++o, ++at) {
            if (channelwise) {
              *at = o < step.channels_out() ? w.data[o * w.group_stride + kernel] : 0;
            } else if (i < step.in_channels && o < step.out_channels) {
              *at = w.data[group * w.group_stride + o * w.out_stride + i * w.in_stride + kernel];
            }
          }
        }
      }
    }
  }
  return PL_OK;
}

}  // namespace pl::gpu
