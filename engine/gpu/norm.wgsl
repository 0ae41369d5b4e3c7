// Statistics of tiles to the scale and shift of an instance normalisation: the second step of a sum
// whose order is fixed. Moments are joined by the pairwise update of Chan, Golub and LeVeque,
// "Algorithms for computing the sample variance" (1983).

struct Moments { count: f32, mean: vec4f, deviations: vec4f }

const LANES = 64;
var<workgroup> parts: array<Moments, LANES>;

fn join(a: Moments, b: Moments) -> Moments {
  let total = a.count + b.count;
  if (total == 0) { return a; }
  let delta = b.mean - a.mean;
  return Moments(total, a.mean + delta * (b.count / total),
                 a.deviations + b.deviations + delta * delta * (a.count * (b.count / total)));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let c = i32(group.x);
  let n = i32(group.y);
  let lane = i32(index);
  let all = i32(arrayLength(&statistics)) / (3 * CHANNELS4 * BATCH);
  var moments = Moments();
  for (var part = lane; part < all; part += LANES) {
    let at = (n * all + part) * 3 * CHANNELS4 + c;
    let count = statistics[at + 2 * CHANNELS4].x;
    moments = join(moments, Moments(count, statistics[at], statistics[at + CHANNELS4]));
  }
  parts[lane] = moments;
  workgroupBarrier();
  for (var step = 1; step < LANES; step *= 2) {
    if (lane % (2 * step) == 0) { parts[lane] = join(parts[lane], parts[lane + step]); }
    workgroupBarrier();
  }
  if (lane != 0) { return; }
  moments = smooth_(n, c, parts[0]);
  let scale = gain(c) / sqrt(moments.deviations / moments.count + EPSILON);
  normalizer[2 * n * CHANNELS4 + c] = scale;
  normalizer[(2 * n + 1) * CHANNELS4 + c] = fma(-moments.mean, scale, bias(c));
}
