/** The camera page: connects what the person does with the painter, the gallery and the recorder. */

import { hasSimd } from "./features.js";
import { Gallery } from "./gallery.js";
import { networkName, shownStyles } from "./networks.js";
import { Painter } from "./painter.js";
import { handOver, Recorder } from "./recorder.js";
import { openCamera, openFile, openMicrophone, openScreen, SourceError } from "./sources.js";
import { Stats } from "./stats.js";

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
function $(id) {
  return /** @type {T} */ (document.getElementById(id));
}
/** @param {string} id @returns {HTMLInputElement} */
const input = (id) => $(id);

const canvas = /** @type {HTMLCanvasElement} */ ($("canvas"));
/** Two cores stay for the page and the rest of the system, where there are so many. */
const MOST_THREADS = 4;

/** Who is to paint, as `?engine=gpu` or `?engine=wasm` says. @returns {import("./gpu-turn.js").Wish} */
function wishedEngine() {
  const wish = new URLSearchParams(location.search).get("engine");
  return wish === "gpu" || wish === "wasm" ? wish : "auto";
}

/** @param {unknown} problem words for the person, or nothing to take them away */
function message(problem) {
  const place = $("message");
  place.hidden = !problem;
  place.textContent = problem instanceof Error ? problem.message : String(problem ?? "");
}

/** @param {() => unknown} action @returns {() => Promise<void>} the same, telling what went wrong */
function telling(action) {
  return async () => {
    try {
      message("");
      await action();
    } catch (error) {
      message(error);
      if (!(error instanceof SourceError)) console.error(error);
    }
  };
}

async function readCatalogue() {
  const answer = await fetch("catalogue.json");
  if (!answer.ok) throw new Error(`The styles could not be read: ${answer.status}.`);
  /** @type {{files: import("./networks.js").ModelFile[]}} */
  const { files } = await answer.json();
  if (files.length === 0) throw new Error("There are no styles here.");
  return files;
}

/** Each style once, in the order of the files. @param {import("./networks.js").ModelFile[]} files */
function cardsOf(files) {
  const cards = new Map(files.flatMap((file) => shownStyles(file).map((card) => [card.name, card])));
  return [...cards.values()];
}

class Page {
  /** @param {import("./networks.js").ModelFile[]} files */
  constructor(files) {
    this.files = files;
    this.cards = cardsOf(files);
    const spare = navigator.hardwareConcurrency > 4 ? 2 : 0;
    const threads = Math.min(MOST_THREADS, (navigator.hardwareConcurrency || 2) - spare);
    this.painter = new Painter(canvas, files, self.crossOriginIsolated ? threads : 1, wishedEngine());
    this.gallery = new Gallery($("gallery"), this.cards);
    this.stats = new Stats($("stats"));
    /** @type {"user"|"environment"} */
    this.facing = "environment";
    /** @type {Recorder|undefined} */
    this.recorder = undefined;
    /** Longer side of the painting. */
    this.side = 0;
    this.#connect();
    this.gallery.choose(localStorage.getItem("style") ?? "");
    if (!this.gallery.chosen) this.gallery.choose(this.cards[0].name);
  }

  #connect() {
    this.gallery.addEventListener("choose", () => {
      localStorage.setItem("style", this.gallery.chosen);
      this.#fillSecond();
      this.look();
    });
    for (const id of ["strength", "colours", "share", "split", "second", "quality", "thumbnails"]) {
      $(id).addEventListener("input", () => this.look());
    }
    this.painter.addEventListener("painted", (event) => this.#painted(event));
    this.painter.addEventListener("thumbnail", (event) => {
      const { name, bitmap } = /** @type {CustomEvent} */ (event).detail;
      this.gallery.show(name, bitmap);
    });
    this.painter.addEventListener("photo", (event) => {
      handOver(/** @type {CustomEvent} */ (event).detail.blob).catch(message);
    });
    this.painter.addEventListener("missing", (event) => this.#missing(event));
    this.painter.addEventListener("error", (event) => message(/** @type {CustomEvent} */ (event).detail.text));
    document.addEventListener("visibilitychange", () => this.painter.pause(document.hidden));
    this.#connectButtons();
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #connectButtons() {
    const camera = telling(() => this.open(openCamera(this.facing)));
    /** @type {Record<string, () => void>} */
    const actions = {
      begin: camera,
      camera,
      flip: telling(() => {
        this.facing = this.facing === "user" ? "environment" : "user";
        return this.open(openCamera(this.facing));
      }),
      screen: telling(() => this.open(openScreen())),
      shutter: () => this.painter.shutter(),
      record: telling(() => this.record()),
      compare: () => this.compare(),
      more: () => this.#toggleSettings(),
      full: () => toggleFullScreen(),
    };
    for (const [id, action] of Object.entries(actions)) $(id).addEventListener("click", action);
    const file = input("file");
    for (const button of document.querySelectorAll(".open-file")) {
      button.addEventListener("click", () => file.click());
    }
    file.addEventListener("change", telling(async () => {
      if (file.files?.[0]) await this.open(openFile(file.files[0]));
      file.value = "";
    }));
    input("show-stats").addEventListener("input", () => ($("stats").hidden = !input("show-stats").checked));
    $("settings").addEventListener("submit", (event) => event.preventDefault());
  }

  /** @param {Promise<import("./sources.js").Source>} opening */
  async open(opening) {
    const source = await opening;
    await this.painter.open(source);
    document.body.classList.add("live");
    canvas.classList.toggle("mirrored", source.mirrored);
    input("split").style.direction = source.mirrored ? "rtl" : "ltr";
    source.track?.addEventListener("ended", () => message("The source has ended. Open another one."));
  }

  /** Tells the painter what the controls say. */
  look() {
    const { chosen } = this.gallery;
    const second = input("second").value;
    const share = second ? Number(input("share").value) : 0;
    $("share-label").hidden = !second;
    const mix = [{ name: chosen, weight: 1 - share }];
    if (second) mix.push({ name: second, weight: share });
    this.painter.look({
      mix,
      strength: Number(input("strength").value),
      colours: Number(input("colours").value),
      split: input("split").hidden ? 0 : Number(input("split").value),
      // A recording keeps its size.
      side: this.recorder ? this.side : Number(input("quality").value),
      thumbnails: input("thumbnails").checked,
    });
  }

  /** Styles that some network has together with the chosen one can be mixed with it. */
  #fillSecond() {
    const { chosen } = this.gallery;
    const together = new Set(
      this.files
        .map((file) => shownStyles(file).map(({ name }) => name))
        .filter((names) => names.includes(chosen))
        .flat(),
    );
    const select = /** @type {HTMLSelectElement} */ (/** @type {unknown} */ (input("second")));
    const before = select.value;
    const options = this.cards.filter(({ name }) => name !== chosen && together.has(name));
    select.replaceChildren(new Option("nothing", ""), ...options.map((c) => new Option(c.title, c.name)));
    select.value = options.some(({ name }) => name === before) ? before : "";
  }

  compare() {
    const split = input("split");
    split.hidden = !split.hidden;
    if (!split.hidden) split.value = "0.5";
    $("compare").setAttribute("aria-pressed", String(!split.hidden));
    this.look();
  }

  async record() {
    const button = $("record");
    if (this.recorder) {
      const { recorder } = this;
      this.recorder = undefined;
      button.setAttribute("aria-pressed", "false");
      this.look();
      await handOver(await recorder.stop());
      return;
    }
    const { source } = this.painter;
    if (!source) throw new SourceError("Open a camera, a screen or a file first.");
    const own = source.sound;
    const ask = source.kind === "camera" && own.length === 0 && input("sound").checked;
    const sound = input("sound").checked ? (ask ? await openMicrophone() : own) : [];
    this.recorder = new Recorder(canvas, sound);
    this.look();
    button.setAttribute("aria-pressed", "true");
  }

  #toggleSettings() {
    const settings = $("settings");
    settings.hidden = !settings.hidden;
    $("more").setAttribute("aria-expanded", String(!settings.hidden));
    if (!settings.hidden) settings.scrollIntoView({ block: "nearest" });
  }

  /** @param {Event} event */
  #painted(event) {
    /** @type {import("./painter.js").Report} */
    const report = /** @type {CustomEvent} */ (event).detail;
    canvas.dataset.painted = String(report.count);
    canvas.dataset.by = report.by;
    if (!this.recorder) this.side = Math.max(report.width, report.height);
    if (input("show-stats").checked) this.stats.show(report);
  }

  /** Says which networks there are not, without the network that would bring them. @param {Event} event */
  #missing(event) {
    /** @type {string[]} */
    const urls = /** @type {CustomEvent} */ (event).detail.urls;
    const names = urls.map(networkName).join(", ");
    $("missing").hidden = urls.length === 0;
    $("missing").textContent = `Not here without a network: ${names}. Others paint instead.`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = /** @type {HTMLElement} */ (event.target);
    const typing = at.matches("input, select, textarea");
    const pressing = at.matches("button") && (event.key === " " || event.key === "Enter");
    if (typing || pressing) return;
    /** @type {Record<string, () => void>} */
    const keys = {
      " ": () => $("shutter").click(),
      r: () => $("record").click(),
      c: () => $("flip").click(),
      b: () => $("compare").click(),
      f: () => $("full").click(),
      s: () => $("more").click(),
      ArrowRight: () => this.gallery.move(1),
      ArrowLeft: () => this.gallery.move(-1),
    };
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

/** The page's own picture, as pixels. */
async function drawIcon() {
  const image = new Image(192, 192);
  image.src = "icon.svg";
  await image.decode();
  return createImageBitmap(image, { resizeWidth: 192, resizeHeight: 192 });
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else $("stage").requestFullscreen?.();
}

/**
 * Works offline from the second visit on; brings the headers where the host does not send them.
 * Browsers refuse this to pages whose certificate they do not know: those paint all the same.
 */
async function serve() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("sw.js", { type: "module" });
  } catch {
    return;
  }
  await navigator.serviceWorker.ready;
  if (self.crossOriginIsolated || sessionStorage.getItem("reloaded")) return;
  sessionStorage.setItem("reloaded", "yes");
  location.reload();
}

async function begin() {
  if (!hasSimd()) {
    throw new Error("This browser has no WebAssembly SIMD, which painting needs. Please update it.");
  }
  if (!("OffscreenCanvas" in window)) {
    throw new Error("This browser cannot draw in a worker. Please update it.");
  }
  const page = new Page(await readCatalogue());
  Object.assign(window, { page });
  page.painter.preview(await drawIcon());
}

await telling(begin)();
await serve();
