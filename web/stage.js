/** Drawing in the worker: frames scaled for the network, paintings onto the page's canvas. */

/**
 * Even extents with the aspect of a source, `side` pixels long at most.
 * @param {number} width @param {number} height @param {number} side
 */
export function fit(width, height, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  if (scale === 1) return { width, height };
  const even = (/** @type {number} */ x) => Math.max(16, 2 * Math.round((x * scale) / 2));
  return { width: even(width), height: even(height) };
}

/** @param {VideoFrame|ImageBitmap} frame */
export function extents(frame) {
  if ("displayWidth" in frame) return { width: frame.displayWidth, height: frame.displayHeight };
  return { width: frame.width, height: frame.height };
}

/**
 * Can the engine read the frame's own pixels, neither scaled, cropped nor turned?
 * @param {VideoFrame|ImageBitmap} frame @param {{width: number, height: number}} size
 */
function asItIs(frame, size) {
  if (!("displayWidth" in frame) || /** @type {any} */ (frame).rotation) return false;
  const seen = frame.visibleRect;
  return seen?.width === size.width && seen?.height === size.height && frame.format !== null;
}

/** A drawing board in plain memory: what is drawn on it is read back at once. */
export class Scaler {
  constructor() {
    this.canvas = new OffscreenCanvas(16, 16);
    const context = this.canvas.getContext("2d", { willReadFrequently: true, alpha: false });
    if (!context) throw new Error("this browser gives no 2D canvas to a worker");
    this.context = context;
  }

  /**
   * The frame in the wanted size, or itself where it has it.
   * @param {VideoFrame|ImageBitmap} frame
   * @param {{width: number, height: number}} size
   * @returns {VideoFrame|ImageData}
   */
  scaled(frame, size) {
    if (asItIs(frame, size)) return /** @type {VideoFrame} */ (frame);
    return this.#draw(frame, 0, 0, extents(frame).width, extents(frame).height, size);
  }

  /**
   * The square in the middle.
   * @param {VideoFrame|ImageBitmap} frame @param {number} side
   */
  square(frame, side) {
    const { width, height } = extents(frame);
    const least = Math.min(width, height);
    const size = { width: side, height: side };
    return this.#draw(frame, (width - least) / 2, (height - least) / 2, least, least, size);
  }

  /**
   * @param {VideoFrame|ImageBitmap} frame
   * @param {number} x @param {number} y @param {number} w @param {number} h
   * @param {{width: number, height: number}} size
   */
  #draw(frame, x, y, w, h, { width, height }) {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.context.drawImage(frame, x, y, w, h, 0, 0, width, height);
    return this.context.getImageData(0, 0, width, height);
  }
}

/** The canvas that the page shows. */
export class Stage {
  /** @param {OffscreenCanvas} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser gives no 2D canvas to a worker");
    this.context = context;
  }

  /**
   * @param {ImageData|OffscreenCanvas} painted
   * @param {VideoFrame|ImageBitmap} frame what it was painted from
   * @param {number} split how much of the width, from the left, shows the frame itself: 0..1
   */
  show(painted, frame, split) {
    const { width, height } = painted;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    if (painted instanceof ImageData) this.context.putImageData(painted, 0, 0);
    else this.context.drawImage(painted, 0, 0);
    if (split <= 0) return;
    this.context.save();
    this.context.beginPath();
    this.context.rect(0, 0, Math.round(split * width), height);
    this.context.clip();
    this.context.drawImage(frame, 0, 0, width, height);
    this.context.restore();
  }
}
