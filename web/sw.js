/**
 * The service worker: keeps the page, the engine and the styles for use without a network, and adds
 * the headers that threads need where the host does not send them.
 *
 * What the network has is newer and comes first; the store answers when there is no network.
 */

const STORE = "pleinair";
const FILES = ["./", "catalogue.json"];
/** Milliseconds after which a slow network is no network. */
const PATIENCE = 4000;

const worker = /** @type {any} */ (self);

/** @param {Response} answer */
function isolated(answer) {
  const headers = new Headers(answer.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  const { status, statusText } = answer;
  return new Response(answer.body, { status, statusText, headers });
}

/** The page; the engine's modules and the styles are kept as they are used. */
async function keepPage() {
  const store = await caches.open(STORE);
  /** @type {string[]} */
  const listed = await (await fetch("files.json", { cache: "no-cache" })).json();
  await store.addAll([...FILES, ...listed.filter((name) => !name.endsWith(".wasm"))]);
}

/** What was loaded before this worker saw it. @param {string[]} urls */
async function keepLoaded(urls) {
  const store = await caches.open(STORE);
  const known = await Promise.all(urls.map((url) => store.match(url)));
  await store.addAll(urls.filter((_, i) => !known[i]));
}

/** @param {Request} request */
async function answer(request) {
  const store = await caches.open(STORE);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (fresh.ok) await store.put(request, fresh.clone());
    return isolated(fresh);
  } catch (error) {
    const kept = await store.match(request, { ignoreSearch: true });
    if (kept) return isolated(kept);
    throw error;
  }
}

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(keepPage().then(() => worker.skipWaiting()));
});
worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(worker.clients.claim());
});
worker.addEventListener("message", (/** @type {any} */ event) => {
  event.waitUntil(keepLoaded(event.data.keep));
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const own = new URL(request.url).origin === worker.location.origin;
  if (request.method === "GET" && own) event.respondWith(answer(request));
});
