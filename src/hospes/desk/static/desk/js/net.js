/** Talking to the server: facts of the page, words, requests, and changes that wait while there is no connection. */

const read = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "{}");
export const facts = read("facts");
const words = read("words");
const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

/** A text of the page's language, its {braces} filled in. */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const may = (right) => facts.rights?.includes(right) ?? false;
export const url = (number, what = "") => `${facts.urls.home}t/${number}/${what}`;

/** A refusal or a lost connection. `status` 0 means that the server was not reached. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.message || say("failed"));
    this.status = status;
    this.body = body ?? {};
  }
}

async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, { message: say("offline") });
  }
  if (answer.status === 401) {
    location.assign(`${facts.urls.sign_in}?next=${encodeURIComponent(location.pathname + location.search)}`);
    throw new Refused(401);
  }
  if (answer.ok) return answer;
  const json = answer.headers.get("Content-Type")?.includes("json");
  throw new Refused(answer.status, json ? await answer.json() : {});
}

/** A piece of a page. */
export async function fragment(address, { signal, low = false } = {}) {
  const answer = await ask(address, { headers: { "Hospes-Fragment": "1" }, signal, priority: low ? "low" : "auto" });
  return answer.text();
}

export async function json(address, { signal } = {}) {
  return (await ask(address, { headers: { "Hospes-Fragment": "1" }, signal })).json();
}

/** Posts a form; the answer is JSON or null. */
export async function post(address, data = {}, { keepalive = false } = {}) {
  const body = data instanceof FormData ? data : form(data);
  const headers = { "X-CSRFToken": token, "Hospes-Fragment": "1" };
  const answer = await ask(address, { method: "POST", body, headers, keepalive });
  return answer.status === 204 ? null : answer.json();
}

/** Posts bytes as they are, not as a form. Leads nowhere, whatever is answered: somebody may be talking here. */
export async function sendBytes(address, body) {
  const headers = { "X-CSRFToken": token, "Hospes-Fragment": "1", "Content-Type": "application/octet-stream" };
  const answer = await fetch(address, { method: "POST", body, headers, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) throw new Refused(answer?.status ?? 0);
}

export function form(data) {
  const body = new FormData();
  for (const [name, value] of Object.entries(data))
    for (const one of Array.isArray(value) ? value : [value]) body.append(name, one ?? "");
  return body;
}

/** Uploads one file and tells how far it is. Returns {promise, abort}. */
export function upload(file, progress) {
  const request = new XMLHttpRequest();
  const promise = new Promise((resolve, reject) => {
    request.open("POST", facts.urls.upload);
    request.setRequestHeader("X-CSRFToken", token);
    request.setRequestHeader("Hospes-Fragment", "1");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch {
        /* The status alone will do. */
      }
      if (request.status < 300) resolve(body);
      else reject(new Refused(request.status, body));
    };
    request.onerror = () => reject(new Refused(0, { message: say("offline") }));
    request.send(form({ file }));
  });
  return { promise, abort: () => request.abort() };
}

/* Changes that could not be sent. Each sets a value, so sending one twice does no harm. */
const waiting = [];
const bar = document.getElementById("offline");
let offline = false;
let extra = 0;

function showBar() {
  if (!bar) return;
  const count = waiting.length + extra;
  bar.hidden = !offline && !count;
  const text = count > 1 ? say("offline_many", { n: count }) : count ? say("offline_one") : say("offline");
  bar.querySelector("span").textContent = text;
}

/** Counts something that waits elsewhere (a reply in the composer). */
export function alsoWaiting(count) {
  extra = count;
  showBar();
}

export function setOffline(value) {
  offline = value;
  showBar();
  if (!value) flush();
}

/** Posts a change now, or as soon as there is a connection again. Returns null when it has to wait. */
export async function change(address, data) {
  try {
    return { answer: await post(address, data) };
  } catch (error) {
    if (error.status !== 0) throw error;
    waiting.push([address, data]);
    offline = true;
    showBar();
    return null;
  }
}

async function flush() {
  while (waiting.length) {
    try {
      await post(...waiting[0]);
    } catch (error) {
      if (error.status === 0) break;
    }
    waiting.shift();
  }
  showBar();
}

window.addEventListener("online", () => setTimeout(flush, 300));
window.addEventListener("beforeunload", (event) => {
  if (waiting.length) event.preventDefault();
});
setInterval(() => waiting.length && flush(), 5000);
