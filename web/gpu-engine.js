/**
 * The engine on a GPU: `const engine = await GpuEngine.load(gpu, bytes)`, `await
 * engine.prepare(width, height)`, then `engine.paint(frame, ...)`. Pictures stay on the GPU.
 */

import { PleinairEngine } from "./engine.js";
import { GpuPlan } from "./gpu-plan.js";

/** @typedef {import("./gpu.js").Gpu} Gpu */

/** The size that paints, and the one that is to paint next. */
const PLANS_KEPT = 2;

/** A model of one or several styles, ready to paint. */
export class GpuEngine {
  /**
   * Use `GpuEngine.load`.
   * @param {Gpu} gpu
   * @param {PleinairEngine} model
   */
  constructor(gpu, model) {
    this.gpu = gpu;
    this.model = model;
    /** By the size of the source, the latest last. @type {Map<string, GpuPlan>} */
    this.plans = new Map();
  }

  /**
   * Loads a model: the bytes of an ONNX file that turns a picture into another.
   * @param {Gpu} gpu
   * @param {ArrayBuffer | Uint8Array} model
   */
  static async load(gpu, model) {
    return new GpuEngine(gpu, await PleinairEngine.load(model, { runtime: gpu.runtime }));
  }

  /** What the model takes besides the picture. */
  get inputs() {
    return this.model.inputs;
  }

  /**
   * Sets an input of the model, as `PleinairEngine.set` does.
   * @param {string} name
   * @param {number | ArrayLike<number>} value
   */
  set(name, value) {
    this.model.set(name, value);
  }

  /** Can it paint pictures of this size at once? @param {number} width @param {number} height */
  isReady(width, height) {
    return this.plans.has(`${width}x${height}`);
  }

  /**
   * Makes what paints pictures of this size. Others may be painted meanwhile.
   * @param {number} width
   * @param {number} height
   */
  async prepare(width, height) {
    const size = `${width}x${height}`;
    if (this.plans.has(size)) return;
    const { runtime } = this.gpu;
    const { model, smoothing } = this.model;
    const session = runtime.exports.session_create(model, width, height, 1, smoothing);
    if (!session) throw runtime.error();
    const plan = new GpuPlan(this.gpu, session);
    try {
      await plan.prepare();
    } catch (error) {
      plan.close();
      throw error;
    }
    const [oldest] = this.plans.keys();
    if (this.plans.size === PLANS_KEPT) this.forget(oldest);
    this.plans.set(size, plan);
  }

  /**
   * Paints a picture onto a canvas that this device was given to. What draws that canvas must do so
   * before it waits for anything.
   * @param {VideoFrame | ImageBitmap} frame stays open
   * @param {{width: number, height: number}} size of what the network looks at, prepared
   * @param {import("./gpu-frame.js").Frames} frames
   * @param {GPUCanvasContext} canvas
   * @returns {Promise<void>} resolves when it is painted
   */
  paint(frame, { width, height }, frames, canvas) {
    const size = `${width}x${height}`;
    const plan = this.plans.get(size);
    if (!plan) throw new Error("prepare() comes first");
    this.plans.delete(size);
    this.plans.set(size, plan);
    const { runtime } = this.gpu;
    if (runtime.exports.parameters(plan.session, this.model.model, this.model.addresses.at)) {
      throw runtime.error();
    }
    plan.writeParameters();
    const encoder = this.gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    frames.bring(frame, plan.picture, pass);
    const { canvas: shown } = canvas;
    if (shown.width !== plan.width) shown.width = plan.width;
    if (shown.height !== plan.height) shown.height = plan.height;
    plan.paint(pass, canvas.getCurrentTexture());
    pass.end();
    this.gpu.device.queue.submit([encoder.finish()]);
    return this.gpu.device.queue.onSubmittedWorkDone();
  }

  /** @param {string} size */
  forget(size) {
    this.plans.get(size)?.close();
    this.plans.delete(size);
  }

  /** Gives back its memory. */
  close() {
    for (const size of [...this.plans.keys()]) this.forget(size);
    this.model.close();
  }
}
