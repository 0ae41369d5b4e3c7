// When the page paints on a GPU, and when it stops.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Choice } from "../../web/choice.js";

const painted = (count, took) => Array.from({ length: count }, () => took);

/** A choice that has seen the processor take so many milliseconds for each unit of cost. */
function after(took, forced = false) {
  const choice = new Choice(forced);
  for (const time of painted(9, took)) choice.processorTook(10 * time, 10);
  choice.begin();
  return choice;
}

/** How many frames the GPU paints that takes so long for each. */
function frames(choice, took, most = 100) {
  let count = 1;
  while (count < most && choice.gpuTook(took, 1)) ++count;
  return count;
}

test("a GPU is tried once the processor was measured", () => {
  const choice = new Choice();
  assert.equal(choice.wantsGpu(0), false);
  for (let i = 0; i < 9; ++i) choice.processorTook(20, 1);
  assert.equal(choice.wantsGpu(0), true);
});

test("a faster GPU goes on painting", () => {
  assert.equal(frames(after(20), 10), 100);
});

test("a slower one stops after its trial", () => {
  assert.equal(frames(after(20), 21), 11);
});

test("its first frames do not count", () => {
  const choice = after(20);
  assert.equal(choice.gpuTook(900, 1), true);
  assert.equal(choice.gpuTook(900, 1), true);
  assert.equal(frames(choice, 10), 100);
});

test("one that becomes a little slower stays, one that becomes much slower does not", () => {
  for (const [took, stays] of [[25, true], [40, false]]) {
    const choice = after(20);
    frames(choice, 10);
    assert.equal(frames(choice, took) === 100, stays);
  }
});

test("levels are compared by their cost", () => {
  const choice = after(2);
  for (let i = 0; i < 20; ++i) assert.equal(choice.gpuTook(150, 100), true);
});

test("one that is forced is never too slow, and tried at once", () => {
  assert.equal(new Choice(true).wantsGpu(0), true);
  assert.equal(frames(after(1, true), 1000), 100);
});

test("a lost one is tried again later and later, and not for ever", () => {
  const choice = after(20);
  let now = 0;
  const waits = [];
  for (;;) {
    choice.lost(now);
    if (choice.after === Infinity) break;
    assert.equal(choice.wantsGpu(choice.after - 1), false);
    assert.equal(choice.wantsGpu(choice.after), true);
    waits.push(choice.after - now);
    now = choice.after;
  }
  assert.deepEqual(waits, [10_000, 20_000, 40_000, 80_000]);
});

test("a loss long ago does not count", () => {
  const choice = after(20);
  choice.lost(0);
  choice.begin();
  frames(choice, 10, 400);
  choice.lost(0);
  assert.equal(choice.after, 10_000);
});

test("one that is worse is not tried again", () => {
  const choice = after(20);
  choice.never();
  assert.equal(choice.wantsGpu(1e12), false);
});
