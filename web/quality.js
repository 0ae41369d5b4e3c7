/**
 * What paints the next picture: a network and a size, chosen by the ladder. A network is fetched
 * when the ladder first wants it, and until it is there the best of those that are paints.
 */

import { Ladder } from "./ladder.js";

/** @typedef {import("./networks.js").Level} Level */
/** @typedef {import("./networks.js").Mix} Mix */

export class Quality {
  /**
   * @param {import("./networks.js").Networks} networks
   * @param {Level} [level] to begin with
   */
  constructor(networks, level) {
    this.networks = networks;
    /** Best first. @type {Level[]} */
    this.levels = level ? [level] : [];
    this.ladder = new Ladder([1]);
  }

  /**
   * @param {Mix} mix
   * @param {{width: number, height: number}} source
   * @returns {Level}
   */
  choose(mix, { width, height }) {
    this.#layOut(this.networks.levels(mix, Math.max(width, height)));
    const { networks, levels, wanted } = this;
    if (networks.isReady(wanted.file)) return wanted;
    const there = levels.filter(({ file }) => networks.isReady(file));
    if (there.length === 0) return wanted;
    networks.engine(wanted.file).catch(() => {}); // it leaves the levels
    return there.find(({ cost }) => cost <= wanted.cost) ?? there[there.length - 1];
  }

  /** What the ladder stands at. */
  get wanted() {
    return this.levels[this.ladder.level];
  }

  /**
   * Counts a painted frame.
   * @param {Level} level
   * @param {number} took milliseconds of painting
   * @param {number} interval milliseconds between two frames of the source
   * @param {number} now milliseconds on any clock
   */
  painted(level, took, interval, now) {
    if (level === this.wanted) this.ladder.painted(took, interval, now);
  }

  /** @param {Level[]} levels */
  #layOut(levels) {
    if (levels.length === 0) throw new Error("No network here has these styles together.");
    if (nameOf(levels) === nameOf(this.levels)) return;
    const before = this.wanted;
    // At first the lightest network: the previews have it, and the first picture waits for no other.
    const { file } = levels[levels.length - 1];
    const start = levels.findIndex((level) => (before ? level.cost <= before.cost : level.file === file));
    this.levels = levels;
    this.ladder = new Ladder(levels.map(({ cost }) => cost), start < 0 ? levels.length - 1 : start);
  }
}

/** @param {Level[]} levels */
function nameOf(levels) {
  return levels.map(({ file, side }) => `${file.url} ${side}`).join();
}
