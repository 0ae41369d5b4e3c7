/**
 * What a GPU does to paint a picture of one size: the engine's commands, and the buffers and
 * pipelines made for them.
 */

import { usage } from "./gpu.js";
import { Room } from "./room.js";

/** @typedef {import("./gpu.js").Gpu} Gpu */
/** @typedef {{kind: number, width: number, height: number, bytes: number, data: number}} BufferInfo */
/** @typedef {{buffer: number, offset: number, bytes: number}} Binding */
/** @typedef {{shader: number, bindings: Binding[], groups: number[]}} DispatchInfo */
/**
 * A dispatch that is ready; `entries` where it writes the canvas, whose texture is another each time.
 * @typedef {object} Dispatch
 * @property {GPUComputePipeline} pipeline
 * @property {GPUBindGroup} [group]
 * @property {GPUBindGroupEntry[]} [entries]
 * @property {number[]} groups
 */

// Bytes of a pl_gpu_buffer and a pl_gpu_dispatch, and words of a pl_gpu_binding.
const BUFFER = 32;
const DISPATCH = 336;
const BINDING = 6;
/** In the order of `pl_gpu_kind`. */
const KINDS = ["scratch", "constants", "parameters", "input", "output", "picture in", "picture out"];

const kindOf = (/** @type {string} */ name) => KINDS.indexOf(name);

export class GpuPlan {
  /**
   * Reads the commands of a session, which becomes its own; `prepare` makes it ready.
   * @param {Gpu} gpu
   * @param {number} session
   */
  constructor(gpu, session) {
    this.gpu = gpu;
    this.session = session;
    this.infos = readBuffers(gpu, session);
    this.dispatches = readDispatches(gpu, session);
    this.code = shadersOf(gpu, session);
    const painted = this.infos[this.#find("picture out")];
    /** Of the painting. */
    this.width = painted?.width ?? 0;
    this.height = painted?.height ?? 0;
    /** @type {(GPUBuffer | GPUTexture | undefined)[]} */
    this.made = [];
    /** @type {Dispatch[]} */
    this.ready = [];
  }

  /** What the network looks at. */
  get picture() {
    return /** @type {GPUTexture} */ (this.made[this.#find("picture in")]);
  }

  async prepare() {
    if (this.#find("picture in") < 0 || this.#find("picture out") < 0 || this.#find("input") >= 0) {
      throw new Error("the model does not turn a picture into another");
    }
    const { device } = this.gpu;
    device.pushErrorScope("out-of-memory");
    try {
      for (const info of this.infos) this.made.push(make(this.gpu, info));
    } finally {
      const error = await device.popErrorScope();
      if (error) throw new Error(`the GPU has no memory for it: ${error.message}`);
    }
    await this.#compile();
  }

  /** @param {string} kind */
  #find(kind) {
    return this.infos.findIndex((info) => info.kind === kindOf(kind));
  }

  async #compile() {
    const pipelines = await Promise.all(this.code.map((code) => this.gpu.compile(code)));
    this.ready = this.dispatches.map(({ shader, bindings, groups }) => {
      const pipeline = pipelines[shader];
      const entries = bindings.map((binding, i) => ({ binding: i, resource: this.#resource(binding) }));
      const shows = bindings.some(({ buffer }) => buffer === this.#find("picture out"));
      return shows ? { pipeline, entries, groups } : { pipeline, group: this.#group(pipeline, entries), groups };
    });
  }

  /**
   * @param {Binding} binding
   * @returns {GPUBindingResource}
   */
  #resource({ buffer, offset, bytes }) {
    const made = this.made[buffer];
    if (made instanceof GPUBuffer) return { buffer: made, offset, size: bytes };
    // What is painted goes to the canvas: paint() puts that here.
    return (made ?? this.picture).createView();
  }

  /**
   * @param {GPUComputePipeline} pipeline
   * @param {GPUBindGroupEntry[]} entries
   */
  #group(pipeline, entries) {
    return this.gpu.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  }

  /** Hands over the parameters of the next picture, which the engine has computed. */
  writeParameters() {
    const { device, runtime } = this.gpu;
    const at = this.#find("parameters");
    const { data, bytes } = this.infos[at];
    const buffer = /** @type {GPUBuffer} */ (this.made[at]);
    device.queue.writeBuffer(buffer, 0, runtime.memory.buffer, data, bytes);
  }

  /**
   * Paints what is in `picture`.
   * @param {GPUComputePassEncoder} pass
   * @param {GPUTexture} canvas of the painting's extents
   */
  paint(pass, canvas) {
    const shown = this.#find("picture out");
    this.ready.forEach(({ pipeline, group, entries, groups: [x, y, z] }, i) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group ?? this.#group(pipeline, withView(this.dispatches[i], entries ?? [], shown, canvas)));
      pass.dispatchWorkgroups(x, y, z);
    });
  }

  close() {
    for (const made of this.made) made?.destroy();
    this.gpu.runtime.exports.pl_session_free(this.session);
  }
}

/**
 * @param {DispatchInfo} dispatch
 * @param {GPUBindGroupEntry[]} entries
 * @param {number} shown the buffer that the canvas stands for
 * @param {GPUTexture} canvas
 */
function withView({ bindings }, entries, shown, canvas) {
  return entries.map((entry, i) =>
    bindings[i].buffer === shown ? { ...entry, resource: canvas.createView() } : entry,
  );
}

/**
 * @param {Gpu} gpu
 * @param {BufferInfo} info
 */
function make({ device, runtime }, { kind, width, height, bytes, data }) {
  if (kind === kindOf("picture out")) return undefined;
  if (kind === kindOf("picture in")) {
    return device.createTexture({
      size: [width, height],
      format: "rgba8unorm",
      usage: usage("Texture", "TEXTURE_BINDING", "STORAGE_BINDING", "COPY_DST", "RENDER_ATTACHMENT"),
    });
  }
  if (bytes > device.limits.maxStorageBufferBindingSize) {
    throw new Error(`an image of ${bytes} bytes is too large for this GPU`);
  }
  const buffer = device.createBuffer({
    size: Math.max(16, bytes),
    usage: usage("Buffer", "STORAGE", "COPY_DST"),
  });
  if (kind === kindOf("constants")) device.queue.writeBuffer(buffer, 0, runtime.memory.buffer, data, bytes);
  return buffer;
}

/**
 * Reads structures of so many words, which `get` fills one by one.
 * @param {Gpu} gpu
 * @param {number} bytes
 * @param {number} count
 * @param {(index: number, at: number) => void} get
 */
function readAll({ runtime }, bytes, count, get) {
  const room = new Room(runtime, bytes);
  const all = Array.from({ length: count }, (_, i) => {
    get(i, room.at);
    return room.i32.slice();
  });
  room.free();
  return all;
}

/** @param {Gpu} gpu @param {number} session @returns {BufferInfo[]} */
function readBuffers(gpu, session) {
  const { exports } = gpu.runtime;
  const count = exports.pl_gpu_buffer_count(session);
  const all = readAll(gpu, BUFFER, count, (i, at) => exports.pl_gpu_get_buffer(session, i, at));
  return all.map(([kind, , width, height, bytes, , data]) => ({ kind, width, height, bytes, data: data >>> 0 }));
}

/** @param {Gpu} gpu @param {number} session @returns {DispatchInfo[]} */
function readDispatches(gpu, session) {
  const { exports } = gpu.runtime;
  const count = exports.pl_gpu_dispatch_count(session);
  const all = readAll(gpu, DISPATCH, count, (i, at) => exports.pl_gpu_get_dispatch(session, i, at));
  return all.map((words) => ({
    shader: words[6],
    bindings: Array.from({ length: words[80] }, (_, i) => {
      const [buffer, , offset, , bytes] = words.subarray(8 + BINDING * i);
      return { buffer, offset, bytes };
    }),
    groups: [...words.subarray(81, 84)],
  }));
}

/** What is particular to the session's shaders. @param {Gpu} gpu @param {number} session */
function shadersOf({ runtime }, session) {
  const code = [];
  for (let at; (at = runtime.exports.pl_gpu_shader(session, code.length)); ) code.push(runtime.text(at));
  return code;
}
