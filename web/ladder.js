/**
 * The quality ladder: picks how large and with which network to paint, so that painting takes no
 * more than a share of the time between two frames.
 *
 * Levels go from the best down. A level that takes too long is left at once; a better one is tried
 * when the time it would take, by its cost, fits well. A try that fails makes the next one wait
 * twice as long, so the picture does not swing between two levels.
 */

/** Share of the time between two frames that painting may take. */
const SHARE = 0.75;
/** A better level must be expected to leave this much of the budget free. */
const ROOM = 0.85;
/** Frames after a change that do not count: memory is laid out, caches are cold. */
const WARM_UP = 2;
/** Frames whose median decides. */
const WINDOW = 9;
/** Milliseconds before a better level is tried, at first and at most. */
const PATIENCE = 1500;
const MOST_PATIENCE = 60000;

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

export class Ladder {
  /** @param {number[]} costs of the levels, best first, in any unit: falling, all above 0 */
  constructor(costs, level = 0) {
    if (costs.length === 0) throw new RangeError("a ladder needs at least one level");
    this.costs = costs;
    this.level = Math.min(level, costs.length - 1);
    this.patience = PATIENCE;
    /** @type {number[]} */
    this.times = [];
    this.since = -Infinity;
    this.seen = 0;
    this.trying = false;
  }

  /**
   * Counts a painted frame.
   * @param {number} took milliseconds of painting
   * @param {number} interval milliseconds between two frames of the source
   * @param {number} now milliseconds on any clock
   * @returns {boolean} whether the level changed
   */
  painted(took, interval, now) {
    if (this.seen++ === 0) this.since = now;
    if (this.seen <= WARM_UP) return false;
    this.times.push(took);
    if (this.times.length > WINDOW) this.times.shift();
    if (this.times.length < WINDOW) return false;
    const budget = SHARE * interval;
    const usual = median(this.times);
    if (usual > budget) return this.#down(usual, budget);
    const steady = now - this.since;
    if (this.trying && steady > 2 * PATIENCE) {
      this.trying = false;
      this.patience = PATIENCE;
    }
    return this.#up(usual, budget, steady);
  }

  /** @param {number} usual @param {number} budget */
  #down(usual, budget) {
    const lowest = this.costs.length - 1;
    if (this.level === lowest) return false;
    if (this.trying) this.patience = Math.min(2 * this.patience, MOST_PATIENCE);
    this.trying = false;
    let level = this.level + 1;
    while (level < lowest && this.#expected(usual, level) > budget) ++level;
    return this.#go(level);
  }

  /** @param {number} usual @param {number} budget @param {number} steady */
  #up(usual, budget, steady) {
    if (this.level === 0 || steady < this.patience) return false;
    if (this.#expected(usual, this.level - 1) > ROOM * budget) return false;
    this.trying = true;
    return this.#go(this.level - 1);
  }

  /** @param {number} usual @param {number} level */
  #expected(usual, level) {
    return (usual * this.costs[level]) / this.costs[this.level];
  }

  /** @param {number} level */
  #go(level) {
    this.level = level;
    this.times = [];
    this.seen = 0;
    return true;
  }
}
