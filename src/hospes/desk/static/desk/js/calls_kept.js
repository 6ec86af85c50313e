/** Pieces of recordings that were not taken yet stay in this browser until they are: a closed window or a lost line
 *  loses none of them. They go at the next opening of the desk, whichever page that is. */

import { facts, post, sendBytes } from "./net.js";

const NAME = "hospes-recordings";
const MOST = 50 * 1024 * 1024; // of all pieces together; what does not fit stays in the window's memory alone
const OLDEST = 7 * 24 * 3600 * 1000; // ms: later the server takes no more
const END = Number.MAX_SAFE_INTEGER; // the place of "that was all", behind every piece

const done = (request) =>
  new Promise((good, bad) => {
    request.onsuccess = () => good(request.result);
    request.onerror = () => bad(request.error);
  });

let opened = null;
function store(mode) {
  opened ??= new Promise((good, bad) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("pieces", { keyPath: ["token", "number"] });
    asked.onsuccess = () => good(asked.result);
    asked.onerror = () => bad(asked.error);
  });
  return opened.then((base) => base.transaction("pieces", mode).objectStore("pieces"));
}

/** One after the other, so that the sum is right. A browser that keeps nothing (a private window) is no fault. */
let chain = Promise.resolve();
const after = (step) => (chain = chain.then(step).catch(() => {}));

/** Counted when it is first needed, and again when that much would be too much: what was sent is not taken off. */
let known = null;
async function fits(size) {
  if (known === null || known + size > MOST) known = await bytesKept();
  known += size;
  return known <= MOST;
}

async function bytesKept() {
  let sum = 0;
  const pieces = await store("readonly");
  await new Promise((good, bad) => {
    const asked = pieces.openCursor();
    asked.onerror = () => bad(asked.error);
    asked.onsuccess = () => {
      if (!asked.result) return good();
      sum += asked.result.value.size;
      asked.result.continue();
    };
  });
  return sum;
}

/** Keep what is to be sent: {token, number, data}, or {token, end} in seconds. */
export function keep(agent, { token, number = END, data = null, end = null }) {
  return after(async () => {
    const size = data?.size ?? 0;
    if (!(await fits(size))) return;
    const piece = { agent, token, number, end, size, at: Date.now(), data: data && (await data.arrayBuffer()) };
    await done((await store("readwrite")).put(piece));
  });
}

/** It was taken, or never will be. */
export const forget = ({ token, number = END }) => after(async () => done((await store("readwrite")).delete([token, number])));

const lockOf = (token) => `${NAME}-${token}`;

/** While the window that records lives, it sends by itself; until `over` is called nobody else does. */
export function hold(token) {
  let over = () => {};
  const held = new Promise((good) => (over = good));
  navigator.locks?.request(lockOf(token), () => held);
  return over;
}

/** Where pieces go; throws {status}. */
export const taking = {
  piece: (token, number, blob) => sendBytes(`${facts.urls.home}recordings/${token}/piece/${number}/`, blob),
  finish: (token, seconds) => post(`${facts.urls.home}recordings/${token}/finish/`, { seconds }),
};

/** Send what earlier windows of this agent left behind; how many were sent. */
export async function sendKept(agent, { piece, finish } = taking) {
  if (!navigator.locks || !window.indexedDB) return 0;
  return navigator.locks.request(NAME, { ifAvailable: true }, async (mine) => {
    const keys = mine ? await store("readonly").then((pieces) => done(pieces.getAllKeys())) : [];
    let sent = 0;
    for (const token of new Set(keys.map(([one]) => one))) {
      const own = keys.filter(([one]) => one === token);
      sent += await navigator.locks.request(lockOf(token), { ifAvailable: true }, (free) => (free ? sendOne(agent, own, { piece, finish }) : 0));
    }
    return sent;
  }).catch(() => 0);
}

/** The pieces of one recording in their order; the first that is not taken for now ends it until the next time. */
async function sendOne(agent, keys, { piece, finish }) {
  let sent = 0;
  for (const key of keys) {
    const one = await done((await store("readonly")).get(key));
    if (!one || one.agent !== agent) continue;
    try {
      if (Date.now() - one.at < OLDEST) await (one.end === null ? piece(one.token, one.number, new Blob([one.data])) : finish(one.token, one.end));
      sent += 1;
    } catch (error) {
      if (!refused(error)) return sent;
    }
    await forget(one);
  }
  return sent;
}

/** Whether asking again is of no use. */
export const refused = ({ status }) => status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
