// Messages to the server that arrive once, however often they have to be sent.

const FIRST_WAIT = 400; // milliseconds; doubled after each failure
const LONGEST_WAIT = 5000;

/** @param {number} time in milliseconds */
const wait = (time) => new Promise((done) => setTimeout(done, time));

/**
 * Send until there is an answer. The server knows a repeated message by what is in it.
 *
 * @param {string} path
 * @param {object} body
 * @param {(broken: boolean) => void} onTrouble told when the connection breaks, and when it is back
 * @returns {Promise<{status: number, data: any}>}
 */
export async function post(path, body, onTrouble) {
  for (let pause = FIRST_WAIT; ; pause = Math.min(2 * pause, LONGEST_WAIT)) {
    try {
      const response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (response.status < 500) {
        const data = await response.json();
        onTrouble(false);
        return { status: response.status, data };
      }
    } catch {
      // No connection, or one that broke off: the same again.
    }
    onTrouble(true);
    await wait(pause);
  }
}

/** A vote that was given and perhaps not received, kept over a reload of the page. */
export class Pending {
  #key = `pending ${location.pathname}`;

  /** @param {object} vote */
  keep(vote) {
    try {
      localStorage.setItem(this.#key, JSON.stringify(vote));
    } catch {
      // Private windows may have no storage: then a vote lives as long as the page.
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // As above.
    }
  }

  /** @returns {object | null} */
  get() {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "null");
    } catch {
      return null;
    }
  }
}

/** An id that no other vote has. `crypto.randomUUID` is there on secure pages only. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
