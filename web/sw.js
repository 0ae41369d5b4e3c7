/**
 * The service worker: keeps the page for use without a network, and adds the headers that threads
 * need where the host does not send them. The engine and the networks are kept when they are first
 * fetched: a browser uses one of the engine's modules, and a slow device never the finest network.
 *
 * What the network has is newer and comes first; the store answers when there is no network.
 */

const STORE = "pleinair";
const FILES = ["./", "catalogue.json"];
/** Milliseconds after which a slow network is no network, for what is in the store. */
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

async function keepPage() {
  const store = await caches.open(STORE);
  const listed = await (await fetch("files.json", { cache: "no-cache" })).json();
  await store.addAll([...FILES, ...listed]);
}

/** @param {Cache} store @param {Request} request */
async function fetchKept(store, request) {
  const fresh = await fetch(request);
  if (fresh.ok) await store.put(request, fresh.clone());
  return fresh;
}

/** @param {any} event of a request to this site */
async function answer(event) {
  const store = await caches.open(STORE);
  const kept = await store.match(event.request, { ignoreSearch: true });
  const fresh = fetchKept(store, event.request);
  if (!kept) return isolated(await fresh);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  event.waitUntil(fresh.catch(() => {}));
  return isolated(await Promise.race([fresh.catch(() => kept), late]));
}

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(keepPage().then(() => worker.skipWaiting()));
});
worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(worker.clients.claim());
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const own = new URL(request.url).origin === worker.location.origin;
  if (request.method === "GET" && own) event.respondWith(answer(event));
});
