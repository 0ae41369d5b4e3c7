/**
 * One of the engine's threads: a worker that runs the engine's module on the shared memory until
 * it is terminated.
 */

/**
 * @typedef {object} Start
 * @property {WebAssembly.Module} module
 * @property {WebAssembly.Memory} memory
 * @property {number} index of this thread, from 1 on
 * @property {number} stack the address where its stack begins; it grows downwards
 */

self.onmessage = async (/** @type {MessageEvent<Start>} */ { data }) => {
  const { module, memory, index, stack } = data;
  const host = { log: () => {}, now: () => performance.now() };
  const env = /** @type {WebAssembly.ModuleImports} */ ({ memory });
  const { exports } = await WebAssembly.instantiate(module, { host, env });
  /** @type {WebAssembly.Global} */ (exports.__stack_pointer).value = stack;
  self.postMessage("ready");
  /** @type {(index: number) => void} */ (exports.work)(index);
};
