// One way of painting in a worker of its own: made once, then timed whenever the page asks.

/** @type {() => Promise<unknown>} */
let paint;

const ways = {
  async pleinair({ model, width, height, options }) {
    const { PleinairEngine } = await import("/web/engine.js");
    const engine = await PleinairEngine.load(model, { ...options, base: `${location.origin}/modules/` });
    if (engine.threads !== (options.threads ?? 1)) throw new Error("the page is not isolated");
    const data = noise(4 * width * height);
    const out = new Uint8ClampedArray(data.length);
    paint = () => engine.paint({ data, width, height }, { out });
  },

  async onnxruntime({ model, width, height, options, inputs }) {
    const ort = await import("/npm/ort.wasm.min.mjs");
    ort.env.wasm.wasmPaths = "/npm/";
    ort.env.wasm.numThreads = options.threads;
    const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
    const image = new ort.Tensor("uint8", noise(3 * width * height), [1, height, width, 3]);
    const feeds = { [session.inputNames[0]]: image };
    for (const [name, { values, shape }] of Object.entries(inputs)) {
      feeds[name] = new ort.Tensor("float32", Float32Array.from(values), shape);
    }
    paint = () => session.run(feeds);
  },
};

function noise(bytes) {
  const data = new Uint8Array(bytes);
  for (let i = 0; i < bytes; ++i) data[i] = (i * i * 7 + i * 13 + (i >> 9)) & 255;
  return data;
}

self.onmessage = async ({ data: { make, runs } }) => {
  try {
    if (make) await ways[make.way](make);
    const times = [];
    for (let i = 0; i < (runs ?? 2); ++i) {
      const start = performance.now();
      await paint();
      times.push(performance.now() - start);
    }
    self.postMessage({ times });
  } catch (error) {
    self.postMessage({ failed: `${error.stack ?? error}` });
  }
};
