// Every output channel of one input channel: depthwise convolution, pooling, and images that are only
// loaded and stored, which is a window of one pixel.

fn add_taps(work: Work, taps: Grid, sums: ptr<function, Sums>) {
  for (var ky = 0; ky < taps.taps.y; ky++) {
    for (var kx = 0; kx < taps.taps.x; kx++) {
      let tap = taps.first + ky * taps.taps.x + kx;
      for (var p = 0; p < PIXELS; p++) {
        let pixel = work.tile * TILE + work.first + vec2i(p, 0);
        let at = min(pixel * STRIDE + taps.at + vec2i(kx, ky) * STEP, PADDED - 1);
        for (var b = 0; b < BLOCKS; b++) {
          let v = load(work.n, at, work.channel + b);
          let w = vec4f(weights[tap * CHANNELS_OUT4 + work.channel + b]);
          let sum = (*sums)[p * BLOCKS + b];
          (*sums)[p * BLOCKS + b] = select(fma(v, w, sum), max(v, sum), MAXIMUM);
        }
      }
    }
  }
}

@compute @workgroup_size(LANES, SLICES)
fn main(@builtin(workgroup_id) group_id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let work = find_work(group_id, local);
  var sums: Sums;
  for (var i = 0; i < PIXELS * BLOCKS; i++) { sums[i] = constants[work.channel + i % BLOCKS]; }
  add_taps(work, taps_of(work), &sums);
  store(work, &sums);
}
