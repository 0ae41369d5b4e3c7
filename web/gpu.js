/**
 * A GPU for painting: the device, the engine's module that knows what to tell it, and shaders.
 */

import { Runtime } from "./runtime.js";

/**
 * @typedef {object} GpuOptions
 * @property {string | URL} [base] where the .wasm file and the folder gpu/ lie (default: beside this)
 * @property {(url: URL) => Promise<Uint8Array<ArrayBuffer>>} [fetch] gets a file
 */

export class Gpu {
  /**
   * Use `Gpu.open`.
   * @param {GPUDevice} device
   * @param {Runtime} runtime
   * @param {(name: string) => Promise<string>} shaderFile
   */
  constructor(device, runtime, shaderFile) {
    this.device = device;
    this.runtime = runtime;
    this.shaderFile = shaderFile;
    /** By their code, which layers of one shape share. @type {Map<string, Promise<GPUComputePipeline>>} */
    this.pipelines = new Map();
    /** Why it can't be used any more. */
    this.trouble = "";
    /** Resolves when it can't. @type {Promise<void>} */
    this.lost = new Promise((resolve) => {
      const stop = (/** @type {string} */ why) => {
        this.trouble ||= why;
        resolve();
      };
      device.lost.then(({ message, reason }) => stop(`the GPU was lost: ${message || reason}`));
      device.addEventListener("uncapturederror", ({ error }) => stop(error.message));
    });
  }

  /**
   * @param {GPUAdapter} adapter
   * @param {GpuOptions} [options]
   */
  static async open(adapter, { base = import.meta.url, fetch = download } = {}) {
    const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
    const [device, [, runtime]] = await Promise.all([
      adapter.requestDevice({ requiredLimits: { maxStorageBufferBindingSize, maxBufferSize } }),
      Runtime.open("pleinair-gpu.wasm", { base, fetch }),
    ]);
    /** @type {Map<string, Promise<string>>} */
    const files = new Map();
    return new Gpu(device, runtime, (name) => {
      const file = files.get(name) ?? fetch(new URL(`gpu/${name}.wgsl`, base)).then(decode);
      files.set(name, file);
      return file;
    });
  }

  /**
   * The pipeline of a shader: its particular part, whose first line names the files to append.
   * @param {string} code
   */
  compile(code) {
    const made = this.pipelines.get(code) ?? this.#compile(code);
    this.pipelines.set(code, made);
    return made;
  }

  /** @param {string} code */
  async #compile(code) {
    const [first] = code.split("\n", 1);
    const names = first.startsWith("// with ") ? first.slice("// with ".length).split(" ") : [];
    const files = await Promise.all(names.map(this.shaderFile));
    const module = this.device.createShaderModule({ code: [code, ...files].join("\n") });
    return this.device.createComputePipelineAsync({
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
  }

  close() {
    this.device.destroy();
  }
}

/**
 * What a texture or a buffer is for.
 * @param {"Texture" | "Buffer"} kind
 * @param {string[]} names as WebGPU has them
 */
export function usage(kind, ...names) {
  const flags = /** @type {any} */ (globalThis)[`GPU${kind}Usage`];
  return names.reduce((all, name) => all | flags[name], 0);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function decode(bytes) {
  return new TextDecoder().decode(bytes);
}

/** @param {URL} url */
async function download(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} is not there (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}
