/**
 * The loop that paints, off the page's main thread. It takes the newest frame, never a queue of
 * them: what comes while it paints is dropped.
 */

import { Fade } from "./fade.js";
import { GpuTurn } from "./gpu-turn.js";
import { Networks, shownStyles, weightsOf } from "./networks.js";
import { Quality } from "./quality.js";
import { extents, fit, Scaler, Stage } from "./stage.js";

/**
 * What the page wants to see.
 * @typedef {object} Look
 * @property {import("./networks.js").Mix} mix
 * @property {number} strength 0..1
 * @property {number} colours 0..1: how much of the photo's own colours stay
 * @property {number} split 0..1: how much of the width shows the source itself
 * @property {number} side longest side in pixels, 0: chosen by the ladder
 * @property {boolean} thumbnails
 */

/** Frames per second of a source that does not say. */
const USUAL_RATE = 30;
/** Milliseconds for which a photo is painted again and again, longer than a fade. */
const REPAINTED_FOR = 600;
const THUMBNAIL = 96;
/** A thumbnail is painted with every so many frames, where there is time for it. */
const THUMBNAIL_EVERY = 6;
/** Photos are painted in full, up to this side. */
const PHOTO_SIDE = 4096;
/** Larger photos are kept as JPEG: PNG would take tens of megabytes. */
const PNG_PIXELS = 4e6;

/** @type {Look} */
let look = { mix: [], strength: 1, colours: 0, split: 0, side: 0, thumbnails: true };
/** @type {Networks} */
let networks;
/** @type {Stage} */
let stage;
/** @type {Quality} */
let quality;
/** @type {GpuTurn} */
let gpu;
/** How many networks the page has been told are missing. */
let missing = 0;
/** @type {{file: import("./networks.js").ModelFile, fade: Fade, wanted: string}|undefined} */
let current;
/** @type {ReadableStreamDefaultReader<VideoFrame>|undefined} */
let reader;
let paused = false;
let photoWanted = false;
let busy = false;
let count = 0;
let interval = 1000 / USUAL_RATE;
let lastStamp = NaN;
/** @type {ImageBitmap|undefined} */
let still;
let repainting = false;
let repaintUntil = 0;
let nextThumbnail = 0;
/** Pixels painted last, and shown: memory for the next ones. @type {Uint8Array|Uint8ClampedArray} */
let pixels = new Uint8Array();
const scaler = new Scaler();
const thumbnailScaler = new Scaler();

/** @param {object} message @param {Transferable[]} transfer */
function say(message, transfer = []) {
  /** @type {any} */ (self).postMessage(message, transfer);
}

/** @param {unknown} error */
function complain(error) {
  say({ is: "error", text: error instanceof Error ? error.message : String(error) });
}

/**
 * How often frames come, from their own time stamps in microseconds.
 * @param {VideoFrame|ImageBitmap} frame
 */
function measureInterval(frame) {
  const stamp = "timestamp" in frame ? frame.timestamp / 1000 : NaN;
  const between = stamp - lastStamp;
  lastStamp = stamp;
  // Dropped frames make gaps: only what is plausible for two neighbours counts.
  if (between > 5 && between < 1.5 * interval) interval += 0.1 * (between - interval);
}

/**
 * Sets what the model can be told; files of one style may take no such inputs.
 * @param {Pick<import("./engine.js").PleinairEngine, "inputs"|"set">} engine @param {Float32Array} style
 */
function set(engine, style) {
  const values = { style, strength: look.strength, colours: look.colours };
  for (const [name, value] of Object.entries(values)) {
    if (engine.inputs.has(name)) engine.set(name, value);
  }
}

/** @param {import("./engine.js").Painted} painted */
function toImage({ data, width, height }) {
  return new ImageData(/** @type {Uint8ClampedArray<ArrayBuffer>} */ (data), width, height);
}

/**
 * Weights of a file's styles, in a fade or after it.
 * @param {import("./networks.js").ModelFile} file @param {number} now
 */
function styleAt(file, now) {
  const wanted = JSON.stringify(look.mix);
  if (current?.file !== file) {
    current = { file, fade: new Fade(file.styles.length), wanted: "" };
  }
  if (current.wanted !== wanted) {
    current.fade.turn(weightsOf(file, look.mix), now);
    current.wanted = wanted;
  }
  return current.fade.at(now, interval);
}

/**
 * The engine of a file with its style set.
 * @param {import("./networks.js").ModelFile} file @param {number} now
 */
async function ready(file, now) {
  const engine = await networks.engine(file);
  set(engine, styleAt(file, now));
  return engine;
}

/**
 * @typedef {object} Shown
 * @property {"gpu"|"wasm"} by
 * @property {import("./networks.js").Level} level
 * @property {{width: number, height: number}} size of what the network looked at
 * @property {Quality} quality that chose
 */

/**
 * @param {VideoFrame|ImageBitmap} frame
 * @param {number} began
 * @returns {Promise<Shown|undefined>} nothing where it is the processor's turn
 */
async function paintByGpu(frame, began) {
  const job = gpu.job(look, extents(frame));
  if (!job) return undefined;
  set(job.engine, styleAt(job.level.file, began));
  const { canvas, done, quality } = gpu.paint(frame, job);
  stage.show(canvas, frame, look.split);
  return (await done) ? { by: "gpu", quality, ...job } : undefined;
}

/**
 * @param {VideoFrame|ImageBitmap} frame
 * @param {number} began
 * @returns {Promise<Shown>}
 */
async function paintByProcessor(frame, began) {
  const { width, height } = extents(frame);
  const level = quality.choose(look.mix, { width, height });
  const engine = await ready(level.file, began);
  const size = fit(width, height, look.side || level.side);
  const out = pixels.length === 4 * size.width * size.height ? pixels : undefined;
  const painted = await engine.paint(scaler.scaled(frame, size), { out });
  pixels = painted.data;
  stage.show(toImage(painted), frame, look.split);
  gpu.processorTook(level, performance.now() - began);
  return { by: "wasm", level, size, quality };
}

/** @param {VideoFrame|ImageBitmap} frame */
async function paint(frame) {
  measureInterval(frame);
  let began = performance.now();
  let shown = await paintByGpu(frame, began);
  if (!shown) shown = await paintByProcessor(frame, (began = performance.now()));
  const { by, level, size } = shown;
  const now = performance.now();
  ++count;
  if (look.side === 0 && !still) shown.quality.painted(level, now - began, interval, now);
  say({ is: "painted", count, took: now - began, now, ...size, url: level.file.url, by });
  if (photoWanted) await takePhoto(frame);
  const idle = now - began < interval / 2 || still;
  if (look.thumbnails && idle && count % THUMBNAIL_EVERY === 0) await paintThumbnail(frame);
  if (missing !== networks.missing.size) tellMissing();
}

function tellMissing() {
  missing = networks.missing.size;
  say({ is: "missing", urls: [...networks.missing] });
}

/**
 * There is time for the finest network.
 * @param {VideoFrame|ImageBitmap} frame
 */
async function takePhoto(frame) {
  photoWanted = false;
  const file = await networks.finest(look.mix);
  const { width, height } = extents(frame);
  const size = fit(width, height, PHOTO_SIDE);
  const engine = await ready(file, performance.now() + interval);
  const painted = toImage(await engine.paint(scaler.scaled(frame, size)));
  const canvas = new OffscreenCanvas(size.width, size.height);
  canvas.getContext("2d")?.putImageData(painted, 0, 0);
  const type = size.width * size.height > PNG_PIXELS ? "image/jpeg" : "image/png";
  say({ is: "photo", blob: await canvas.convertToBlob({ type, quality: 0.95 }) });
}

/**
 * One style of the gallery on the middle of the frame, the next one each time.
 * @param {VideoFrame|ImageBitmap} frame
 */
async function paintThumbnail(frame) {
  const cards = networks.files.flatMap((file) => shownStyles(file).map(({ name }) => ({ file, name })));
  // A style that several files have is shown by the lightest of them.
  const light = cards.filter(
    ({ file, name }) => !cards.some((c) => c.name === name && c.file.cost < file.cost),
  );
  const { file, name } = light[nextThumbnail++ % light.length];
  const engine = await networks.engine(file);
  set(engine, weightsOf(file, [{ name, weight: 1 }]));
  const painted = await engine.paint(thumbnailScaler.square(frame, THUMBNAIL));
  const bitmap = await createImageBitmap(toImage(painted));
  say({ is: "thumbnail", name, bitmap }, [bitmap]);
}

/**
 * Every style once, from a picture that stands in for the camera until there is one.
 * @param {ImageBitmap} bitmap
 */
async function previewAll(bitmap) {
  const names = new Set(networks.files.flatMap((file) => shownStyles(file).map(({ name }) => name)));
  for (let i = 0; i < names.size && count === 0; ++i) await paintThumbnail(bitmap);
  bitmap.close();
}

/**
 * Paints a frame unless another is being painted, and closes it.
 * @param {VideoFrame|ImageBitmap} frame
 */
async function take(frame) {
  if (busy || paused || look.mix.length === 0) {
    if (frame !== still) frame.close();
    return;
  }
  busy = true;
  try {
    await paint(frame);
  } catch (error) {
    photoWanted = false;
    complain(error);
  } finally {
    busy = false;
    if (frame !== still) frame.close();
  }
}

/** @param {ReadableStream<VideoFrame>} stream */
async function follow(stream) {
  const mine = stream.getReader();
  reader = mine;
  while (reader === mine) {
    const { value, done } = await mine.read();
    if (done) return;
    await take(value);
  }
  await mine.cancel();
}

/** A photo is painted again whenever the look changes, until the fade is over. */
async function repaintStill() {
  repaintUntil = performance.now() + REPAINTED_FOR;
  if (repainting) return;
  repainting = true;
  while (still && (photoWanted || performance.now() < repaintUntil)) {
    await take(still);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  repainting = false;
}

function closeSource() {
  reader?.cancel().catch(() => {});
  reader = undefined;
  still?.close();
  still = undefined;
  lastStamp = NaN;
  networks.retry();
}

/** @type {Record<string, (message: any) => void>} */
const orders = {
  start({ canvas, files, threads, wish }) {
    stage = new Stage(canvas);
    networks = new Networks(files, threads);
    quality = new Quality(networks);
    gpu = new GpuTurn(networks, wish, (text) => say({ is: "error", text }));
  },
  look({ look: wanted }) {
    look = wanted;
    repaintStill();
  },
  stream({ readable, rate }) {
    closeSource();
    interval = 1000 / (rate || USUAL_RATE);
    follow(readable).catch(complain);
  },
  async frame({ frame }) {
    await take(frame);
    say({ is: "ready" });
  },
  photoSource({ bitmap }) {
    closeSource();
    still = bitmap;
    repaintStill();
  },
  preview({ bitmap }) {
    previewAll(bitmap).catch(complain);
  },
  shutter() {
    photoWanted = true;
    repaintStill();
  },
  pause({ paused: wanted }) {
    paused = wanted;
  },
  async use({ port }) {
    const { bytes, threads } = await /** @type {Promise<import("./engine.js").Runtime>} */ (networks.runtime);
    port.postMessage({ bytes, threads });
  },
  close: closeSource,
};

self.addEventListener("online", () => {
  networks.retry();
  tellMissing();
});

self.addEventListener("message", ({ data }) => {
  try {
    orders[data.do](data);
  } catch (error) {
    complain(error);
  }
});
