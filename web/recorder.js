/** Records what the canvas shows, with sound, into one file. */

import { withDuration } from "./webm.js";

/** MP4 plays everywhere; browsers that cannot write it write WebM. */
const TYPES = [
  "video/mp4;codecs=avc1.640028,mp4a.40.2",
  "video/mp4;codecs=avc1.42E01F,mp4a.40.2",
  "video/mp4",
  "video/webm;codecs=vp9,opus",
  "video/webm;codecs=vp8,opus",
  "video/webm",
];
const BITS_PER_SECOND = 8_000_000;

export class Recorder {
  /**
   * Starts at once.
   * @param {HTMLCanvasElement} canvas
   * @param {MediaStreamTrack[]} sound
   */
  constructor(canvas, sound) {
    if (!("MediaRecorder" in window)) throw new Error("This browser cannot record.");
    const type = TYPES.find((t) => MediaRecorder.isTypeSupported(t));
    if (!type) throw new Error("This browser cannot write video files.");
    const stream = new MediaStream([...canvas.captureStream().getVideoTracks(), ...sound]);
    this.recorder = new MediaRecorder(stream, {
      mimeType: type,
      videoBitsPerSecond: BITS_PER_SECOND,
    });
    /** @type {Blob[]} */
    this.parts = [];
    this.recorder.ondataavailable = ({ data }) => this.parts.push(data);
    this.recorder.start(1000);
    this.began = performance.now();
  }

  /** @returns {Promise<Blob>} the finished file */
  async stop() {
    const stopped = new Promise((resolve) => (this.recorder.onstop = resolve));
    const milliseconds = performance.now() - this.began;
    this.recorder.stop();
    await stopped;
    for (const track of this.recorder.stream.getVideoTracks()) track.stop();
    const type = this.recorder.mimeType.split(";")[0];
    const file = new Blob(this.parts, { type });
    return type === "video/webm" ? withDuration(file, milliseconds) : file;
  }
}

/**
 * Gives a file to the person: shared where the system can share files, else saved.
 * @param {Blob} blob
 */
export async function handOver(blob) {
  const ending = { "video/mp4": "mp4", "video/webm": "webm", "image/png": "png" }[blob.type] ?? "jpg";
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const file = new File([blob], `pleinair-${stamp}.${ending}`, { type: blob.type });
  const touch = matchMedia("(pointer: coarse)").matches;
  if (touch && navigator.canShare?.({ files: [file] })) {
    try {
      return await navigator.share({ files: [file] });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
    }
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
