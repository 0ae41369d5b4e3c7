/** Paints frames on a GPU: checks each network there first, and prepares what is to be painted next. */

import { PleinairEngine } from "./engine.js";
import { Gpu, usage } from "./gpu.js";
import { GpuEngine } from "./gpu-engine.js";
import { Frames } from "./gpu-frame.js";
import { fetchKept } from "./offline.js";
import { Quality } from "./quality.js";
import { fit } from "./stage.js";

/** @typedef {import("./networks.js").Level} Level */
/** @typedef {import("./networks.js").ModelFile} ModelFile */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{engine: GpuEngine, level: Level, size: Size}} Job what is ready to paint */

/** Of the tiny frame by which a network is checked. */
const CHECK = { width: 48, height: 32 };
/** By how much of 255 it may differ from the processor's painting; and a video's frame, as converted. */
const STEP = 1;
const CONVERSION = 4;

/** The GPU makes something else of a picture than the processor. */
class WrongError extends Error {}

export class GpuPainter {
  /**
   * Use `GpuPainter.open`.
   * @param {Gpu} gpu
   * @param {import("./networks.js").Networks} networks
   * @param {Level} [level] where the ladder stands
   */
  constructor(gpu, networks, level) {
    this.gpu = gpu;
    this.networks = networks;
    this.quality = new Quality(networks, level);
    this.frames = new Frames(gpu);
    /** By the address of the file: those that paint as the processor does. @type {Map<string, GpuEngine>} */
    this.engines = new Map();
    /** What has no form for GPUs, or is too much for this one, as `nameOf` calls it. @type {Set<string>} */
    this.refused = new Set();
    this.preparing = false;
    /** @type {Job | undefined} */
    this.last = undefined;
    /** Why it can't go on. */
    this.wrong = "";
    this.canvas = new OffscreenCanvas(1, 1);
    const context = this.canvas.getContext("webgpu");
    if (!context) throw new Error("this browser draws nothing by WebGPU in a worker");
    this.context = /** @type {GPUCanvasContext} */ (/** @type {unknown} */ (context));
    this.context.configure({
      device: gpu.device,
      format: "rgba8unorm",
      usage: usage("Texture", "STORAGE_BINDING", "RENDER_ATTACHMENT"),
      alphaMode: "opaque",
    });
  }

  /**
   * @param {GPUAdapter} adapter
   * @param {import("./networks.js").Networks} networks
   * @param {Level} [level]
   */
  static async open(adapter, networks, level) {
    const gpu = await Gpu.open(adapter, { fetch: fetchKept });
    try {
      const painter = new GpuPainter(gpu, networks, level);
      await painter.frames.compile();
      if ("VideoFrame" in self) painter.#checkFrames();
      return painter;
    } catch (error) {
      gpu.close();
      throw error;
    }
  }

  /**
   * What can be painted for a look: what the ladder wants, or the best below it that this GPU has a
   * form and the memory for. Until that is ready it is what was painted last, if it has these
   * styles. None is the processor's turn.
   * @param {import("./painter-worker.js").Look} look
   * @param {Size} source
   * @returns {Job | undefined}
   */
  job(look, source) {
    const wanted = this.quality.choose(look.mix, source);
    const { levels } = this.quality;
    const sized = (/** @type {number} */ side) => fit(source.width, source.height, side);
    for (const level of levels.slice(levels.indexOf(wanted))) {
      const size = sized(look.side || level.side);
      if (this.refused.has(nameOf(level.file, size))) continue;
      const engine = this.engines.get(level.file.url);
      if (engine?.isReady(size.width, size.height)) return (this.last = { engine, level, size });
      this.#prepare(level.file, size);
      break;
    }
    if (!this.last) return undefined;
    const { level: before, size } = this.last;
    const fits = nameOf(before.file, size) === nameOf(before.file, sized(Math.max(size.width, size.height)));
    return fits && this.networks.able(look.mix).includes(before.file) ? this.last : undefined;
  }

  /**
   * @param {ModelFile} file
   * @param {Size} size
   */
  async #prepare(file, size) {
    if (this.preparing || this.wrong) return;
    this.preparing = true;
    try {
      const engine = this.engines.get(file.url) ?? (await this.#load(file));
      this.engines.set(file.url, engine);
      await engine.prepare(size.width, size.height);
    } catch (error) {
      if (error instanceof WrongError) this.wrong = error.message;
      else console.info(`pleinair: no GPU for ${nameOf(file, size)}: ${error}`);
      this.refused.add(nameOf(file, size));
    }
    this.preparing = false;
  }

  /** @param {ModelFile} file */
  async #load(file) {
    const bytes = await fetchKept(file.url);
    const engine = await GpuEngine.load(this.gpu, bytes);
    await engine.prepare(CHECK.width, CHECK.height);
    const { runtime } = await this.networks.engine(file);
    const processor = await PleinairEngine.load(bytes, { runtime });
    const picture = testPicture();
    const bitmap = await createImageBitmap(picture);
    const wanted = (await processor.paint(picture)).data;
    processor.close();
    const done = engine.paint(bitmap, CHECK, this.frames, this.context);
    const found = pixelsOf(this.canvas);
    await done;
    const apart = mostApart(found, wanted);
    if (apart > STEP) throw new WrongError(`the GPU paints wrongly, by ${apart} of 255`);
    return engine;
  }

  /** Frames of videos come as the browser shows them: imported, or else copied. */
  #checkFrames() {
    const frame = testFrame();
    const wanted = pixelsOf(frame);
    for (;;) {
      const encoder = this.gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      Object.assign(this.canvas, CHECK);
      this.frames.bring(frame, this.context.getCurrentTexture(), pass);
      pass.end();
      this.gpu.device.queue.submit([encoder.finish()]);
      const apart = mostApart(pixelsOf(this.canvas), wanted);
      if (apart <= CONVERSION) break;
      if (!this.frames.imports) throw new Error(`the GPU sees frames wrongly, by ${apart} of 255`);
      this.frames.imports = false;
    }
    frame.close();
  }

  /**
   * Paints onto `canvas`; resolves when that is done.
   * @param {VideoFrame | ImageBitmap} frame
   * @param {Job} job whose engine has been told the style
   */
  async paint(frame, { engine, size }) {
    await engine.paint(frame, size, this.frames, this.context);
  }

  close() {
    this.gpu.close();
  }
}

/** @param {ModelFile} file @param {Size} size */
function nameOf({ url }, { width, height }) {
  return `${url} at ${width}x${height}`;
}

/** Colours and edges. */
function testPicture() {
  const { width, height } = CHECK;
  const picture = new ImageData(width, height);
  for (let i = 0; i < width * height; ++i) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const edge = (x >> 3) % 2 === (y >> 3) % 2 ? 60 : 0;
    picture.data.set([5 * x + edge / 10, 6 * y + edge, 250 - 2 * x - 3 * y, 255], 4 * i);
  }
  return picture;
}

/** A ramp with colours, as cameras give it. */
function testFrame() {
  const { width, height } = CHECK;
  const luma = width * height;
  const data = new Uint8Array(1.5 * luma);
  for (let i = 0; i < luma; ++i) data[i] = 40 + 3 * (i % width);
  data.fill(110, luma, 1.25 * luma).fill(150, 1.25 * luma);
  return new VideoFrame(data, { format: "I420", codedWidth: width, codedHeight: height, timestamp: 0 });
}

/** @param {OffscreenCanvas | VideoFrame} image */
function pixelsOf(image) {
  const context = new OffscreenCanvas(CHECK.width, CHECK.height).getContext("2d", { willReadFrequently: true });
  context?.drawImage(image, 0, 0, CHECK.width, CHECK.height);
  return /** @type {ImageData} */ (context?.getImageData(0, 0, CHECK.width, CHECK.height)).data;
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function mostApart(a, b) {
  let most = Math.abs(a.length - b.length);
  for (let i = 0; i < a.length; ++i) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}
