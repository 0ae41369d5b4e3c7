// What the two kinds of windows share, dense.wgsl and channelwise.wgsl: stages, the load, the store.
// Constants in capitals, grid(), load_stages(), store_stages() and put() come from lower.cpp and
// shader.cpp. Places are (x, y), and `c` counts channels by fours.

// ---- stages ------------------------------------------------------------------------------------
//
// What happens to four channels at a time as they are loaded or stored: the functions of
// engine/core/unary.h, and what has a number for each channel.

fn stage_relu(v: vec4f, a: f32, b: f32) -> vec4f { return max(v, vec4f()); }
fn stage_leaky_relu(v: vec4f, a: f32, b: f32) -> vec4f { return select(v, v * a, v < vec4f()); }
fn stage_clip(v: vec4f, a: f32, b: f32) -> vec4f { return clamp(v, vec4f(a), vec4f(b)); }
fn stage_sigmoid(v: vec4f, a: f32, b: f32) -> vec4f { return 1.0 / (1.0 + exp(-v)); }
// Past 10 the hyperbolic tangent rounds to 1, and that of some drivers overflows.
fn stage_tanh(v: vec4f, a: f32, b: f32) -> vec4f { return tanh(clamp(v, vec4f(-10), vec4f(10))); }
fn stage_divide(v: vec4f, a: f32, b: f32) -> vec4f { return v / a; }
fn stage_affine(v: vec4f, a: f32, b: f32) -> vec4f { return fma(v, vec4f(a), vec4f(b)); }
fn stage_hard_sigmoid(v: vec4f, a: f32, b: f32) -> vec4f { return saturate(stage_affine(v, a, b)); }
fn stage_hard_swish(v: vec4f, a: f32, b: f32) -> vec4f { return v * saturate(v / 6.0 + 0.5); }
fn stage_elu(v: vec4f, a: f32, b: f32) -> vec4f { return select(v, a * (exp(v) - 1.0), v < vec4f()); }
fn stage_exp(v: vec4f, a: f32, b: f32) -> vec4f { return exp(v); }
fn stage_log(v: vec4f, a: f32, b: f32) -> vec4f { return log(v); }
fn stage_sqrt(v: vec4f, a: f32, b: f32) -> vec4f { return sqrt(v); }
fn stage_neg(v: vec4f, a: f32, b: f32) -> vec4f { return -v; }
fn stage_abs(v: vec4f, a: f32, b: f32) -> vec4f { return abs(v); }
fn stage_floor(v: vec4f, a: f32, b: f32) -> vec4f { return floor(v); }
fn stage_ceil(v: vec4f, a: f32, b: f32) -> vec4f { return ceil(v); }

fn slope(v: vec4f, by: vec4f) -> vec4f { return select(v, v * by, v < vec4f()); }
// Zeros in place of channels that are not there.
fn only(v: vec4f, c: i32, channels: i32) -> vec4f {
  return select(vec4f(), v, vec4i(4 * c) + vec4i(0, 1, 2, 3) < vec4i(channels));
}

// ---- the load ----------------------------------------------------------------------------------
//
// An image as its reader sees it: stored pixels, then stages, then nearest upsampling, then padding.

// Where index i of an axis padded by `before` reads from; -1: the constant.
fn unpad(i: i32, before: i32, extent: i32) -> i32 {
  let at = i - before;
  if (at >= 0 && at < extent) { return at; }
  if (BORDER_MODE == 0) { return -1; }
  if (BORDER_MODE == 1) { return clamp(select(2 * (extent - 1) - at, -at, at < 0), 0, extent - 1); }
  return clamp(at, 0, extent - 1);
}

fn load(n: i32, at: vec2i, c: i32) -> vec4f {
  let x = unpad(at.x, BORDER.x, SIZE.x * UP.x);
  let y = unpad(at.y, BORDER.y, SIZE.y * UP.y);
  if (x < 0 || y < 0) { return vec4f(BORDER_VALUE); }
  return load_stages(n, y / UP.y, x / UP.x, c);
}

// ---- how work is dealt out ---------------------------------------------------------------------
//
// A workgroup makes a tile of outputs of one phase. Its invocations are LANES x SLICES: a lane makes
// PIXELS pixels side by side, a slice BLOCKS times four channels of them. However many of each there
// are, every sum has the same order, and so the results do not depend on it.

struct Work {
  n: i32,
  phase: vec2i,
  tile: vec2i,   // which
  first: vec2i,  // pixel of the tile
  channel: i32,  // the first, by fours
  lane: i32,
  slice: i32,
}

// The taps of a phase: a grid of `taps` places, STEP apart, from `at` on, and the first of its weights.
struct Grid { at: vec2i, taps: vec2i, first: i32 }

alias Sums = array<vec4f, PIXELS * BLOCKS>;

var<workgroup> shared_vectors: array<vec4f, SHARED>;

fn find_work(group: vec3u, local: vec3u) -> Work {
  var work: Work;
  let sets = CHANNELS_OUT4 / (BLOCKS * SLICES);
  let image = i32(group.z) / sets;
  let phase = image % (PHASES.x * PHASES.y);
  work.n = image / (PHASES.x * PHASES.y);
  work.phase = vec2i(phase % PHASES.x, phase / PHASES.x);
  work.tile = vec2i(group.xy);
  work.lane = i32(local.x);
  work.slice = i32(local.y);
  let across = TILE.x / PIXELS;
  work.first = vec2i(work.lane % across * PIXELS, work.lane / across);
  work.channel = (i32(group.z) % sets * SLICES + work.slice) * BLOCKS;
  return work;
}

fn taps_of(work: Work) -> Grid { return grid(work.phase.y * PHASES.x + work.phase.x); }

// Where the pixel of the tile is stored; outside of KEPT: nowhere.
fn stored_at(work: Work, pixel: vec2i) -> vec2i {
  let at = (work.tile * TILE + pixel) * PHASES + work.phase;
  return select(vec2i(-1), at - CROP, at < OUT);
}

fn is_kept(at: vec2i) -> bool { return all(at >= vec2i()) && all(at < KEPT); }

// Stores the sums; of those that are not kept it makes zeros.
fn store(work: Work, sums: ptr<function, Sums>) {
  for (var p = 0; p < PIXELS; p++) {
    let at = stored_at(work, work.first + vec2i(p, 0));
    for (var b = 0; b < BLOCKS; b++) {
      var v = vec4f();
      if (is_kept(at)) {
        v = store_stages(work.n, at.y, at.x, work.channel + b, (*sums)[p * BLOCKS + b]);
        put(work.n, at.y, at.x, work.channel + b, v);
      }
      (*sums)[p * BLOCKS + b] = v;
    }
  }
  collect(work, sums);
}
