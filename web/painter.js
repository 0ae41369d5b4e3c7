/** The page's hand on the painting worker: brings it frames, hears what it painted. */

/** @typedef {import("./painter-worker.js").Look} Look */
/** @typedef {import("./sources.js").Source} Source */

/**
 * A painted frame, as the event "painted" tells of it.
 * @typedef {object} Report
 * @property {number} count of all frames so far
 * @property {number} took milliseconds of painting
 * @property {number} now when it was done, in milliseconds
 * @property {number} width of the painting
 * @property {number} height
 * @property {string} url of the network
 * @property {"gpu"|"wasm"} by who painted: the GPU, or the processor
 */

export class Painter extends EventTarget {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./networks.js").ModelFile[]} files
   * @param {number} threads
   * @param {import("./gpu-turn.js").Wish} wish
   */
  constructor(canvas, files, threads, wish) {
    super();
    this.worker = new Worker(new URL("./painter-worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.#hear(data);
    this.worker.onerror = (event) => this.#tell("error", { text: event.message || "The painter stopped." });
    const surface = canvas.transferControlToOffscreen();
    this.worker.postMessage({ do: "start", canvas: surface, files, threads, wish }, [surface]);
    /** @type {Source|undefined} */
    this.source = undefined;
    this.idle = true;
  }

  /** @param {Look} look */
  look(look) {
    this.worker.postMessage({ do: "look", look });
  }

  /** @param {ImageBitmap} bitmap what the gallery shows painted until there is a source */
  preview(bitmap) {
    this.worker.postMessage({ do: "preview", bitmap }, [bitmap]);
  }

  shutter() {
    this.worker.postMessage({ do: "shutter" });
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.worker.postMessage({ do: "pause", paused });
  }

  /** @returns {Promise<{bytes: number, threads: number}>} what the engine uses */
  use() {
    const { port1, port2 } = new MessageChannel();
    this.worker.postMessage({ do: "use", port: port2 }, [port2]);
    return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  }

  /**
   * Paints this source from now on; the one before is closed.
   * @param {Source} source
   */
  async open(source) {
    this.source?.stop();
    this.worker.postMessage({ do: "close" });
    this.source = source;
    if (source.photo) {
      const bitmap = await createImageBitmap(source.photo);
      this.worker.postMessage({ do: "photoSource", bitmap }, [bitmap]);
    } else if (source.track && "MediaStreamTrackProcessor" in window) {
      const Processor = /** @type {any} */ (window).MediaStreamTrackProcessor;
      const { readable } = new Processor({ track: source.track, maxBufferSize: 1 });
      const rate = source.track.getSettings().frameRate;
      this.worker.postMessage({ do: "stream", readable, rate }, [readable]);
    } else if (source.video) {
      this.#watch(source.video, source);
    }
  }

  /**
   * Hands over the frames that the video element shows, one at a time.
   * @param {HTMLVideoElement} video @param {Source} source
   */
  #watch(video, source) {
    this.idle = true;
    const next = async () => {
      if (this.source !== source) return;
      video.requestVideoFrameCallback(next);
      if (!this.idle) return;
      this.idle = false;
      const frame = "VideoFrame" in window ? new VideoFrame(video) : await createImageBitmap(video);
      this.worker.postMessage({ do: "frame", frame }, [frame]);
    };
    video.requestVideoFrameCallback(next);
  }

  /** @param {any} message */
  #hear(message) {
    if (message.is === "ready") this.idle = true;
    else this.#tell(message.is, message);
  }

  /** @param {string} type @param {object} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
