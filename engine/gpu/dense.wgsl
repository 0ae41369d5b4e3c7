// Convolution: a part of the input channels at a time is loaded once for the whole tile, and every
// invocation takes its taps from there.

fn add_taps(work: Work, taps: Grid, base: i32, group: i32, sums: ptr<function, Sums>) {
  let lanes_first = work.first * STRIDE;
  for (var ky = 0; ky < taps.taps.y; ky++) {
    for (var kx = 0; kx < taps.taps.x; kx++) {
      for (var c = 0; c < min(CHUNK, CHANNELS_IN4 - base); c++) {
        let at = (c * WINDOW.y + lanes_first.y + ky * STEP.y) * WINDOW.x + lanes_first.x + kx * STEP.x;
        var x: array<vec4f, PIXELS>;
        for (var p = 0; p < PIXELS; p++) { x[p] = shared_vectors[at + p * STRIDE.x]; }
        let tap = group * TAPS + taps.first + ky * taps.taps.x + kx;
        let row = (tap * CHANNELS_IN4 + base + c) * 4 * GROUP_OUT4 + work.channel - group * GROUP_OUT4;
        for (var b = 0; b < BLOCKS; b++) {
          let w0 = vec4f(weights[row + b]);
          let w1 = vec4f(weights[row + GROUP_OUT4 + b]);
          let w2 = vec4f(weights[row + 2 * GROUP_OUT4 + b]);
          let w3 = vec4f(weights[row + 3 * GROUP_OUT4 + b]);
          for (var p = 0; p < PIXELS; p++) {
            var sum = (*sums)[p * BLOCKS + b];
            sum = fma(vec4f(x[p].x), w0, sum);
            sum = fma(vec4f(x[p].y), w1, sum);
            sum = fma(vec4f(x[p].z), w2, sum);
            (*sums)[p * BLOCKS + b] = fma(vec4f(x[p].w), w3, sum);
          }
        }
      }
    }
  }
}

@compute @workgroup_size(LANES, SLICES)
fn main(@builtin(workgroup_id) group_id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let work = find_work(group_id, local);
  let taps = taps_of(work);
  let group = work.channel / GROUP_OUT4;
  let corner = work.tile * TILE * STRIDE + taps.at;
  var sums: Sums;
  for (var i = 0; i < PIXELS * BLOCKS; i++) { sums[i] = constants[work.channel + i % BLOCKS]; }
  for (var base = 0; base < CHANNELS_IN4; base += CHUNK) {
    workgroupBarrier();
    for (var i = work.slice * LANES + work.lane; i < CHUNK * WINDOW.x * WINDOW.y; i += LANES * SLICES) {
      let c = base + i / (WINDOW.x * WINDOW.y);
      let at = corner + vec2i(i % WINDOW.x, i / WINDOW.x % WINDOW.y);
      var v = vec4f();
      if (c < CHANNELS_IN4 && all(at < PADDED)) { v = load(work.n, at, group * CHANNELS_IN4 + c); }
      shared_vectors[i] = v;
    }
    workgroupBarrier();
    add_taps(work, taps, base, group, &sums);
  }
  store(work, &sums);
}
