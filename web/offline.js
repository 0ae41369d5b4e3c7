/** Files fetched for painting, kept for use without a network: the service worker answers with them. */

/** The same as in sw.js. */
const STORE = "pleinair";

/** A file is not to be had: there is no network, and it was not used before. */
export class AbsentError extends Error {}

/**
 * A file's bytes. What was fetched once is there without a network, too.
 * @param {string | URL} url
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {AbsentError}
 */
export async function fetchKept(url) {
  const answer = await fetch(url).catch(() => undefined);
  if (!answer?.ok) {
    const reason = answer ? `${answer.status} ${answer.statusText}` : "is there a network?";
    throw new AbsentError(`${url} could not be fetched: ${reason}`);
  }
  const copy = answer.clone();
  const bytes = new Uint8Array(await answer.arrayBuffer());
  keep(url, copy).catch(() => {}); // full, or refused: then it needs its network
  return bytes;
}

/** @param {string | URL} url @param {Response} answer */
async function keep(url, answer) {
  if ("caches" in self) await (await caches.open(STORE)).put(url, answer);
}
