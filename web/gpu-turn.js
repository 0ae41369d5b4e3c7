/**
 * The GPU's turns at painting. It is opened, and its code fetched, when the browser has one and it
 * is time to try it; where it is slower, wrong or lost, the processor paints on.
 */

import { Choice } from "./choice.js";
import { findAdapter } from "./features.js";

/** @typedef {import("./gpu-painter.js").GpuPainter} GpuPainter */
/** @typedef {import("./gpu-painter.js").Job} Job */
/** @typedef {import("./networks.js").Level} Level */
/** @typedef {"gpu"|"wasm"|"auto"} Wish who is to paint */

/** Milliseconds after which a frame will not be painted any more, and of a GPU that is forced. */
const PATIENCE = 1000;
const MORE_PATIENCE = 20_000;

export class GpuTurn {
  /**
   * @param {import("./networks.js").Networks} networks
   * @param {Wish} wish
   * @param {(text: string) => void} complain where a GPU that was asked for does not paint
   */
  constructor(networks, wish, complain) {
    this.networks = networks;
    this.complain = complain;
    this.choice = new Choice(wish === "gpu");
    /** @type {GpuPainter | undefined} */
    this.painter = undefined;
    this.opening = false;
    if (wish === "wasm") this.choice.never();
    this.#tryNow();
  }

  /**
   * Counts a frame that the processor has painted.
   * @param {Level} level @param {number} took
   */
  processorTook(level, took) {
    this.choice.processorTook(took, level.cost);
    if (!this.painter) this.#tryNow(level);
  }

  /** @param {Level} [level] where the ladder stands */
  #tryNow(level) {
    if (this.opening || !this.choice.wantsGpu(performance.now())) return;
    this.opening = true;
    this.#open(level)
      .catch((error) => this.#leave(error.message))
      .finally(() => (this.opening = false));
  }

  /** @param {Level} [level] */
  async #open(level) {
    const adapter = await findAdapter(this.choice.forced);
    if (!adapter) return this.#leave("this browser has no GPU for pages (WebGPU)");
    const { GpuPainter } = await import("./gpu-painter.js");
    const painter = await GpuPainter.open(adapter, this.networks, level);
    painter.gpu.lost.then(() => this.#lose(painter));
    this.choice.begin();
    this.painter = painter;
  }

  /**
   * What the GPU is to paint next, unless it is the processor's turn.
   * @param {import("./painter-worker.js").Look} look
   * @param {{width: number, height: number}} source
   */
  job(look, source) {
    const { painter } = this;
    if (painter?.wrong) this.#leave(painter.wrong);
    return this.painter?.job(look, source);
  }

  /**
   * Begins to paint. The canvas must be drawn before anything is waited for.
   * @param {VideoFrame | ImageBitmap} frame
   * @param {Job} job
   * @returns {{canvas: OffscreenCanvas, done: Promise<boolean>, quality: import("./quality.js").Quality}}
   *   `done`: false where it was not painted
   */
  paint(frame, job) {
    const painter = /** @type {GpuPainter} */ (this.painter);
    const began = performance.now();
    const late = this.choice.forced ? MORE_PATIENCE : PATIENCE;
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const done = Promise.race([
      painter.paint(frame, job).then(() => "painted", () => "failed"),
      painter.gpu.lost.then(() => "lost"),
      new Promise((resolve) => (timer = setTimeout(resolve, late, "late"))),
    ]).then((how) => {
      clearTimeout(timer);
      if (how !== "painted" || painter.gpu.trouble) {
        if (how !== "lost" && this.painter === painter) this.#leave(painter.gpu.trouble || `a frame ${how}`);
        return false;
      }
      const stays = this.choice.gpuTook(performance.now() - began, job.level.cost);
      if (!stays && this.painter === painter) this.#leave("the processor is faster");
      return true;
    });
    return { canvas: painter.canvas, done, quality: painter.quality };
  }

  /** @param {GpuPainter} painter */
  #lose(painter) {
    if (this.painter !== painter) return;
    console.info(`pleinair: ${painter.gpu.trouble}; the processor paints`);
    this.painter = undefined;
    this.choice.lost(performance.now());
    painter.close();
  }

  /** @param {string} why */
  #leave(why) {
    this.choice.never();
    const { painter } = this;
    this.painter = undefined;
    painter?.close();
    if (this.choice.forced) this.complain(`The GPU does not paint: ${why}.`);
    else if (painter) console.info(`pleinair: ${why}; the processor paints`);
  }
}
