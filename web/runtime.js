/**
 * The engine's WebAssembly module with its memory and its threads. Engines of several models can
 * share one.
 */

import { canThread, fuses, hasRelaxedSimd, hasSimd } from "./features.js";
import { Room } from "./room.js";

const STACK_BYTES = 128 * 1024;
/** In the order of `pl_status`. */
const CODES = ["ok", "invalid argument", "invalid model", "unsupported", "out of memory", "limit"];
// Pages of 64 KB that a shared memory may grow to: less where a browser refuses to reserve it.
const MOST_PAGES = [16384, 8192, 4096];

/**
 * @typedef {object} RuntimeOptions
 * @property {number} [threads] how many threads paint, this one counted in (default 1). Where
 *   memory can't be shared, or in the thread of a window, it is 1: see `Runtime.threads`
 * @property {boolean} [exact] demand the bits that the engine has everywhere. Where the browser has
 *   no fused multiply-add this is some thirty times slower; without it, a channel may then differ
 *   by 1 of 255
 * @property {boolean} [relaxed] false: do without relaxed SIMD (for tests)
 * @property {string | URL} [base] where the .wasm files lie (default: beside this module)
 * @property {(url: URL) => Promise<BufferSource>} [fetch] gets a .wasm file (default: by `fetch`)
 */

/** What the engine or the browser refused, and why. */
export class EngineError extends Error {
  /**
   * @param {string} code "invalid argument", "invalid model", "unsupported", "out of memory",
   *   "limit", "busy" or "browser"
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "EngineError";
    this.code = code;
  }
}

/** A browser does not start the engine's threads. */
class ThreadError extends EngineError {}

export class Runtime {
  /**
   * Use `Runtime.start`.
   * @param {Record<string, any>} exports
   * @param {WebAssembly.Memory} memory
   */
  constructor(exports, memory) {
    this.exports = exports;
    this.memory = memory;
    /** Painting uses relaxed SIMD. */
    this.relaxed = false;
    /** The bits are those of every other device. */
    this.exact = false;
    /** Threads that paint, the calling one counted in. */
    this.threads = 1;
    /** @type {Worker[]} */
    this.workers = [];
    /** @type {Room[]} */
    this.stacks = [];
    /** Engines that share this runtime. */
    this.users = 0;
    this.text = this.text.bind(this);
  }

  /**
   * Loads the module that suits this browser, and starts its threads. One paints where a browser
   * starts no others, as some do not on a page whose certificate they do not know.
   * @param {RuntimeOptions} [options]
   * @returns {Promise<Runtime>}
   */
  static async start(options = {}) {
    const { threads = 1 } = options;
    if (!Number.isInteger(threads) || threads < 1) {
      const message = `threads must be a whole number from 1 on, not ${threads}`;
      throw new EngineError("invalid argument", message);
    }
    if (!hasSimd()) {
      const message = "this browser has no WebAssembly SIMD, without which painting is too slow";
      throw new EngineError("browser", message);
    }
    if (threads === 1 || !canThread()) return Runtime.load(options, 1);
    try {
      return await Runtime.load(options, threads);
    } catch (error) {
      if (!(error instanceof ThreadError)) throw error;
      console.info(`pleinair: ${error.message}; one thread paints`);
      return Runtime.load(options, 1);
    }
  }

  /**
   * @param {RuntimeOptions} options
   * @param {number} threads
   */
  static async load({ exact = false, ...options }, threads) {
    const fused = fuses();
    const relaxed = options.relaxed !== false && hasRelaxedSimd() && (fused || !exact);
    const shared = threads > 1;
    const kind = relaxed ? "-relaxed" : exact ? "-exact" : "";
    const name = `pleinair${kind}${shared ? "-threads" : ""}.wasm`;
    const memory = shared ? shareMemory() : undefined;
    const [module, runtime] = await Runtime.open(name, options, memory);
    runtime.relaxed = relaxed;
    runtime.exact = relaxed ? fused : exact;
    if (memory) await runtime.startThreads(module, threads);
    return runtime;
  }

  /**
   * A module by its name, in a memory of its own or in one to share.
   * @param {string} name
   * @param {Pick<RuntimeOptions, "base" | "fetch">} options
   * @param {WebAssembly.Memory} [memory]
   * @returns {Promise<[WebAssembly.Module, Runtime]>}
   */
  static async open(name, { base = import.meta.url, fetch = download }, memory) {
    const module = await WebAssembly.compile(await fetch(new URL(name, base)));
    const host = {
      log: (/** @type {number} */ _level, /** @type {number} */ at) => {
        if (memory) console.info(`pleinair: ${readText(memory, at)}`);
      },
      now: () => performance.now(),
    };
    const env = /** @type {WebAssembly.ModuleImports} */ (memory ? { memory } : {});
    const { exports } = await WebAssembly.instantiate(module, { host, env });
    memory ??= /** @type {WebAssembly.Memory} */ (exports.memory);
    return [module, new Runtime(exports, memory)];
  }

  /**
   * @param {WebAssembly.Module} module
   * @param {number} threads
   */
  async startThreads(module, threads) {
    const script = new URL("./thread.js", import.meta.url);
    try {
      await this.startWorkers(script, module, threads - 1);
    } catch {
      // Browsers load no script for a worker's worker where they do not know the certificate.
      const copy = URL.createObjectURL(new Blob([await download(script)], { type: "text/javascript" }));
      await this.startWorkers(copy, module, threads - 1).finally(() => URL.revokeObjectURL(copy));
    }
    this.exports.set_workers(threads - 1);
    this.threads = threads;
  }

  /**
   * @param {string | URL} script
   * @param {WebAssembly.Module} module
   * @param {number} count
   */
  async startWorkers(script, module, count) {
    for (let index = 1; index <= count; ++index) {
      const stack = new Room(this, STACK_BYTES);
      this.stacks.push(stack);
      const worker = new Worker(script, { type: "module" });
      this.workers.push(worker);
      worker.postMessage({ module, memory: this.memory, index, stack: stack.at + STACK_BYTES });
    }
    try {
      await Promise.all(this.workers.map(isReady));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Ends the threads. Engines on this runtime must be closed before. */
  close() {
    for (const worker of this.workers) worker.terminate();
    this.workers = [];
    for (const stack of this.stacks) stack.free();
    this.stacks = [];
  }

  /** Bytes of memory taken from the browser. */
  get bytes() {
    return this.memory.buffer.byteLength;
  }

  /**
   * @param {number} bytes
   * @returns {number} its address, a multiple of 64
   */
  allocate(bytes) {
    const at = this.exports.allocate(bytes) >>> 0;
    if (!at) throw new EngineError("out of memory", `no memory for ${bytes} bytes`);
    return at;
  }

  /**
   * @param {number} at
   * @param {number} bytes
   */
  release(at, bytes) {
    this.exports.release(at, bytes);
  }

  /** @param {number} at */
  text(at) {
    return readText(this.memory, at);
  }

  /** What the last call that failed says. */
  error() {
    const code = CODES[this.exports.error_code()] ?? "unknown";
    return new EngineError(code, this.text(this.exports.error_message()));
  }
}

/**
 * @param {URL} url
 * @returns {Promise<ArrayBuffer>}
 */
async function download(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new EngineError("browser", `${url} is not there (${answer.status})`);
  return answer.arrayBuffer();
}

function shareMemory() {
  for (const maximum of MOST_PAGES) {
    try {
      return new WebAssembly.Memory({ initial: 16, maximum, shared: true });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new EngineError("out of memory", "the browser has no memory for its workers to share");
}

/**
 * Resolves when a worker says that it runs.
 * @param {Worker} worker
 * @returns {Promise<void>}
 */
function isReady(worker) {
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      const reason = event.message ?? "its file could not be loaded";
      reject(new ThreadError("browser", `a thread did not start: ${reason}`));
    };
  });
}

/**
 * Text up to its NUL.
 * @param {WebAssembly.Memory} memory
 * @param {number} at
 */
function readText(memory, at) {
  const bytes = new Uint8Array(memory.buffer);
  const start = at >>> 0;
  const copy = bytes.slice(start, bytes.indexOf(0, start)); // decoders refuse shared memory
  return new TextDecoder().decode(copy);
}
