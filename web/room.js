/**
 * Memory of the engine's module that grows when more of it is needed.
 */

/** @typedef {import("./runtime.js").Runtime} Runtime */

export class Room {
  /**
   * @param {Runtime} runtime
   * @param {number} [bytes]
   */
  constructor(runtime, bytes = 0) {
    this.runtime = runtime;
    /** Its address. What lies there is lost when it grows. */
    this.at = 0;
    this.bytes = 0;
    this.hold(bytes);
  }

  /**
   * Makes it at least this large.
   * @param {number} bytes
   */
  hold(bytes) {
    if (bytes <= this.bytes) return;
    this.free();
    this.at = this.runtime.allocate(bytes);
    this.bytes = bytes;
  }

  free() {
    if (this.at) this.runtime.release(this.at, this.bytes);
    this.at = this.bytes = 0;
  }

  // Views hold until the module's memory grows: each is for one use.

  get u8() {
    return new Uint8Array(this.runtime.memory.buffer, this.at, this.bytes);
  }

  get i32() {
    return new Int32Array(this.runtime.memory.buffer, this.at, this.bytes / 4);
  }

  get f32() {
    return new Float32Array(this.runtime.memory.buffer, this.at, this.bytes / 4);
  }
}
