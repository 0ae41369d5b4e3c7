// Two clips that always show the same frame.
//
// Both play muted, the left one is the clock. Each frame that a player presents is kept with its
// number; what is seen is the newest number that both have. The right player runs a little faster
// or slower while it is off by a frame or more, and jumps where it is far off.

const KEPT = 6; // frames of each side: the most that one may be ahead and still be shown together
const NUDGE = 0.12; // change of speed while off
const FAR = KEPT - 1; // frames

/** One player, and its latest frames. */
class Side {
  /**
   * @param {HTMLElement} frame
   * @param {string} url
   * @param {{width: number, height: number, frames: number, rate: number}} look
   */
  constructor(frame, url, look) {
    this.look = look;
    this.latest = -1;
    /** @type {{number: number, canvas: HTMLCanvasElement}[]} */
    this.kept = Array.from({ length: KEPT }, () => ({ number: -1, canvas: canvas(look) }));
    this.canvas = canvas(look);
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true, preload: "auto", src: url });
    this.video.tabIndex = -1;
    frame.replaceChildren(this.video, this.canvas);
  }

  /** @returns {Promise<void>} */
  ready() {
    return new Promise((done, fail) => {
      this.video.addEventListener("canplaythrough", () => done(), { once: true });
      this.video.addEventListener("error", () => fail(new Error("a clip can't be shown")), { once: true });
      this.video.load();
    });
  }

  /**
   * Keep what the player presents. By the time that a page hears of a frame the next one may be
   * there, so the number comes from the very frame that is drawn, where the browser gives it.
   *
   * @param {number} time the frame's in seconds, as far as it is known
   */
  keep(time) {
    const { width, height, frames, rate } = this.look;
    const frame = typeof VideoFrame === "undefined" ? null : new VideoFrame(this.video);
    const seconds = frame ? frame.timestamp / 1e6 : time;
    const number = Math.min(frames - 1, Math.round(seconds * rate));
    const place = this.kept[number % KEPT];
    place.number = number;
    place.canvas.getContext("2d")?.drawImage(frame ?? this.video, 0, 0, width, height);
    frame?.close();
    this.latest = number;
  }

  /** @param {number} number */
  has(number) {
    return this.kept[number % KEPT].number === number;
  }

  /** @param {number} number */
  show(number) {
    this.context.drawImage(this.kept[number % KEPT].canvas, 0, 0);
  }

  forget() {
    this.latest = -1;
    for (const place of this.kept) place.number = -1;
  }

  /** @param {number} time in seconds @returns {Promise<void>} */
  seek(time) {
    return new Promise((done) => {
      this.video.addEventListener("seeked", () => done(), { once: true });
      this.video.currentTime = time;
    });
  }
}

export class Clips {
  #over = false;
  #turning = false;
  #wanted = false;

  /**
   * @param {HTMLElement[]} frames where they are shown, left and right
   * @param {string[]} urls
   * @param {{width: number, height: number, frames: number, rate: number}} look
   */
  constructor(frames, urls, look) {
    this.look = look;
    this.sides = frames.map((frame, index) => new Side(frame, urls[index], look));
    /** the number of the frame that is seen, the same on both sides; -1 before the first */
    this.shown = -1;
    for (const side of this.sides) {
      this.#listen(side);
      side.video.addEventListener("ended", () => void this.#again());
    }
  }

  get playing() {
    return this.#wanted;
  }

  /** Load both, and show their first frame. */
  async load() {
    await Promise.all(this.sides.map((side) => side.ready()));
    await Promise.all(this.sides.map((side) => side.seek(0.25 / this.look.rate)));
    // Some players present nothing until they play: then it is taken from them as they stand.
    for (let waited = 0; this.shown < 0; waited += 1) {
      await new Promise((done) => setTimeout(done, 20));
      if (waited > 10 && this.shown < 0) {
        for (const side of this.sides) side.keep(0);
        this.#draw();
      }
    }
  }

  async play() {
    this.#wanted = true;
    await Promise.all(this.sides.map((side) => side.video.play().catch(() => {})));
  }

  pause() {
    this.#wanted = false;
    for (const side of this.sides) side.video.pause();
  }

  close() {
    this.#over = true;
    this.pause();
    for (const side of this.sides) {
      side.video.removeAttribute("src");
      side.video.load();
    }
  }

  /** @param {Side} side */
  #listen(side) {
    const { video } = side;
    if ("requestVideoFrameCallback" in video) {
      /** @param {number} _now @param {{mediaTime: number}} about */
      const presented = (_now, about) => {
        if (this.#over) return;
        this.#took(side, about.mediaTime);
        video.requestVideoFrameCallback(presented);
      };
      video.requestVideoFrameCallback(presented);
      return;
    }
    const looked = () => {
      if (this.#over) return;
      const { currentTime, readyState } = /** @type {HTMLVideoElement} */ (video);
      const start = Math.floor(currentTime * this.look.rate) / this.look.rate;
      if (readyState >= 2) this.#took(side, start);
      requestAnimationFrame(looked);
    };
    requestAnimationFrame(looked);
  }

  /** @param {Side} side @param {number} time */
  #took(side, time) {
    if (this.#turning) return;
    side.keep(time);
    this.#draw();
    this.#correct();
  }

  /** Show the newest frame that both sides have. */
  #draw() {
    const [left, right] = this.sides;
    const newest = Math.min(left.latest, right.latest);
    for (let number = newest; number >= 0 && number > newest - KEPT; number -= 1) {
      if (number === this.shown) return;
      if (left.has(number) && right.has(number)) {
        left.show(number);
        right.show(number);
        this.shown = number;
        return;
      }
    }
  }

  #correct() {
    const [clock, other] = this.sides;
    if (clock.latest < 0 || other.latest < 0 || !this.#wanted) return;
    const ahead = other.latest - clock.latest;
    if (Math.abs(ahead) >= FAR && !other.video.seeking && !clock.video.ended) {
      other.video.playbackRate = 1;
      other.video.currentTime = clock.video.currentTime;
    } else {
      other.video.playbackRate = 1 - Math.sign(ahead) * NUDGE;
    }
  }

  /** From the beginning, both together. */
  async #again() {
    if (this.#turning || this.#over) return;
    this.#turning = true;
    for (const side of this.sides) side.video.pause();
    await Promise.all(this.sides.map((side) => side.seek(0)));
    for (const side of this.sides) {
      side.forget();
      side.video.playbackRate = 1;
    }
    this.#turning = false;
    if (this.#wanted && !this.#over) await this.play();
  }
}

/** @param {{width: number, height: number}} size */
function canvas({ width, height }) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
