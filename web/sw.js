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

async function keepAll() {
  const store = await caches.open(STORE);
  const listed = await (await fetch("files.json", { cache: "no-cache" })).json();
  const catalogue = await (await fetch("catalogue.json", { cache: "no-cache" })).json();
  const models = catalogue.files.map((/** @type {{url: string}} */ file) => file.url);
  await store.addAll([...FILES, ...listed, ...models]);
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
  event.waitUntil(keepAll().then(() => worker.skipWaiting()));
});
worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(worker.clients.claim());
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const own = new URL(request.url).origin === worker.location.origin;
  if (request.method === "GET" && own) event.respondWith(answer(request));
});
