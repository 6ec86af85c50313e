/** Writing: reply, note, forward; drafts kept on the server; files; sending with time to take it back. */

import { toast } from "../../hospes/js/toast.js";
import { makeEditor, loadLibrary } from "./editor.js";
import { alsoWaiting, facts, form as formOf, json, may, post, say, upload, url } from "./net.js";
import { forget, refresh } from "./pane.js";
import * as way from "./channels.js";
import { canUndo, cannotUndo, on, state, tell } from "./state.js";

const kept = new Map(); // "number/kind" → {html, to, cc, files, version}: what was typed, also while there is no connection
let box = null; // the composer on the screen
let editor = null;
let kind = "reply";
let number = null;
let version = 0;
let saveTimer = 0;
let saving = null;
let dirty = false;
let uploads = 0;
let pending = null; // a send that waits for a connection
let forwarded = "";
let shownToAll = ""; // the public answer about which was asked whether everybody may read it

const field = (name) => box.querySelector(`input[name="${name}"]`);
const tokens = () => [...box.querySelectorAll(".carried .file[data-token]")].map((file) => file.dataset.token);
const key = () => `${number}/${kind}`;
const locally = () => `draft:${facts.me}:${key()}`;

function hint() {
  return box.dataset[`hint${kind[0].toUpperCase()}${kind.slice(1)}`] ?? "";
}

/* --- beginning and ending ---------------------------------------------------------------------------------- */

on("opened", async (ticket) => {
  drop();
  box = document.getElementById("composer");
  if (!box || !ticket) return;
  number = ticket.number;
  kind = box.dataset.kind;
  version = Number(box.dataset.version);
  const stand = box.querySelector(".stand-in");
  stand.textContent = hint();
  restore();
  way.begin(box, number);
  const mine = box;
  const begin = () => mine === box && build();
  if (box.querySelector("textarea").value || kept.has(key())) begin();
  else {
    box.querySelector(".writing").addEventListener("pointerdown", () => write(kind), { once: true });
    stand.tabIndex = 0;
    stand.setAttribute("role", "textbox");
    stand.setAttribute("aria-label", hint());
    stand.addEventListener("focus", () => write(kind), { once: true });
    (window.requestIdleCallback ?? setTimeout)(() => loadLibrary().catch(() => {}));
  }
});

on("closing", () => {
  if (!box) return;
  keepNow();
  if (dirty) save();
  if (number) forget(number);
  drop();
});

on("merged", ({ arrived }) => {
  if (!box || !arrived.length) return;
  const theirs = arrived
    .map((id) => document.getElementById(`m${id}`))
    .filter((item) => item && !item.matches(".note") && item.dataset.agent !== String(facts.me))
    .filter((item) => !way.current()?.live || item.matches(".ours")); // in a chat the customer writes while we do
  if (theirs.length && kind === "reply" && editor && !editor.empty()) warnAnswered(theirs.at(-1));
  else if (!editor || editor.empty()) box.dataset.seen = lastPublic();
});

function lastPublic() {
  return document.querySelector("#talk [data-ticket]")?.dataset.last ?? box.dataset.seen;
}

function warnAnswered(message) {
  const name = message.querySelector("header b")?.textContent.trim() || say("somebody");
  warn(say("answered_meanwhile", { name }));
  box.dataset.mustPress = "1";
  for (const label of box.querySelectorAll(".when-mail [data-label]")) label.textContent = say("send_anyway");
}

function calm() {
  shownToAll = "";
  delete box.dataset.mustPress;
  warn("");
  for (const label of box.querySelectorAll(".when-mail [data-label]")) label.textContent = way.sendLabel();
}

function warn(text) {
  const place = box.querySelector(".warning");
  place.hidden = !text;
  place.querySelector("div").textContent = text;
}

/** Whether everybody may read this: asked in place, answered by sending once more. Other words are another question. */
function publicIsMeant() {
  const answer = JSON.stringify([number, way.payload(), editor.html(), tokens()]);
  if (kind !== "reply" || !way.isPublic() || shownToAll === answer) return true;
  warn(say("public_sure"));
  shownToAll = answer;
  return false;
}

function unask() {
  if (!shownToAll) return;
  shownToAll = "";
  warn("");
}

on("way", unask);

function drop() {
  shownToAll = "";
  clearTimeout(saveTimer);
  editor?.destroy();
  editor = null;
  way.end();
  box = null;
  dirty = false;
  uploads = 0;
}

/** Makes the text rich. What stands in memory is newer than what the server sent with the page. */
async function build() {
  if (editor || !box) return editor;
  if (box.dataset.building) return null;
  box.dataset.building = "1";
  const place = box.querySelector(".writing");
  const area = place.querySelector("textarea");
  const mine = box;
  const holder = document.createElement("div");
  let made;
  try {
    made = await makeEditor(holder, {
      html: kept.get(key())?.html ?? area.value,
      hint: hint(),
      label: hint(),
      on: { change: changed, selection: showFormats, files: attach, macro: useMacro, submit: sendKeys },
    });
  } catch (error) {
    console.error(error);
    fallback(place, area);
    return null;
  }
  delete mine.dataset.building;
  if (mine !== box) {
    made.destroy();
    return null;
  }
  place.querySelector(".stand-in")?.remove();
  place.append(holder);
  editor = made;
  return editor;
}

/** Without the editor's code one can still write plain text. */
function fallback(place, area) {
  place.querySelector(".stand-in")?.remove();
  area.hidden = false;
  area.className = "input";
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  editor = {
    html: () => (area.value.trim() ? `<p>${escape(area.value).replace(/\n/g, "<br>")}</p>` : ""),
    empty: () => !area.value.trim(),
    set: (html) => {
      const holder = document.createElement("template");
      holder.innerHTML = html;
      area.value = holder.content.textContent;
    },
    insert: (html) => {
      const holder = document.createElement("template");
      holder.innerHTML = html;
      area.value += holder.content.textContent;
    },
    type: (text) => (area.value += text),
    focus: () => area.focus(),
    hint: () => {},
    active: () => false,
    format: () => {},
    destroy: () => {},
  };
  area.addEventListener("input", changed);
}

/* --- kinds ------------------------------------------------------------------------------------------------- */

/** Opens the composer for a kind and puts the cursor in. */
export async function write(wanted, { focus = true } = {}) {
  if (!box) return;
  if (wanted === "reply" && !may("reply")) wanted = "note";
  box.classList.add("open");
  if (wanted !== kind) switchTo(wanted);
  await build();
  if (focus) editor?.focus();
}

function switchTo(wanted) {
  if (editor) {
    keepNow();
    if (dirty) save();
  }
  kind = wanted;
  box.dataset.kind = kind;
  calm();
  for (const tab of box.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.kind === kind));
  restore();
  way.draw();
  editor?.set(kept.get(key())?.html ?? "");
  editor?.hint(hint());
}

/** Puts back what was typed for this ticket and kind. */
function restore() {
  const local = kept.get(key()) ?? stored();
  const forward = kind === "forward";
  box.querySelector(".line.subject").hidden = !forward;
  field("to").readOnly = !forward;
  field("to").value = forward ? (local?.to ?? "") : field("to").dataset.own;
  if (local) {
    kept.set(key(), local);
    version = local.version ?? version;
    if (local.cc) showCc(local.cc);
    box.querySelector(".carried").replaceChildren(...(local.files ?? []).map(chip));
  } else if (kind !== box.dataset.first) box.querySelector(".carried").replaceChildren();
  box.dataset.first ??= kind;
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(locally()));
  } catch {
    return null;
  }
}

function showCc(value) {
  const line = box.querySelector(".line.cc");
  line.hidden = false;
  box.querySelector("[data-show-cc]")?.setAttribute("hidden", "");
  if (value !== undefined) field("cc").value = value;
}

/* --- drafts ------------------------------------------------------------------------------------------------ */

function changed() {
  dirty = true;
  keepNow();
  clearTimeout(saveTimer);
  saveTimer = setTimeout(save, 900);
  way.count();
  unask();
  tell("writing", kind);
  if (!box.dataset.mustPress) box.dataset.seen ||= lastPublic();
}

/** In memory and in this browser at once: nothing typed is lost whatever happens to the connection. */
function keepNow() {
  if (!box || !editor) return;
  const files = [...box.querySelectorAll(".carried .file[data-token]")].map((file) => ({ ...file.dataset }));
  const now = { html: editor.html(), to: field("to").value, cc: field("cc").value, files, version };
  if (!now.html && !files.length) {
    kept.delete(key());
    localStorage.removeItem(locally());
    return;
  }
  kept.set(key(), now);
  if (dirty)
    try {
      localStorage.setItem(locally(), JSON.stringify(now));
    } catch {
      /* Full: the server has it. */
    }
}

async function save() {
  clearTimeout(saveTimer);
  if (!box || !editor) return;
  if (saving) {
    await saving.catch(() => {});
    if (!dirty || !box || !editor) return;
  }
  const place = box.querySelector(".saved");
  const data = formOf({ kind, html: editor.html(), to: field("to").value, cc: field("cc").value, upload: tokens() });
  if (version) data.append("version", version);
  dirty = false;
  const [whose, name] = [number, locally()];
  saving = post(url(whose, "draft/"), data);
  try {
    const answer = await saving;
    if (whose === number) version = answer.version;
    localStorage.removeItem(name);
    place.textContent = editor?.empty() ? "" : say("saved");
  } catch (error) {
    dirty = true;
    if (error.status === 409) {
      /* Two windows of one agent: this one, in which something is being typed, wins. */
      version = error.body.version ?? 0;
      place.textContent = say("draft_elsewhere");
    } else place.textContent = error.status === 0 ? say("not_saved") : error.message;
    saveTimer = setTimeout(save, 4000);
  } finally {
    saving = null;
  }
}

window.addEventListener("pagehide", () => {
  if (!box || !editor || !dirty) return;
  keepNow();
  post(url(number, "draft/"), formOf({ kind, html: editor.html(), cc: field("cc").value, upload: tokens() }), { keepalive: true }).catch(() => {});
});

/* --- files ------------------------------------------------------------------------------------------------- */

function chip({ token, name, size }) {
  const file = document.createElement("span");
  file.className = "file";
  if (token) file.dataset.token = token;
  file.dataset.name = name;
  file.dataset.size = size;
  const words = document.createElement("span");
  words.className = "clip";
  words.textContent = name;
  const bytes = document.createElement("small");
  const kilo = Number(size) / 1024;
  bytes.textContent = new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: "latn", style: "unit", unit: kilo > 900 ? "megabyte" : "kilobyte", maximumFractionDigits: kilo > 900 ? 1 : 0 }).format(kilo > 900 ? kilo / 1024 : kilo);
  const remove = document.createElement("button");
  remove.type = "button";
  remove.dataset.dropFile = "";
  remove.setAttribute("aria-label", `${say("remove")}: ${name}`);
  remove.innerHTML = `<svg class="icon small" viewBox="0 0 24 24" aria-hidden="true"><use href="${facts.sprite}#x"/></svg>`;
  file.append(words, bytes, remove);
  return file;
}

/** Uploads files, each with its progress; sending waits for them. */
export function attach(files) {
  if (!box) return;
  build();
  const where = box;
  for (const one of files) {
    const why = way.refuses(one, where.querySelectorAll(".carried .file").length);
    if (why) {
      toast(why, { kind: "bad", seconds: 8 });
      continue;
    }
    const shown = chip({ name: one.name || "image.png", size: one.size });
    const progress = document.createElement("progress");
    progress.max = 1;
    progress.value = 0;
    progress.setAttribute("aria-label", say("uploading", { name: one.name }));
    shown.append(progress);
    where.querySelector(".carried").append(shown);
    uploads += 1;
    const running = upload(one, (done) => (progress.value = done));
    shown._abort = running.abort;
    running.promise
      .then((answer) => {
        shown.dataset.token = answer.token;
        progress.remove();
        if (where === box) changed();
      })
      .catch((error) => {
        shown.remove();
        toast(say("upload_failed", { name: one.name, why: error.message }), { kind: "bad", seconds: 8 });
      })
      .finally(() => (uploads = Math.max(0, uploads - 1)));
  }
}

/* --- macros, quotes ---------------------------------------------------------------------------------------- */

export async function useMacro(id) {
  if (!box) return;
  try {
    const answer = await post(url(number, "macro/"), { macro: id });
    await write(kind === "note" && may("reply") ? "reply" : kind);
    editor?.insert(answer.html);
    if (answer.changed) refresh();
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
}

/** Puts words at the cursor of the reply that is being written. */
export async function insertWords(words) {
  if (!box) return;
  await write("reply");
  const line = document.createElement("p");
  line.textContent = words;
  editor?.insert(line.outerHTML);
}

async function quote(id) {
  const message = document.getElementById(`m${id}`);
  const frame = message.querySelector("iframe.mail");
  const text = (frame?.contentDocument?.body ?? message.querySelector(".prose"))?.innerText ?? "";
  const lines = document.createElement("blockquote");
  for (const line of text.trim().split(/\n+/).slice(0, 60)) {
    const p = document.createElement("p");
    p.textContent = line;
    lines.append(p);
  }
  await write("reply");
  const by = document.createElement("p");
  by.textContent = say("quoted_by", { name: message.querySelector("header b").textContent.trim() });
  editor?.insert(`${by.outerHTML}${lines.outerHTML}<p></p>`);
}

async function forwardMessage(id) {
  forwarded = id ?? [...document.querySelectorAll("#thread .message.theirs")].at(-1)?.dataset.message ?? "";
  await write("forward");
  field("to").focus();
}

/* --- sending ----------------------------------------------------------------------------------------------- */

function sendKeys(event) {
  if (event.key === "Escape") {
    event.preventDefault();
    document.activeElement.blur();
    document.getElementById("thread")?.focus({ preventScroll: true });
    return true;
  }
  const alone = !(event.shiftKey || event.altKey || event.isComposing || editor?.active("bulletList") || editor?.active("orderedList"));
  const sends = event.ctrlKey || event.metaKey || (alone && way.enterSends());
  if (event.key !== "Enter" || !sends) return false;
  event.preventDefault();
  if (!event.repeat) send(event.shiftKey ? "solved" : ""); // a key held down asks and does not answer
  return true;
}

/** Sends what is written; `meant` when it was asked before whether everybody may read it. */
export async function send(then = "", meant = false) {
  if (!box) return;
  await build();
  if (!editor) return;
  const shut = way.wrong();
  if (shut) return warn(shut);
  if (editor.empty() && !tokens().length && kind !== "forward" && !way.hasTemplate()) {
    warn(say("empty"));
    editor.focus();
    return;
  }
  if (uploads) return warn(say("wait_upload"));
  if (!meant && !publicIsMeant()) return;
  if (box.dataset.mustPress) box.dataset.seen = lastPublic();
  const job = {
    number, kind, then,
    data: {
      html: editor.html(), then, upload: tokens(), seen: box.dataset.seen || lastPublic(),
      ...(kind === "reply" ? { cc: field("cc").value, cc_shown: box.dataset.cc ?? "", ...way.payload() } : {}),
      ...(kind === "forward" ? { to: field("to").value, subject: field("subject").value, message: forwarded } : {}),
    },
  };
  const button = box.querySelector(kind === "note" ? ".when-note" : ".when-mail .button");
  button.classList.add("busy");
  clearTimeout(saveTimer);
  try {
    await saving?.catch(() => {});
    const answer = await post(url(job.number, `${job.kind}/`), job.data);
    sent(job, answer);
  } catch (error) {
    if (box) refused(job, error);
  } finally {
    button.classList.remove("busy");
  }
}

async function refused(job, error) {
  if (error.status === 0) {
    pending = job;
    alsoWaiting(1);
    warn(say("not_saved"));
    return;
  }
  if (error.status === 409) {
    await refresh().catch(() => {});
    const ids = error.body.message_ids ?? [];
    const theirs = ids.map((id) => document.getElementById(`m${id}`)).filter(Boolean);
    for (const item of theirs) item.classList.add("arrived");
    if (theirs.length) {
      warnAnswered(theirs.at(-1));
      theirs[0].scrollIntoView({ block: "center", behavior: "smooth" });
    } else warn(error.message);
    return;
  }
  warn(error.message);
  if (error.body.field) field(error.body.field)?.focus();
}

function sent(job, answer) {
  clearDraft(job);
  if (job.kind === "reply") way.sent(job.number);
  const words = say({ reply: "sent", note: "noted", forward: "forwarded" }[job.kind]);
  if (answer.undo) {
    const entry = canUndo({ until: Date.now() + answer.seconds * 1000, run: () => undo(answer.undo, job) });
    const run = () => {
      cannotUndo(entry);
      entry.run();
    };
    entry.close = toast(words, { seconds: answer.seconds, countdown: true, action: { label: say("undo"), key: "u", run } });
  }
  if (state.ticket?.number === job.number) {
    box?.classList.remove("open");
    refresh().catch(() => {});
  }
  tell("sent", job);
}

function clearDraft(job) {
  kept.delete(`${job.number}/${job.kind}`);
  localStorage.removeItem(`draft:${facts.me}:${job.number}/${job.kind}`);
  forget(job.number);
  if (number !== job.number || !box) return;
  dirty = false;
  version = 0;
  if (kind === job.kind) {
    editor?.set("");
    box.querySelector(".carried").replaceChildren();
  }
  box.querySelector(".saved").textContent = "";
  calm();
  box.dataset.seen = "";
  if (document.activeElement?.closest("#composer")) document.activeElement.blur();
}

async function undo(address, job) {
  try {
    const draft = await post(address);
    kept.set(`${draft.number}/${draft.kind}`, draft);
    forget(draft.number);
    if (state.ticket?.number !== job.number) {
      const { open } = await import("./pane.js");
      await open(job.number);
    } else await refresh();
    if (box) {
      kind = "";
      await write(draft.kind);
      editor?.set(draft.html);
      box.querySelector(".carried").replaceChildren(...draft.files.map(chip));
      version = draft.version;
    }
    toast(say("undone"));
    tell("undone", job);
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
}

/** There is a connection again: a reply that waited goes out, unless it turns out to have arrived before. */
export async function sendPending() {
  const job = pending;
  if (!job) return;
  pending = null;
  alsoWaiting(0);
  if (state.ticket?.number !== job.number || !box) return;
  const before = Number(job.data.seen || 0);
  await refresh().catch(() => {});
  const mine = [...document.querySelectorAll(`#thread [data-agent="${facts.me}"]`)].filter((item) => Number(item.dataset.message) > before);
  const holder = document.createElement("template");
  holder.innerHTML = job.data.html;
  const words = (text) => text.replace(/\s+/g, " ").trim();
  const arrived = mine.some((item) => words(item.querySelector(".prose")?.textContent ?? "") === words(holder.content.textContent));
  if (arrived) clearDraft(job);
  else send(job.then, true);
}

/* --- what is pressed --------------------------------------------------------------------------------------- */

function showFormats() {
  for (const button of box?.querySelectorAll("[data-format]") ?? []) button.setAttribute("aria-pressed", String(editor?.active(button.dataset.format) ?? false));
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "composer") return;
  event.preventDefault();
  send(event.submitter?.dataset.then ?? "");
});

document.addEventListener("click", async (event) => {
  const hit = (selector) => event.target.closest(selector);
  if (shownToAll && event.detail > 1 && hit("#composer [type=submit]")) return event.preventDefault(); // a double click is one
  const tab = hit("#composer [role=tab]");
  if (tab) return tab.dataset.kind === "forward" ? forwardMessage() : write(tab.dataset.kind);
  const format = hit("#composer [data-format]");
  if (format) {
    await build();
    editor?.format(format.dataset.format);
    return showFormats();
  }
  if (hit("#composer [data-attach]")) return box.querySelector("input[type=file]").click();
  if (hit("#composer [data-mention]")) {
    if (kind === "reply") await write("note");
    else await build();
    return editor?.type(" @");
  }
  if (hit("#composer [data-show-cc]")) {
    showCc();
    return field("cc").focus();
  }
  const remove = hit("#composer [data-drop-file]");
  if (remove) {
    const file = remove.closest(".file");
    file._abort?.();
    if (file.dataset.token) post(facts.urls.upload, { remove: file.dataset.token }).catch(() => {});
    file.remove();
    return changed();
  }
  const quoted = hit("[data-quote]");
  if (quoted) return quote(quoted.dataset.quote);
  const forward = hit("[data-forward]");
  if (forward) return forwardMessage(forward.dataset.forward);
  if (hit("[data-compose]")) return hit("[data-compose]").dataset.compose === "forward" ? forwardMessage() : write(hit("[data-compose]").dataset.compose);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("#composer input[type=file]")) {
    attach([...event.target.files]);
    event.target.value = "";
  }
});

document.addEventListener("input", (event) => {
  if (event.target.matches("#composer .receivers input")) changed();
  if (event.target.matches("#composer-to, #id_to")) offerAddresses(event.target.value);
});

let addressTimer = 0;
function offerAddresses(text) {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(async () => {
    const list = document.getElementById("people-known");
    if (!list || text.length < 2) return;
    const { people } = await json(`${facts.urls.home}addresses/?q=${encodeURIComponent(text)}`).catch(() => ({ people: [] }));
    list.replaceChildren(...people.map((one) => Object.assign(document.createElement("option"), { value: one.address, label: one.name })));
  }, 150);
}

/* Files may be dropped anywhere on the talk. */
const talk = document.getElementById("talk");
let depth = 0;
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
talk?.addEventListener("dragenter", (event) => {
  if (!carriesFiles(event) || !box) return;
  depth += 1;
  box.classList.add("dropping", "open");
});
talk?.addEventListener("dragleave", () => {
  depth = Math.max(0, depth - 1);
  if (!depth) box?.classList.remove("dropping");
});
talk?.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
talk?.addEventListener("drop", (event) => {
  depth = 0;
  box?.classList.remove("dropping");
  if (!carriesFiles(event) || event.defaultPrevented || !box) return;
  event.preventDefault();
  attach([...event.dataTransfer.files]);
});
