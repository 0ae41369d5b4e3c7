/** The row of styles: one button each, with a picture that is painted live. */

/** @typedef {import("./networks.js").StyleCard} StyleCard */

export class Gallery extends EventTarget {
  /** @param {HTMLElement} place @param {StyleCard[]} cards */
  constructor(place, cards) {
    super();
    this.cards = cards;
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    for (const card of cards) {
      const button = makeButton(card);
      button.addEventListener("click", () => this.choose(card.name));
      this.buttons.set(card.name, button);
      place.append(button);
    }
    place.addEventListener("keydown", (event) => this.#steer(event));
    this.chosen = "";
  }

  /** @param {string} name */
  choose(name) {
    if (!this.buttons.has(name) || name === this.chosen) return;
    this.chosen = name;
    for (const [other, button] of this.buttons) {
      button.setAttribute("aria-checked", String(other === name));
      button.tabIndex = other === name ? 0 : -1;
    }
    this.buttons.get(name)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.dispatchEvent(new CustomEvent("choose", { detail: name }));
  }

  /** @param {number} step to the right, round the end */
  move(step) {
    const at = this.cards.findIndex((card) => card.name === this.chosen);
    const count = this.cards.length;
    this.choose(this.cards[(at + step + count) % count].name);
  }

  /** @param {string} name @param {ImageBitmap} bitmap shown, then closed */
  show(name, bitmap) {
    const canvas = this.buttons.get(name)?.querySelector("canvas");
    canvas?.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
  }

  /** @param {KeyboardEvent} event */
  #steer(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.move(step);
    this.buttons.get(this.chosen)?.focus();
  }
}

/** @param {StyleCard} card */
function makeButton({ name, title, artist, year }) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("role", "radio");
  button.setAttribute("aria-checked", "false");
  button.dataset.style = name;
  button.tabIndex = -1;
  button.title = [title, artist, year].filter(Boolean).join(", ");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 96;
  canvas.setAttribute("aria-hidden", "true");
  const label = document.createElement("span");
  label.textContent = title;
  button.append(canvas, label);
  return button;
}
