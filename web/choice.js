/**
 * Who paints, the processor or a GPU: whoever takes less time for it, measured on the frames that
 * are painted anyway. Milliseconds are of any clock; costs are those of levels, see ladder.js.
 */

import { median } from "./ladder.js";

/** Frames whose median counts. */
const WINDOW = 9;
/** Frames of the GPU that do not count: memory is laid out, caches are cold. */
const WARM_UP = 2;
/** How much slower than the processor a GPU may become that was faster on trial. */
const SLOWER = 1.5;
/** Until a GPU that was lost is tried again: twice as long each time, so many times. */
const AGAIN = 10_000;
const TIMES = 4;
/** Frames after which losses before them are forgotten: phones take GPUs from pages they put away. */
const STEADY = 300;

export class Choice {
  /** @param {boolean} [forced] the GPU paints wherever it can, fast or not */
  constructor(forced = false) {
    this.forced = forced;
    /** Milliseconds for each unit of cost. @type {number[]} */
    this.processor = [];
    /** @type {number[]} */
    this.gpu = [];
    this.seen = 0;
    this.onTrial = true;
    this.after = -Infinity;
    this.losses = 0;
  }

  /** Counts a frame that the processor has painted. @param {number} took @param {number} cost */
  processorTook(took, cost) {
    keep(this.processor, took / cost);
  }

  /** Is it time to try a GPU? @param {number} now */
  wantsGpu(now) {
    return now >= this.after && (this.forced || this.processor.length === WINDOW);
  }

  /** A GPU begins to paint. */
  begin() {
    this.gpu = [];
    this.seen = 0;
    this.onTrial = true;
  }

  /**
   * Counts a frame that the GPU has painted.
   * @param {number} took
   * @param {number} cost
   * @returns {boolean} whether it goes on
   */
  gpuTook(took, cost) {
    if (++this.seen === STEADY) this.losses = 0;
    if (this.forced || this.seen <= WARM_UP) return true;
    keep(this.gpu, took / cost);
    if (this.gpu.length < WINDOW) return true;
    const slower = median(this.gpu) / median(this.processor);
    const stays = slower <= (this.onTrial ? 1 : SLOWER);
    this.onTrial = false;
    return stays;
  }

  /** The GPU was lost: another may be there later. @param {number} now */
  lost(now) {
    this.after = this.losses < TIMES ? now + AGAIN * 2 ** this.losses : Infinity;
    this.losses += 1;
  }

  /** There is none, or it is worse. */
  never() {
    this.after = Infinity;
  }
}

/** @param {number[]} times @param {number} time */
function keep(times, time) {
  times.push(time);
  if (times.length > WINDOW) times.shift();
}
