/**
 * Pictures as browsers have them, brought to bytes with a description of how they lie.
 */

import { EngineError } from "./runtime.js";

/**
 * A picture of 8 bits. Planes lie one after another, unless `offsets` says where each begins.
 * @typedef {object} Pixels
 * @property {Uint8Array | Uint8ClampedArray} data
 * @property {number} width pixels
 * @property {number} height pixels
 * @property {string} [format] "RGB", "BGR", "RGBA" (default), "BGRA", "NV12" or "I420"
 * @property {number[]} [strides] bytes from one row of each plane to the next
 * @property {number[]} [offsets] where each plane begins in `data`
 * @property {"bt601" | "bt709"} [matrix] of formats with chroma (default "bt601")
 * @property {boolean} [fullRange] of formats with chroma (default false)
 */

/**
 * @typedef {Required<Pixels>} Laid
 */

/**
 * Planes of a format: bytes of a sample, and by how much width and height are divided.
 * @typedef {{code: number, planes: [bytes: number, divisor: number][]}} Format
 */

/** @type {Record<string, Format>} in the order of `pl_format` */
const FORMATS = {
  RGB: { code: 0, planes: [[3, 1]] },
  BGR: { code: 1, planes: [[3, 1]] },
  RGBA: { code: 2, planes: [[4, 1]] },
  BGRA: { code: 3, planes: [[4, 1]] },
  NV12: { code: 4, planes: [[1, 1], [2, 2]] },
  I420: { code: 5, planes: [[1, 1], [1, 2], [1, 2]] },
};

/** What a `VideoFrame` calls its format, and what it is here. @type {Record<string, string>} */
const FRAME_FORMATS = {
  I420: "I420", I420A: "I420", NV12: "NV12", NV12A: "NV12",
  RGBA: "RGBA", RGBX: "RGBA", BGRA: "BGRA", BGRX: "BGRA",
};

/**
 * @param {VideoFrame | ImageData | Pixels} source
 * @param {{scratch: Uint8Array}} keeper of bytes that the next frame can use again
 * @returns {Promise<Laid>}
 */
export async function bytesOf(source, keeper) {
  if (typeof VideoFrame !== "undefined" && source instanceof VideoFrame) {
    return bytesOfFrame(source, keeper);
  }
  return lay(/** @type {Pixels} */ (source));
}

/**
 * Fills in what a picture leaves out, and checks that its rows lie within its bytes.
 * @param {Pixels} pixels
 * @returns {Laid}
 */
export function lay(pixels) {
  const { data, width, height, format = "RGBA", matrix = "bt601", fullRange = false } = pixels;
  const { planes } = formatOf(format);
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw wrong("the picture's data is neither a Uint8Array nor a Uint8ClampedArray");
  }
  if (![width, height].every((n) => Number.isInteger(n) && n > 0)) {
    throw wrong(`the picture is ${width} x ${height} pixels`);
  }
  const strides = pixels.strides ?? planes.map(([bytes, by]) => bytes * Math.ceil(width / by));
  const offsets = pixels.offsets ?? following(planes, strides, height);
  if (strides.length !== planes.length || offsets.length !== planes.length) {
    throw wrong(`a picture in ${format} has ${planes.length} planes`);
  }
  planes.forEach(([bytes, by], k) => {
    const row = bytes * Math.ceil(width / by);
    const end = offsets[k] + strides[k] * (Math.ceil(height / by) - 1) + row;
    const places = [strides[k], offsets[k]].every(Number.isInteger);
    if (!(places && strides[k] >= row && offsets[k] >= 0 && end <= data.length)) {
      const plane = `plane ${k} of ${width} x ${height} pixels in ${format}`;
      throw wrong(`${plane} does not lie within the picture's ${data.length} bytes`);
    }
  });
  return { data, width, height, format, strides, offsets, matrix, fullRange };
}

/**
 * Offsets of planes that follow one another.
 * @param {Format["planes"]} planes
 * @param {number[]} strides
 * @param {number} height
 */
function following(planes, strides, height) {
  let next = 0;
  return planes.map(([, by], k) => {
    const offset = next;
    next += strides[k] * Math.ceil(height / by);
    return offset;
  });
}

/**
 * A camera's frame as it is; one in a format that the engine does not read, as RGBA.
 * @param {VideoFrame} frame
 * @param {{scratch: Uint8Array}} keeper
 * @returns {Promise<Laid>}
 */
async function bytesOfFrame(frame, keeper) {
  const whole = new DOMRect(0, 0, frame.codedWidth, frame.codedHeight);
  const { width, height } = frame.visibleRect ?? whole;
  const known = FRAME_FORMATS[frame.format ?? ""];
  const format = known ?? "RGBA";
  const options = known ? {} : /** @type {VideoFrameCopyToOptions} */ ({ format });
  const bytes = frame.allocationSize(options);
  if (keeper.scratch.length !== bytes) keeper.scratch = new Uint8Array(bytes);
  const data = keeper.scratch;
  // Alpha in a plane of its own comes last, and is left out.
  const layout = (await frame.copyTo(data, options)).slice(0, formatOf(format).planes.length);
  return lay({
    data,
    width,
    height,
    format,
    strides: layout.map((plane) => plane.stride),
    offsets: layout.map((plane) => plane.offset),
    matrix: frame.colorSpace.matrix === "bt709" ? "bt709" : "bt601",
    fullRange: frame.colorSpace.fullRange ?? false,
  });
}

/**
 * The twelve words of a `pl_image`.
 * @param {Laid} picture
 * @param {number} at the address of its data
 * @param {boolean} mirrored
 */
export function describe(picture, at, mirrored) {
  const { width, height, format, strides, offsets, matrix, fullRange } = picture;
  const three = (/** @type {number[]} */ list) => [0, 1, 2].map((k) => list[k] ?? 0);
  return [
    ...three(offsets.map((offset) => at + offset)),
    ...three(strides),
    width,
    height,
    formatOf(format).code,
    Number(matrix === "bt709"),
    Number(fullRange),
    Number(mirrored),
  ];
}

/** @param {string} name */
function formatOf(name) {
  const format = FORMATS[name];
  if (!format) {
    const names = Object.keys(FORMATS).join(", ");
    throw wrong(`pictures in '${name}' can't be read; formats are ${names}`);
  }
  return format;
}

/** @param {string} message */
function wrong(message) {
  return new EngineError("invalid argument", message);
}
