/**
 * The engine in a browser: `const engine = await PleinairEngine.load(bytes, { threads: 4 })`, then
 * `await engine.paint(frame)`, best in a worker: only there it can have threads, and a page stays
 * responsive.
 */

import { bytesOf, describe, lay } from "./pictures.js";
import { Room } from "./room.js";
import { EngineError, Runtime } from "./runtime.js";

export { canThread, fuses, hasRelaxedSimd, hasSimd } from "./features.js";
export { EngineError, Runtime };

/** @typedef {import("./pictures.js").Pixels} Pixels */
/** @typedef {import("./pictures.js").Laid} Laid */
/** @typedef {import("./runtime.js").RuntimeOptions} RuntimeOptions */
/** @typedef {{name: string, title: string, artist: string, year: string}} Artwork of a style */
/** @typedef {{data: Uint8Array | Uint8ClampedArray, width: number, height: number}} Painted */
/** @typedef {{session: number, width: number, height: number}} Plan with the painted size */

const FLOAT32 = 1; // of pl_type
const IMAGE_BYTES = 48; // of a pl_image
const FACTS = ["name", "title", "artist", "year"];
const PLANS_KEPT = 2; // the camera's size, and that of thumbnails

/** A model of one or several styles, ready to paint. */
export class PleinairEngine {
  /**
   * Use `PleinairEngine.load`.
   * @param {Runtime} runtime
   * @param {number} model
   * @param {number} smoothing
   */
  constructor(runtime, model, smoothing) {
    this.runtime = runtime;
    this.model = model;
    this.smoothing = smoothing;
    /** Of the file: artist, licence and what else it says. */
    this.metadata = metadataOf(runtime, model);
    /** The styles, in the order of the weights in the input "style". */
    this.styles = stylesOf(this.metadata);
    /** What the model takes besides the picture. @type {Map<string, Room>} */
    this.inputs = new Map();
    /** By the size of the source, the latest last. @type {Map<string, Plan>} */
    this.plans = new Map();
    this.images = new Room(runtime, 2 * IMAGE_BYTES);
    this.source = new Room(runtime);
    this.painted = new Room(runtime);
    this.scratch = new Uint8Array();
    this.busy = false;
    runtime.users += 1;
    this.makeInputs();
    this.addresses = new Room(runtime, 4 * this.inputs.size);
    this.addresses.i32.set([...this.inputs.values()].map((input) => input.at));
  }

  /**
   * Loads a model: the bytes of an ONNX file that turns a picture into another.
   * @param {ArrayBuffer | Uint8Array} model
   * @param {RuntimeOptions & {runtime?: Runtime, smoothing?: number}} [options]
   *   `runtime`: that of another engine, to share its memory and its threads; what says how one is
   *   started then has no effect. `smoothing`, against flicker in video: how much of the means and
   *   variances of the picture before stays in the next one's, at least 0 (default), less than 1
   * @returns {Promise<PleinairEngine>}
   * @throws {EngineError} where the browser lacks something, or the engine refuses the model
   */
  static async load(model, options = {}) {
    const runtime = options.runtime ?? (await Runtime.start(options));
    try {
      const bytes = model instanceof Uint8Array ? model : new Uint8Array(model);
      const copy = new Room(runtime, bytes.length);
      copy.u8.set(bytes);
      const loaded = runtime.exports.model_load(copy.at, bytes.length);
      copy.free();
      if (!loaded) throw runtime.error();
      return new PleinairEngine(runtime, loaded, options.smoothing ?? 0);
    } catch (error) {
      if (!runtime.users) runtime.close();
      throw error;
    }
  }

  /** Threads that paint, the calling one counted in. */
  get threads() {
    return this.runtime.threads;
  }

  /** Are the bits those of every other device? Else a channel may differ by 1 of 255. */
  get exact() {
    return this.runtime.exact;
  }

  makeInputs() {
    const { exports } = this.runtime;
    for (let i = 1; i < exports.pl_model_input_count(this.model); ++i) {
      const name = this.runtime.text(exports.input_name(this.model, i));
      const input = new Room(this.runtime, 4 * exports.input_elements(this.model, i));
      this.inputs.set(name, input);
      if (exports.input_type(this.model, i) !== FLOAT32) {
        this.close();
        throw new EngineError("unsupported", `the model's input '${name}' is not float32`);
      }
      // Until told otherwise: the first style, at full strength, in its own colours.
      input.f32.fill(0);
      if (name === "style" || name === "strength") input.f32[0] = 1;
    }
  }

  /**
   * Sets an input of the model, from the next picture on: "style" (a weight for each of `styles`),
   * "strength" and "colours" (0 to 1), or what else the model has.
   * @param {string} name
   * @param {number | ArrayLike<number>} value
   */
  set(name, value) {
    const input = this.inputs.get(name);
    if (!input) {
      const names = [...this.inputs.keys()].join(", ") || "none besides the picture";
      throw wrong(`the model has no input '${name}'; it has ${names}`);
    }
    const values = typeof value === "number" ? [value] : value;
    if (values.length !== input.f32.length) {
      throw wrong(`input '${name}' takes ${input.f32.length} numbers, not ${values.length}`);
    }
    input.f32.set(values);
  }

  /**
   * Paints a picture. One at a time: wait for the result before the next.
   * @param {VideoFrame | ImageData | Pixels} source a frame stays open
   * @param {object} [options]
   * @param {Uint8Array | Uint8ClampedArray} [options.out] takes the painted pixels, RGBA in rows
   *   without gaps, and becomes the result's `data` (default: a new array)
   * @param {boolean} [options.mirrored] reads rows from right to left, as a front camera is shown
   * @returns {Promise<Painted>} `new ImageData(data, width)` is a picture for a canvas
   */
  async paint(source, { out, mirrored = false } = {}) {
    if (this.busy) throw new EngineError("busy", "the engine is painting another picture");
    this.busy = true;
    try {
      const picture = await bytesOf(source, this);
      if (!this.model) throw wrong("the engine is closed");
      return this.run(picture, out, mirrored);
    } finally {
      this.busy = false;
    }
  }

  /**
   * @param {Laid} picture
   * @param {Uint8Array | Uint8ClampedArray | undefined} out
   * @param {boolean} mirrored
   * @returns {Painted}
   */
  run(picture, out, mirrored) {
    const { session, width, height } = this.planFor(picture.width, picture.height);
    const bytes = 4 * width * height;
    const data = out ?? new Uint8ClampedArray(bytes);
    if (data.length !== bytes) {
      throw wrong(`the painted picture has ${bytes} bytes, the array for it ${data.length}`);
    }
    const { images, source, painted } = this;
    source.hold(picture.data.length);
    painted.hold(bytes);
    source.u8.set(picture.data);
    images.i32.set([
      ...describe(picture, source.at, mirrored),
      ...describe(lay({ data, width, height }), painted.at, false),
    ]);
    const to = images.at + IMAGE_BYTES;
    const { exports } = this.runtime;
    if (exports.paint(session, this.model, images.at, to, this.addresses.at)) {
      throw this.runtime.error();
    }
    data.set(painted.u8.subarray(0, bytes));
    return { data, width, height };
  }

  /**
   * What the model does for pictures of this size, made when it is first asked for.
   * @param {number} width
   * @param {number} height
   * @returns {Plan}
   */
  planFor(width, height) {
    const { exports, threads } = this.runtime;
    const { model, smoothing } = this;
    const size = `${width}x${height}`;
    let plan = this.plans.get(size);
    if (!plan) {
      const [oldest] = this.plans.keys();
      if (this.plans.size === PLANS_KEPT) this.forget(oldest);
      const session = exports.session_create(model, width, height, threads, smoothing);
      if (!session) throw this.runtime.error();
      const axis = (/** @type {number} */ a) => exports.output_size(session, a);
      plan = { session, width: axis(2), height: axis(1) };
    }
    this.plans.delete(size);
    this.plans.set(size, plan);
    return plan;
  }

  /** Forgets the pictures before, when the next one is of something else: for `smoothing`. */
  reset() {
    for (const { session } of this.plans.values()) {
      this.runtime.exports.pl_session_reset(session, 0);
    }
  }

  /** @param {string} size */
  forget(size) {
    this.runtime.exports.pl_session_free(this.plans.get(size)?.session ?? 0);
    this.plans.delete(size);
  }

  /** Gives back its memory; and ends the runtime, when no other engine uses it. */
  close() {
    if (!this.model) return;
    for (const size of [...this.plans.keys()]) this.forget(size);
    const { images, source, painted, addresses } = this;
    for (const room of [images, source, painted, addresses, ...this.inputs.values()]) room?.free();
    this.runtime.exports.pl_model_free(this.model);
    this.model = 0;
    this.runtime.users -= 1;
    if (!this.runtime.users) this.runtime.close();
  }
}

/**
 * @param {Runtime} runtime
 * @param {number} model
 * @returns {Record<string, string>}
 */
function metadataOf({ exports, text }, model) {
  const keys = Array.from({ length: exports.pl_model_metadata_count(model) }, (_, i) => i);
  return Object.fromEntries(
    keys.map((i) => [
      text(exports.pl_model_metadata_key(model, i)),
      text(exports.pl_model_metadata_value(model, i)),
    ]),
  );
}

/**
 * @param {Record<string, string>} metadata
 * @returns {Artwork[]}
 */
function stylesOf(metadata) {
  const listed = metadata["pleinair.styles"];
  const alone = Object.fromEntries(FACTS.map((fact) => [fact, metadata[`pleinair.${fact}`]]));
  /** @type {Partial<Artwork>[]} */
  const entries = listed === undefined ? [alone] : JSON.parse(listed);
  return entries.map(({ name = "", title = name, artist = "", year = "" }) => {
    return { name, title, artist, year };
  });
}

/** @param {string} message */
function wrong(message) {
  return new EngineError("invalid argument", message);
}
