import assert from "node:assert/strict";
import { test } from "node:test";

import { withDuration } from "../../web/webm.js";

const EBML = [0x1a, 0x45, 0xdf, 0xa3, 0x84, 0x42, 0x86, 0x81, 0x01];
const SEGMENT = [0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const SCALE = [0x2a, 0xd7, 0xb1, 0x83, 0x0f, 0x42, 0x40]; // one millisecond
const CLUSTER = [0x1f, 0x43, 0xb6, 0x75, 0x81, 0x00];

const info = (children) => [0x15, 0x49, 0xa9, 0x66, 0x80 | children.length, ...children];
const blob = (...parts) => new Blob([Uint8Array.from(parts.flat())], { type: "video/webm" });

test("puts the duration into Info and leaves all else", async () => {
  const before = blob(EBML, SEGMENT, info(SCALE), CLUSTER);
  const after = new Uint8Array(await (await withDuration(before, 2500)).arrayBuffer());
  const head = [...EBML, ...SEGMENT, 0x15, 0x49, 0xa9, 0x66, 0x01, 0, 0, 0, 0, 0, 0, 18];
  assert.deepEqual([...after.subarray(0, head.length)], head);
  const element = after.subarray(head.length, head.length + 11);
  assert.deepEqual([...element.subarray(0, 3)], [0x44, 0x89, 0x88]);
  assert.equal(new DataView(element.slice(3).buffer).getFloat64(0), 2500);
  assert.deepEqual([...after.subarray(head.length + 11)], [...SCALE, ...CLUSTER]);
});

test("a file that has a duration stays as it is", async () => {
  const there = [...SCALE, 0x44, 0x89, 0x84, 0x45, 0x1c, 0x40, 0x00];
  const before = blob(EBML, SEGMENT, info(there), CLUSTER);
  assert.equal(await withDuration(before, 1), before);
});

test("what is no WebM stays as it is", async () => {
  const before = blob([0x1a, 0x45, 0xdf, 0xa3, 0x80]);
  assert.equal(await withDuration(before, 1), before);
});
