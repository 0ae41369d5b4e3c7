/** Weights of the styles of one network, moving smoothly when another mix is chosen. */

/** Milliseconds of a cross-fade. */
const FADE = 350;

export class Fade {
  /** @param {number} count styles of the network */
  constructor(count) {
    this.from = new Float32Array(count);
    this.to = new Float32Array(count);
    this.start = -Infinity;
  }

  /**
   * Chooses a mix; painting gets there within the fade. The first mix is there at once.
   * @param {Float32Array} weights one per style
   * @param {number} now milliseconds
   */
  turn(weights, now) {
    const first = this.start === -Infinity && this.to.every((w) => w === 0);
    this.from = first ? weights.slice() : this.at(now);
    this.to = weights.slice();
    this.start = now;
  }

  /**
   * The weights at a time: on the very first frame after a choice they have begun to move.
   * @param {number} now milliseconds
   * @param {number} frame milliseconds that the frame to be painted will be shown
   */
  at(now, frame = 0) {
    const t = Math.min(1, Math.max(0, (now + frame - this.start) / FADE));
    const eased = t * t * (3 - 2 * t);
    return this.to.map((to, i) => this.from[i] + (to - this.from[i]) * eased);
  }
}
