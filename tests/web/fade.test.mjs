import assert from "node:assert/strict";
import { test } from "node:test";

import { Fade } from "../../web/fade.js";

const A = Float32Array.of(1, 0, 0);
const B = Float32Array.of(0, 0.5, 0.5);

test("the first mix is there at once", () => {
  const fade = new Fade(3);
  fade.turn(A, 100);
  assert.deepEqual(fade.at(100), A);
});

test("moves to another mix, visibly on the very next frame, and arrives", () => {
  const fade = new Fade(3);
  fade.turn(A, 0);
  fade.turn(B, 1000);
  const next = fade.at(1000, 33);
  assert.ok(next[0] < 1 && next[1] > 0);
  assert.deepEqual(fade.at(2000), B);
});

test("weights add up to 1 all the way", () => {
  const fade = new Fade(3);
  fade.turn(A, 0);
  fade.turn(B, 1000);
  for (let t = 1000; t < 1500; t += 20) {
    const sum = fade.at(t).reduce((all, w) => all + w, 0);
    assert.ok(Math.abs(sum - 1) < 1e-6);
  }
});

test("a change in the middle of a fade starts from what is shown", () => {
  const fade = new Fade(3);
  fade.turn(A, 0);
  fade.turn(B, 1000);
  const shown = fade.at(1150);
  fade.turn(A, 1150);
  assert.deepEqual(fade.at(1150), shown);
});
