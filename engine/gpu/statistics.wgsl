// The mean of the tile and the sum of squared deviations from it, for every channel, by sums that
// are a binary tree over its pixels in their order.

fn shared_at(work: Work, block: i32) -> i32 { return (work.slice * BLOCKS + block) * LANES; }

// Each block's sum over the tile is then the first of its LANES.
fn add_up(work: Work, values: ptr<function, Sums>) {
  for (var b = 0; b < BLOCKS; b++) {
    for (var step = 1; step < PIXELS; step *= 2) {
      for (var p = 0; p < PIXELS; p += 2 * step) {
        (*values)[p * BLOCKS + b] += (*values)[(p + step) * BLOCKS + b];
      }
    }
    shared_vectors[shared_at(work, b) + work.lane] = (*values)[b];
  }
  workgroupBarrier();
  for (var step = 1; step < LANES; step *= 2) {
    if (work.lane % (2 * step) == 0) {
      for (var b = 0; b < BLOCKS; b++) {
        let at = shared_at(work, b) + work.lane;
        shared_vectors[at] += shared_vectors[at + step];
      }
    }
    workgroupBarrier();
  }
}

// How many pixels of the tile are kept.
fn count_kept(work: Work) -> i32 {
  var count = vec2i();
  for (var i = 0; i < max(TILE.x, TILE.y); i++) {
    let along = stored_at(work, vec2i(i, 0)).x;
    let down = stored_at(work, vec2i(0, i)).y;
    if (i < TILE.x && along >= 0 && along < KEPT.x) { count.x++; }
    if (i < TILE.y && down >= 0 && down < KEPT.y) { count.y++; }
  }
  return count.x * count.y;
}

fn collect(work: Work, sums: ptr<function, Sums>) {
  let count = f32(count_kept(work));
  var values = *sums;
  workgroupBarrier();
  add_up(work, &values);
  var mean: array<vec4f, BLOCKS>;
  for (var b = 0; b < BLOCKS; b++) { mean[b] = shared_vectors[shared_at(work, b)] / max(count, 1.0); }
  workgroupBarrier();
  for (var p = 0; p < PIXELS; p++) {
    let kept = is_kept(stored_at(work, work.first + vec2i(p, 0)));
    for (var b = 0; b < BLOCKS; b++) {
      let d = (*sums)[p * BLOCKS + b] - mean[b];
      values[p * BLOCKS + b] = select(vec4f(), d * d, kept);
    }
  }
  add_up(work, &values);
  if (work.lane != 0) { return; }
  let phase = work.phase.y * PHASES.x + work.phase.x;
  let part = (phase * TILES.y + work.tile.y) * TILES.x + work.tile.x;
  let parts = PHASES.x * PHASES.y * TILES.x * TILES.y;
  for (var b = 0; b < BLOCKS; b++) {
    let at = (work.n * parts + part) * 3 * CHANNELS_OUT4 + work.channel + b;
    statistics[at] = mean[b];
    statistics[at + CHANNELS_OUT4] = shared_vectors[shared_at(work, b)];
    statistics[at + 2 * CHANNELS_OUT4] = vec4f(count);
  }
}
