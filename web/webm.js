/**
 * Browsers write WebM while they record and leave the duration out, so players show none and
 * cannot seek. The duration is put into the file's Info element afterwards.
 * Format: Matroska (RFC 9559) in EBML (RFC 8794).
 */

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const DURATION = 0x4489;
/** The header is near the beginning. */
const HEAD_BYTES = 4096;

/**
 * A variable-length integer at a place: its value and the place behind it.
 * @param {Uint8Array} bytes @param {number} at
 * @param {boolean} marker whether the length marker stays in the value, as in element IDs
 */
function variable(bytes, at, marker) {
  const length = Math.clz32(bytes[at]) - 23;
  let value = marker ? bytes[at] : bytes[at] & (0xff >> length);
  for (let i = 1; i < length; ++i) value = value * 256 + bytes[at + i];
  return { value, next: at + length };
}

/**
 * The element of this ID among the children from `at` on.
 * @param {Uint8Array} bytes @param {number} at @param {number} end @param {number} id
 */
function find(bytes, at, end, id) {
  while (at < end) {
    const name = variable(bytes, at, true);
    const size = variable(bytes, name.next, false);
    if (name.value === id) return { sizeAt: name.next, from: size.next, to: size.next + size.value };
    at = size.next + size.value;
  }
  return undefined;
}

/**
 * @param {Blob} file a recording
 * @param {number} milliseconds its duration, in the time scale of browsers: one millisecond
 */
export async function withDuration(file, milliseconds) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const segment = find(head, 0, head.length, SEGMENT);
  const info = segment && find(head, segment.from, head.length, INFO);
  if (!info || info.to > head.length || find(head, info.from, info.to, DURATION)) return file;
  const element = new DataView(new ArrayBuffer(11));
  element.setUint16(0, DURATION);
  element.setUint8(2, 0x88);
  element.setFloat64(3, milliseconds);
  // The new size in eight bytes, whatever it took before; the segment's own is unknown while
  // recording, so nothing else counts these bytes.
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(info.to - info.from + element.byteLength) | (1n << 56n));
  const parts = [head.subarray(0, info.sizeAt), size, element, file.slice(info.from)];
  return new Blob(/** @type {BlobPart[]} */ (parts), { type: file.type });
}
