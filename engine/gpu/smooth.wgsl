// Some of the moments of the run before stays: frame[0] of it, nothing in a first run.
fn smooth_(n: i32, c: i32, now: Moments) -> Moments {
  let at = 2 * (n * CHANNELS4 + c);
  var moments = now;
  if (frame[0] > 0) {
    moments.mean = mix(now.mean, before[at], vec4f(frame[0]));
    moments.deviations = mix(now.deviations, before[at + 1], vec4f(frame[0]));
  }
  before[at] = moments.mean;
  before[at + 1] = moments.deviations;
  return moments;
}
