/** Frames per second and milliseconds of the last second, shown on demand. */

import { networkName } from "./networks.js";

/** @typedef {import("./painter.js").Report} Report */

const SPAN = 1000;
const WHO = { gpu: "WebGPU", wasm: "WebAssembly" };

export class Stats {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    /** @type {Report[]} */
    this.recent = [];
  }

  /** @param {Report} report */
  show(report) {
    this.recent.push(report);
    while (this.recent[0].now < report.now - SPAN) this.recent.shift();
    const frames = this.recent.length - 1;
    if (frames < 1) return;
    const fps = (1000 * frames) / (report.now - this.recent[0].now);
    const took = this.recent.reduce((sum, { took }) => sum + took, 0) / this.recent.length;
    const size = `${report.width}×${report.height}`;
    const speed = `${fps.toFixed(1)} fps  ${took.toFixed(1)} ms`;
    this.place.textContent = `${speed}  ${size}  ${networkName(report.url)}  ${WHO[report.by]}`;
  }
}
