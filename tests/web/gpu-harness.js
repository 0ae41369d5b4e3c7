// What the tests of the GPU run in a worker of the browser: one function for each question.
import { PleinairEngine } from "/engine.js";
import { Gpu } from "/gpu.js";
import { GpuEngine } from "/gpu-engine.js";
import { Frames } from "/gpu-frame.js";

const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

async function openGpu() {
  const gpu = await Gpu.open(await navigator.gpu.requestAdapter());
  const frames = new Frames(gpu);
  await frames.compile();
  const canvas = new OffscreenCanvas(1, 1).getContext("webgpu");
  const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.RENDER_ATTACHMENT;
  canvas.configure({ device: gpu.device, format: "rgba8unorm", usage, alphaMode: "opaque" });
  return { gpu, frames, canvas };
}

function pixelsOf(image, width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function difference(a, b) {
  let most = 0;
  for (let i = 0; i < a.length; ++i) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

async function paintOn({ gpu, frames, canvas }, engine, frame, width, height) {
  const done = engine.paint(frame, { width, height }, frames, canvas);
  const { canvas: shown } = canvas;
  const { data } = pixelsOf(shown, shown.width, shown.height);
  await done;
  if (gpu.trouble) throw new Error(gpu.trouble);
  return data;
}

/** For tasks that are run again. */
let kept;

const tasks = {
  /** How far apart the painting of a GPU and that of the engine are at most, in steps of 255. */
  async apart({ model, width, height, picture, inputs }) {
    const bytes = await bytesOf(model);
    const there = await openGpu();
    const engine = await GpuEngine.load(there.gpu, bytes);
    const processor = await PleinairEngine.load(bytes);
    const image = new ImageData(new Uint8ClampedArray(await bytesOf(picture)), width, height);
    await engine.prepare(width, height);
    const all = [];
    for (const given of inputs) {
      for (const [name, value] of Object.entries(given)) {
        engine.set(name, value);
        processor.set(name, value);
      }
      const frame = await createImageBitmap(image);
      const found = await paintOn(there, engine, frame, width, height);
      const { data } = await processor.paint(image);
      const spread = Math.max(...data) - Math.min(...data.filter((_, i) => i % 4 < 3));
      all.push([difference(found, data), spread]);
    }
    there.gpu.close();
    return all;
  },

  /** What a network that changes nothing makes of frames, beside what a 2D canvas shows of them. */
  async frames({ model, width, height, picture, kinds, to }) {
    const there = await openGpu();
    const engine = await GpuEngine.load(there.gpu, await bytesOf(model));
    await engine.prepare(...to);
    const image = new ImageData(new Uint8ClampedArray(await bytesOf(picture)), width, height);
    const all = {};
    for (const kind of kinds) {
      const frame = await frameOf(kind, image);
      there.frames.imports = kind !== "copied";
      const data = await paintOn(there, engine, frame, ...to);
      all[kind] = difference(data, pixelsOf(frame, ...to).data);
      frame.close();
    }
    there.gpu.close();
    return all;
  },

  /** Paints so many frames; what they leave to be collected is. */
  async endure({ model, width, height, frames: count }) {
    kept ??= await openGpu();
    const { gpu, frames, canvas } = kept;
    kept.engine ??= await GpuEngine.load(gpu, await bytesOf(model));
    await kept.engine.prepare(width, height);
    const show = new OffscreenCanvas(width, height).getContext("2d");
    for (let i = 0; i < count; ++i) {
      const frame = i420(width, height, i);
      const done = kept.engine.paint(frame, { width, height }, frames, canvas);
      show.drawImage(canvas.canvas, 0, 0);
      await done;
      frame.close();
      if (i % 100 === 99) self.gc();
    }
    return gpu.trouble;
  },
};

function i420(width, height, shift) {
  const luma = width * height;
  const data = new Uint8Array((luma * 3) / 2).fill(128);
  for (let i = 0; i < luma; ++i) data[i] = 16 + (((i % width) + shift) % 220);
  return new VideoFrame(data, { format: "I420", codedWidth: width, codedHeight: height, timestamp: 0 });
}

async function frameOf(kind, image) {
  if (kind === "bitmap") return createImageBitmap(image);
  return i420(image.width, image.height, 0);
}

self.onmessage = async ({ data: [task, given] }) => {
  try {
    self.postMessage({ result: await tasks[task](given) });
  } catch (error) {
    self.postMessage({ failed: `${error.stack ?? error}` });
  }
};
