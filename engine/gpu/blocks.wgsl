// SpaceToDepth, which gathers blocks of pixels into channels, and DepthToSpace, which spreads them
// again: image() is what they look at. WIDE are the channels of the side with the large extents.

fn moved(n: i32, y: i32, x: i32, c: i32) -> vec4f {
  var v = vec4f();
  for (var i = 0; i < 4 && 4 * c + i < MOVED; i++) {
    let to = 4 * c + i;
    var at = vec2i(x, y) / BLOCK;
    var place = y % BLOCK * BLOCK + x % BLOCK;
    var whence = select(place * WIDE + to, to * BLOCK * BLOCK + place, CHANNEL_FIRST);
    if (GATHERS) {
      place = select(to / WIDE, to % (BLOCK * BLOCK), CHANNEL_FIRST);
      whence = select(to % WIDE, to / (BLOCK * BLOCK), CHANNEL_FIRST);
      at = vec2i(x, y) * BLOCK + vec2i(place % BLOCK, place / BLOCK);
    }
    v[i] = image(n, at.y, at.x, whence / 4)[whence % 4];
  }
  return v;
}
