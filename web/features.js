/**
 * What the browser has that the engine needs or likes.
 */

/**
 * A module whose one function is `(f32, f32, f32) -> f32`, computed in the first lane of a vector.
 * @param {number[]} operation the instructions between three vectors and one
 */
function probe(operation) {
  const splat = (/** @type {number} */ local) => [0x20, local, 0xfd, 0x13];
  const body = [0, ...splat(0), ...splat(1), ...splat(2), ...operation, 0xfd, 0x1f, 0, 0x0b];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 8, 1, 0x60, 3, 0x7d, 0x7d, 0x7d, 1, 0x7d],
    ...[3, 2, 1, 0],
    ...[7, 5, 1, 1, 0x66, 0, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ]);
}

const MULTIPLY_ADD = probe([0xfd, 0xe6, 0x01, 0xfd, 0xe4, 0x01]);
const RELAXED_MULTIPLY_ADD = probe([0xfd, 0x85, 0x02]);

/** Does WebAssembly have vectors of 128 bits? */
export function hasSimd() {
  return typeof WebAssembly === "object" && WebAssembly.validate(MULTIPLY_ADD);
}

/** Does it have the relaxed instructions, among them the fused multiply-add? */
export function hasRelaxedSimd() {
  return WebAssembly.validate(RELAXED_MULTIPLY_ADD);
}

/**
 * Does the relaxed multiply-add round once? That is the processor's choice: without an instruction
 * of its own, a browser multiplies and adds.
 */
export function fuses() {
  if (!hasRelaxedSimd()) return false;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(RELAXED_MULTIPLY_ADD));
  const multiplyAdd = /** @type {(a: number, b: number, c: number) => number} */ (exports.f);
  const x = 1 + 2 ** -12; // whose square needs 25 bits
  return multiplyAdd(x, x, -1 - 2 ** -11) === 2 ** -24;
}

/**
 * A GPU for pages. One that the processor plays is no help, and not taken unless `any` will do.
 * @param {boolean} [any]
 * @returns {Promise<GPUAdapter | undefined>}
 */
export async function findAdapter(any = false) {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return adapter && (any || !adapter.info.isFallbackAdapter) ? adapter : undefined;
}

/**
 * Can workers share memory, and may this thread wait for them? The thread of a window may not.
 */
export function canThread() {
  return globalThis.crossOriginIsolated === true && typeof document === "undefined";
}
