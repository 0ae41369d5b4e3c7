// A rater's page: join, see pairs, choose by key or button, until the sitting is over.

import { Clips } from "./clips.js";
import { Pending, newId, post } from "./post.js";

/** @typedef {{id: string, left: string, right: string, width: number, height: number,
 *   frames: number, rate: number}} Look */
/** @typedef {{done: number, of: number, next: Look[], question?: string}} Progress */
/** @typedef {"left" | "right" | "tie" | "skip"} Choice */

/** @param {string} id @returns {HTMLElement} */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const screens = ["welcome", "pair", "end"];
const frames = [element("left"), element("right")];
/** @type {Record<string, Choice>} */
const KEYS = { ArrowLeft: "left", ArrowRight: "right", "=": "tie", s: "skip", S: "skip" };
/** @type {Record<string, Choice>} */
const WIDE_KEYS = { ...KEYS, ArrowDown: "tie" };
/** @type {Record<string, Choice>} */
const TALL_KEYS = { ...KEYS, ArrowUp: "left", ArrowDown: "right" }; // one above the other
const tall = matchMedia("(orientation: portrait)");
const LOADED = 2; // pairs kept in memory

const pending = new Pending();
/** @type {Map<string, Promise<string>>} */
const loaded = new Map();
/** @type {Progress} */
let progress = { done: 0, of: 0, next: [] };
/** @type {Clips | null} */
let clips = null;
let screen = "";
let ready = false; // both sides are seen, and no vote is under way
let seenAt = 0;

/** @param {string} name */
function show(name) {
  screen = name;
  for (const id of screens) element(id).hidden = id !== name;
}

/** @param {boolean} broken */
function trouble(broken) {
  element("trouble").hidden = !broken;
  element("trouble").textContent = "No connection. Your vote is kept, and sent again…";
}

/** @param {string} title @param {string} text @param {boolean} more */
function end(title, text, more) {
  element("end-title").textContent = title;
  element("end-text").textContent = text;
  element("more").hidden = !more;
  show("end");
  if (more) element("more").focus();
}

/** @param {{status: number, data: any}} answer @returns {boolean} whether there are pairs */
function took({ status, data }) {
  if (status === 200 || status === 409) {
    progress = data;
    return true;
  }
  element("question").textContent = "";
  element("progress").hidden = true;
  element("count").textContent = "";
  const gone = status === 410 ? "This test is closed" : "There is no test here";
  end(gone, status === 410 ? "It takes no votes now. Thank you for coming." : "", false);
  return false;
}

/** Load a file whole, so that clips never wait for it. @param {string} id */
function file(id) {
  let url = loaded.get(id);
  if (!url) {
    url = fetchFile(id);
    loaded.set(id, url);
  }
  return url;
}

/** @param {string} id @returns {Promise<string>} */
async function fetchFile(id) {
  for (let pause = 300; ; pause = Math.min(2 * pause, 5000)) {
    try {
      const response = await fetch(`media/${id}`);
      if (response.ok) return URL.createObjectURL(await response.blob());
      if (response.status < 500) throw new TypeError("gone");
    } catch {
      trouble(true);
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}

/** Forget files of pairs that are over. */
function tidy() {
  const wanted = new Set(progress.next.slice(0, LOADED).flatMap(({ left, right }) => [left, right]));
  for (const [id, url] of loaded) {
    if (wanted.has(id)) continue;
    loaded.delete(id);
    void url.then(URL.revokeObjectURL);
  }
}

function count() {
  const { done, of } = progress;
  const bar = element("progress");
  bar.hidden = false;
  bar.setAttribute("aria-valuemax", `${of}`);
  bar.setAttribute("aria-valuenow", `${done}`);
  /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${(100 * done) / of}%`;
  element("count").textContent = `${Math.min(done + 1, of)} of ${of}`;
}

async function next() {
  clips?.close();
  clips = null;
  const [look, later] = progress.next;
  if (!look) {
    element("count").textContent = `${progress.done} of ${progress.of}`;
    const bar = /** @type {HTMLElement} */ (element("progress").firstElementChild);
    bar.style.width = "100%";
    end("Thank you", "Your votes are counted. If you like, there are more pairs.", true);
    return;
  }
  count();
  show("pair");
  const sides = element("sides");
  sides.classList.add("loading");
  sides.style.setProperty("--width", `${look.width}`);
  sides.style.setProperty("--height", `${look.height}`);
  const urls = await Promise.all([file(look.left), file(look.right)]);
  trouble(false);
  await (look.frames ? seeClips(look, urls) : seePhotos(look, urls));
  sides.classList.remove("loading");
  seenAt = performance.now();
  ready = true;
  element("choices").dataset.ready = look.id;
  tidy();
  if (later) {
    void file(later.left);
    void file(later.right);
  }
}

/** @param {Look} look @param {string[]} urls */
async function seePhotos(look, urls) {
  element("play").hidden = true;
  const images = urls.map((src) => {
    const { width, height } = look;
    return Object.assign(new Image(width, height), { src, alt: "", draggable: false });
  });
  await Promise.all(images.map((image) => image.decode()));
  frames.forEach((frame, side) => frame.replaceChildren(images[side]));
}

/** @param {Look} look @param {string[]} urls */
async function seeClips(look, urls) {
  clips = new Clips(frames, urls, look);
  await clips.load();
  element("play").hidden = false;
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) void clips.play();
  label();
}

function label() {
  element("play").innerHTML = `<kbd>Space</kbd> ${clips?.playing ? "Stop" : "Play"}`;
}

function togglePlaying() {
  if (!clips) return;
  if (clips.playing) clips.pause();
  else void clips.play();
  label();
}

/** @param {Choice} choice */
async function choose(choice) {
  if (!ready) return;
  ready = false;
  delete element("choices").dataset.ready;
  const button = document.querySelector(`[data-choice=${choice}]`);
  button?.classList.add("chosen");
  const milliseconds = Math.round(performance.now() - seenAt);
  const vote = { showing: progress.next[0].id, vote: newId(), choice, milliseconds };
  pending.keep(vote);
  const answer = await post("vote", vote, trouble);
  pending.forget();
  button?.classList.remove("chosen");
  if (took(answer)) await next();
}

async function start() {
  if (screen !== "welcome") return;
  /** @type {HTMLElement} */ (document.activeElement)?.blur();
  await next();
}

async function more() {
  const before = progress.of;
  if (!took(await post("more", { after: before }, trouble))) return;
  if (progress.of > before) await next();
  else end("Thank you", "You have seen every pair that there is.", false);
}

/** @param {KeyboardEvent} event */
function key(event) {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (screen !== "pair") return; // buttons there have the focus, and Enter presses them
  const choice = (tall.matches ? TALL_KEYS : WIDE_KEYS)[event.key];
  if (event.key !== " " && !choice) return;
  event.preventDefault();
  if (choice) void choose(choice);
  else togglePlaying();
}

async function join() {
  const answer = await post("join", {}, trouble);
  if (!took(answer)) return;
  element("question").textContent = document.title = progress.question ?? "";
  const unsent = pending.get();
  if (unsent) {
    const { status, data } = await post("vote", unsent, trouble);
    pending.forget();
    if (status === 200 || status === 409) progress = data;
  }
  if (progress.done && progress.next.length) await next();
  else if (!progress.next.length) await next();
  else {
    show("welcome");
    element("start").focus();
    void file(progress.next[0].left);
    void file(progress.next[0].right);
  }
}

addEventListener("keydown", key);
element("start").addEventListener("click", () => void start());
element("more").addEventListener("click", () => void more());
element("play").addEventListener("click", togglePlaying);
for (const button of document.querySelectorAll("[data-choice]")) {
  button.addEventListener("click", () => {
    void choose(/** @type {Choice} */ (/** @type {HTMLElement} */ (button).dataset.choice));
  });
}
void join();
