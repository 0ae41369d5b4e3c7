// What the tests run in a worker of the browser, or in its window: one function for each question.
import { EngineError, PleinairEngine, Runtime } from "/engine.js";

const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function mostDifference(a, b) {
  let most = 0;
  for (let i = 0; i < a.length; ++i) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

const tasks = {
  /** Paints a picture; gives the digest and how it was painted. */
  async paint({ model, options, picture, inputs = {}, mirrored }) {
    const engine = await PleinairEngine.load(await bytesOf(model), options);
    for (const [name, value] of Object.entries(inputs)) engine.set(name, value);
    const data = await bytesOf(picture.url);
    const result = await engine.paint({ ...picture, data }, { mirrored });
    const { threads, exact, styles } = engine;
    const said = { digest: await digest(result.data), threads, exact, styles };
    engine.close();
    return { ...said, width: result.width, height: result.height };
  },

  /** The same, of a camera's frame. */
  async frame({ model, options, picture, init }) {
    const engine = await PleinairEngine.load(await bytesOf(model), options);
    const frame = new VideoFrame(await bytesOf(picture), { timestamp: 0, ...init });
    const result = await engine.paint(frame);
    const { format } = frame;
    frame.close();
    engine.close();
    return { digest: await digest(result.data), format, width: result.width };
  },

  /** Digests of pictures painted one after another; `resetBefore` is the index of one. */
  async sequence({ model, options, pictures, resetBefore }) {
    const engine = await PleinairEngine.load(await bytesOf(model), options);
    const digests = [];
    for (const [i, picture] of pictures.entries()) {
      if (i === resetBefore) engine.reset();
      const { data } = await engine.paint({ ...picture, data: await bytesOf(picture.url) });
      digests.push(await digest(data));
    }
    engine.close();
    return digests;
  },

  /** How far apart two ways of painting are, at most, in steps of 255. */
  async difference({ model, picture, ways }) {
    const painted = [];
    for (const options of ways) {
      const engine = await PleinairEngine.load(await bytesOf(model), options);
      painted.push((await engine.paint({ ...picture, data: await bytesOf(picture.url) })).data);
      engine.close();
    }
    return mostDifference(...painted);
  },

  /** Many frames of several sizes in several styles on one runtime: its memory after each. */
  async endure({ models, options, sizes, frames }) {
    const runtime = await Runtime.start(options);
    const memory = [];
    let engines = [];
    for (let i = 0; i < frames; ++i) {
      if (i % 10 === 0) {
        const old = engines;
        engines = [];
        for (const url of models) {
          engines.push(await PleinairEngine.load(await bytesOf(url), { runtime }));
        }
        for (const engine of old) engine.close();
      }
      const [width, height] = sizes[i % sizes.length];
      const data = new Uint8ClampedArray(4 * width * height).fill(i);
      await engines[i % engines.length].paint(new ImageData(data, width));
      memory.push(runtime.bytes);
    }
    for (const engine of engines) engine.close();
    return memory;
  },

  /** What a second picture is told while the first is being painted, and one after the end. */
  async outOfTurn({ model, picture }) {
    const engine = await PleinairEngine.load(await bytesOf(model));
    const data = await bytesOf(picture.url);
    const first = engine.paint({ ...picture, data });
    const told = [];
    await engine.paint({ ...picture, data }).catch((error) => told.push(error.message));
    await first;
    engine.close();
    await engine.paint({ ...picture, data }).catch((error) => told.push(error.message));
    return told;
  },
};

/** Runs a task; an error of the engine becomes its code and message. */
export async function run(task, given) {
  try {
    return await tasks[task](given);
  } catch (error) {
    if (error instanceof EngineError) return { code: error.code, message: error.message };
    throw error;
  }
}

if (typeof document === "undefined") {
  self.onmessage = async ({ data: [task, given] }) => {
    try {
      self.postMessage({ result: await run(task, given) });
    } catch (error) {
      self.postMessage({ failed: `${error.stack ?? error}` });
    }
  };
}
