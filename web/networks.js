/** The style files that the page offers, their engines, and the quality levels they allow. */

import { PleinairEngine, Runtime } from "./engine.js";
import { AbsentError, fetchKept } from "./offline.js";

/**
 * @typedef {object} StyleCard
 * @property {string} name
 * @property {string} title
 * @property {string=} artist
 * @property {string=} year
 * @property {boolean=} hidden a style of the person's own has this name
 */

/**
 * One model file as catalogue.json lists it.
 * @typedef {object} ModelFile
 * @property {string} url
 * @property {number} cost thousand multiply-adds per pixel
 * @property {StyleCard[]} styles
 */

/**
 * How to paint: with which file, and how many pixels the longer side has at most.
 * @typedef {object} Level
 * @property {ModelFile} file
 * @property {number} side
 * @property {number} cost
 */

/**
 * Names of styles and how much of each.
 * @typedef {{name: string, weight: number}[]} Mix
 */

/** What a network is called. @param {string} url */
export function networkName(url) {
  return url.replace(/^.*\//, "").replace(/\.onnx$/, "");
}

/** @param {ModelFile} file */
export function shownStyles(file) {
  return file.styles.filter(({ hidden }) => !hidden);
}

const SIDES = [1280, 960, 640, 480, 320];
/** Below this, the lightest network that has the style paints. */
const LIGHT_BELOW = 640;

export class Networks {
  /** @param {ModelFile[]} files @param {number} threads */
  constructor(files, threads) {
    this.files = files;
    this.threads = threads;
    /** @type {Map<string, Promise<PleinairEngine>>} */
    this.engines = new Map();
    /** @type {Promise<Runtime>|undefined} */
    this.runtime = undefined;
    /** Addresses of those that can paint at once. @type {Set<string>} */
    this.ready = new Set();
    /** Addresses of those that could not be had. @type {Set<string>} */
    this.missing = new Set();
  }

  /** @param {ModelFile} file */
  isReady({ url }) {
    return this.ready.has(url);
  }

  /**
   * Files that have all styles of a mix, the finest first: those that can be had, unless none can.
   * @param {Mix} mix
   */
  able(mix) {
    const able = this.files
      .filter((file) => mix.every(({ name }) => shownStyles(file).some((s) => s.name === name)))
      .sort((a, b) => b.cost - a.cost);
    const there = able.filter(({ url }) => !this.missing.has(url));
    return there.length ? there : able;
  }

  /**
   * Levels for a mix, best first.
   * @param {Mix} mix
   * @param {number} sourceSide longer side of the source in pixels
   * @returns {Level[]}
   */
  levels(mix, sourceSide) {
    const able = this.able(mix);
    const sides = SIDES.filter((side) => side < sourceSide);
    if (sourceSide <= SIDES[0]) sides.unshift(sourceSide);
    const lightest = able[able.length - 1];
    const light = Math.min(LIGHT_BELOW, sides[0]);
    return able
      .flatMap((file) =>
        sides
          .filter((side) => file === lightest || side >= light)
          .map((side) => ({ file, side, cost: file.cost * side * side })),
      )
      .sort((a, b) => b.cost - a.cost);
  }

  /**
   * The engine of a file, loaded once, or refused until retry(); all share memory and threads.
   * @param {ModelFile} file
   * @returns {Promise<PleinairEngine>}
   */
  engine({ url }) {
    let engine = this.engines.get(url);
    if (!engine) {
      engine = this.#load(url);
      engine.then(
        () => this.ready.add(url),
        (error) => {
          this.missing.add(url);
          if (!(error instanceof AbsentError)) console.error(error);
        },
      );
      this.engines.set(url, engine);
    }
    return engine;
  }

  /**
   * The finest engine that can be had for a mix, fetched if need be.
   * @param {Mix} mix
   * @returns {Promise<ModelFile>}
   */
  async finest(mix) {
    const able = this.able(mix);
    for (const file of able.slice(0, -1)) {
      const there = await this.engine(file).then(() => true, () => false);
      if (there) return file;
    }
    return able[able.length - 1];
  }

  /** What could not be had may be there now. */
  retry() {
    for (const url of this.missing) this.engines.delete(url);
    this.missing.clear();
  }

  /** @param {string} url */
  async #load(url) {
    this.runtime ??= Runtime.start({ threads: this.threads, fetch: fetchKept });
    this.runtime.catch(() => (this.runtime = undefined));
    const [runtime, bytes] = await Promise.all([this.runtime, fetchKept(url)]);
    return PleinairEngine.load(bytes, { runtime });
  }
}

/**
 * Weights of a file's styles for a mix; they add up to 1.
 * @param {ModelFile} file @param {Mix} mix
 */
export function weightsOf(file, mix) {
  const weights = new Float32Array(file.styles.length);
  const sum = mix.reduce((all, part) => all + part.weight, 0) || 1;
  for (const { name, weight } of mix) {
    weights[file.styles.findIndex((s) => s.name === name)] += weight / sum;
  }
  return weights;
}
