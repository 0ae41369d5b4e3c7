import assert from "node:assert/strict";
import { test } from "node:test";

import { Ladder, median } from "../../web/ladder.js";

const COSTS = [16, 9, 4, 2.25, 1];
const INTERVAL = 1000 / 30;

/** Runs frames on a device that takes `speed` milliseconds per unit of cost; gives the levels. */
function run(ladder, speed, seconds, now = 0) {
  const levels = [];
  for (let t = now; t < now + 1000 * seconds; t += INTERVAL) {
    const noise = 1 + 0.1 * Math.sin(t * 12.9898);
    ladder.painted(speed * COSTS[ladder.level] * noise, INTERVAL, t);
    levels.push(ladder.level);
  }
  return levels;
}

function changes(levels) {
  return levels.filter((level, i) => i > 0 && level !== levels[i - 1]).length;
}

test("median of odd and even counts", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([9]), 9);
});

test("a ladder needs a level", () => {
  assert.throws(() => new Ladder([]), RangeError);
});

test("settles on the best level that fits three quarters of the interval", () => {
  for (const [speed, wanted] of [[1, 0], [2, 1], [5, 2], [9, 3], [24, 4], [99, 4]]) {
    const levels = run(new Ladder(COSTS), speed, 30);
    assert.equal(levels.at(-1), wanted, `speed ${speed}`);
  }
});

test("goes up again, from the lowest level, on a fast device", () => {
  const levels = run(new Ladder(COSTS, 4), 0.5, 30);
  assert.equal(levels.at(-1), 0);
});

test("leaves a level that is too slow within half a second", () => {
  const levels = run(new Ladder(COSTS), 5, 0.5);
  assert.equal(levels.at(-1), 2);
});

test("does not swing where a better level is slower than its cost says", () => {
  // Level 1 takes twice what its cost predicts, so every try of it fails.
  const ladder = new Ladder(COSTS, 2);
  let now = 0;
  const levels = [];
  for (; now < 120_000; now += INTERVAL) {
    const surprise = ladder.level < 2 ? 2 : 1;
    ladder.painted(2.2 * COSTS[ladder.level] * surprise, INTERVAL, now);
    levels.push(ladder.level);
  }
  assert.ok(changes(levels) <= 14, `${changes(levels)} changes in two minutes`);
  assert.ok(changes(levels.slice(levels.length / 2)) <= 4, "tries become rare");
});

test("follows a device that slows down and recovers", () => {
  const ladder = new Ladder(COSTS);
  assert.equal(run(ladder, 1, 10, 0).at(-1), 0);
  assert.equal(run(ladder, 5, 10, 10_000).at(-1), 2);
  assert.equal(run(ladder, 1, 60, 20_000).at(-1), 0);
});
