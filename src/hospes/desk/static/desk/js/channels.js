/** By which way an answer goes: shown with its reason before it is sent, limits named while one writes. */

import { toast } from "../../hospes/js/toast.js";
import { span } from "../../hospes/js/time.js";
import { facts, json, say, url } from "./net.js";
import { on, tell } from "./state.js";

const chosenBy = new Map(); // number → key of the way that the agent chose, until the answer is sent
const known = new Map(); // inbox id and ticket → its templates
let box = null;
let number = null;
let ways = [];
let key = "";
let template = null; // what /templates/ told of the chosen one
let clock = 0;

const part = (name) => box?.querySelector(`[data-way="${name}"]`);
const replying = () => box?.dataset.kind === "reply";
export const current = () => (replying() ? (ways.find((way) => way.key === key) ?? null) : null);
const icon = (name, look = "") => `<svg class="icon ${look}" viewBox="0 0 24 24" aria-hidden="true"><use href="${facts.sprite}#${name}"/></svg>`;

function read(text) {
  try {
    return JSON.parse(text || "[]");
  } catch {
    return [];
  }
}

/* --- beginning, ending, news --------------------------------------------------------------------------------- */

export function begin(composer, ticket) {
  box = composer;
  number = ticket;
  template = null;
  ways = read(box.dataset.ways);
  key = ways.find((way) => way.key === chosenBy.get(number))?.key ?? ways[0]?.key ?? "";
  clearInterval(clock);
  clock = setInterval(tick, 20000);
  draw();
}

export function end() {
  clearInterval(clock);
  box = null;
  ways = [];
}

/** What the server tells now. While something is being written, the way does not change under the pen. */
export function renew(text) {
  if (!box || text === undefined) return;
  ways = read(text);
  const kept = ways.find((way) => way.key === key);
  const writing = words() || template;
  if (!kept || (!writing && !chosenBy.has(number))) key = ways[0]?.key ?? "";
  draw();
}

on("merged", ({ ways: told }) => renew(told));

async function tick() {
  const way = current();
  if (!way?.until) return;
  if (new Date(way.until) > Date.now()) return drawLeft(way);
  const told = await json(url(number, "ways/")).catch(() => null);
  if (told) renew(JSON.stringify(told.ways));
}

export function sent(ticket) {
  chosenBy.delete(ticket);
  if (ticket !== number || !box) return;
  template = null;
  for (const one of box.querySelectorAll(".ready-buttons input")) one.value = "";
  box.querySelector(".ready-buttons").hidden = true;
  draw();
}

/* --- drawing ------------------------------------------------------------------------------------------------- */

export function draw() {
  if (!box) return;
  const way = current();
  const line = box.querySelector(".line.way");
  const plainMail = ways.length === 1 && ways[0].kind === "email" && ways[0].why !== "asked";
  line.hidden = !replying() || plainMail || !ways.length;
  const mail = !way || way.kind === "email";
  for (const one of box.querySelectorAll(".receivers .line:not(.way, .subject, .cc)")) one.hidden = replying() && !mail;
  box.querySelector(".line.cc").hidden = (replying() && !mail) || !box.querySelector('[name="cc"]').value;
  box.toggleAttribute("data-plain", Boolean(way && !way.rich));
  box.toggleAttribute("data-no-files", Boolean(way && !way.files));
  box.toggleAttribute("data-public", way?.mode === "public");
  box.toggleAttribute("data-live", Boolean(way?.live));
  const mustTemplate = Boolean(way && !way.open && way.usable && way.templates);
  box.toggleAttribute("data-template", mustTemplate || Boolean(way && template));
  part("template-tool").hidden = !way?.templates;
  part("buttons-tool").hidden = !way?.buttons;
  if (!way?.buttons) box.querySelector(".ready-buttons").hidden = true;
  box.querySelector(".template-choice").hidden = !box.hasAttribute("data-template");
  if (way) drawWay(way);
  if (mustTemplate || (way && template)) offerTemplates(way);
  for (const label of box.querySelectorAll(".when-mail [data-label]")) if (!box.dataset.mustPress) label.textContent = sendLabel();
  count();
}

function drawWay(way) {
  part("icon").innerHTML = icon(way.icon);
  part("label").textContent = way.inbox ? `${way.label} · ${way.inbox}` : way.label;
  const to = part("to");
  to.textContent = way.kind === "email" ? "" : way.address;
  const best = ways[0];
  const other = best.key !== key && best.usable && (words() || template) && !chosenBy.has(number) ? best : null;
  part("why").textContent = way.usable ? way.why : way.shut;
  part("why").classList.toggle("due", !way.usable);
  const change = part("switch");
  change.hidden = !other;
  if (other) {
    change.textContent = say("way_switch", { channel: other.label });
    change.title = other.why;
    change.dataset.choose = other.key;
  }
  drawPublic(way);
  drawLeft(way);
  drawMenu();
}

/** Made anew only when it says something else, and the one in hand stays in hand. */
function drawMenu() {
  const menu = part("menu");
  const told = JSON.stringify([number, key, ways]);
  if (menu.dataset.told === told) return;
  menu.dataset.told = told;
  const held = menu.contains(document.activeElement) ? document.activeElement.dataset.choose : null;
  menu.replaceChildren(...ways.map(entry));
  if (held) menu.querySelector(`[data-choose="${CSS.escape(held)}"]`)?.focus();
}

/** In public or to them alone: two buttons where both can be done. */
function drawPublic(way) {
  const place = part("public");
  const pair = ways.filter((one) => one.via === way.via && one.mode);
  place.hidden = !way.mode || pair.length < 2;
  if (place.hidden) return;
  place.replaceChildren(
    ...pair.map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.choose = one.key;
      button.disabled = !one.usable;
      button.title = one.shut;
      button.setAttribute("aria-pressed", String(one.key === key));
      button.innerHTML = icon(one.mode === "public" ? "megaphone" : "lock", "small");
      button.append(say(`way_${one.mode}`));
      return button;
    }),
  );
}

function drawLeft(way) {
  const place = part("left");
  const seconds = way.until ? (new Date(way.until) - Date.now()) / 1000 : 0;
  place.hidden = !way.until;
  if (!way.until) return;
  const soon = seconds < 2 * 3600;
  place.classList.toggle("warn", soon);
  place.textContent = soon ? say("way_left", { time: span(seconds, "short") }) : way.until_words;
  place.title = way.until_words;
}

function entry(way) {
  const item = document.createElement("button");
  item.type = "button";
  item.setAttribute("role", "menuitemradio");
  item.setAttribute("aria-checked", String(way.key === key));
  item.dataset.choose = way.key;
  item.disabled = !way.usable;
  if (!way.usable) item.setAttribute("aria-disabled", "true");
  const lines = document.createElement("span");
  lines.className = "lines";
  const name = document.createElement("span");
  name.textContent = way.inbox ? `${way.label} · ${way.inbox}` : way.label;
  const more = document.createElement("small");
  const address = document.createElement("bdi");
  address.textContent = way.address;
  more.append(address, way.address ? " · " : "", way.shut || way.why);
  lines.append(name, more);
  item.innerHTML = icon(way.icon);
  item.append(lines);
  return item;
}

export const isPublic = () => current()?.mode === "public";
export const sendLabel = () => (current()?.mode === "public" ? say("send_public") : say("send"));

export function choose(wanted) {
  const way = ways.find((one) => one.key === wanted && one.usable);
  if (!way || !box) return;
  if (way.via !== current()?.via) template = null;
  key = way.key;
  chosenBy.set(number, key);
  tell("way");
  part("menu").hidePopover?.();
  draw();
  const wrong = carriedWrong(way);
  if (wrong) toast(wrong, { kind: "bad", seconds: 8 });
}

/* --- limits -------------------------------------------------------------------------------------------------- */

/** What the answer says so far. */
export function words() {
  const text = box?.querySelector(".writing .ProseMirror") ?? null;
  return (text ? text.innerText : (box?.querySelector(".writing textarea.input")?.value ?? "")).trim();
}

/* The network's own alphabet (3GPP TS 23.038), as channels/segments.py counts. */
const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€");
const PLAINER = { "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‑": "-", "‐": "-", "−": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "•": "-", "\u200b": "", "\ufeff": "" };
const small = (text) => [...text].every((sign) => BASIC.has(sign) || EXTENDED.has(sign));

/** [how many short messages, how many signs still fit into the last one]. */
export function shortMessages(text) {
  const plain = [...text].map((sign) => PLAINER[sign] ?? sign).join("");
  const gsm = small(plain);
  const signs = [...(gsm ? plain : text)];
  const places = (sign) => (gsm ? (EXTENDED.has(sign) ? 2 : 1) : sign.length);
  const [alone, each] = gsm ? [160, 153] : [70, 67];
  const total = signs.reduce((sum, sign) => sum + places(sign), 0);
  if (total <= alone) return [total ? 1 : 0, alone - total];
  let parts = 1;
  let used = 0;
  for (const sign of signs) {
    if (used + places(sign) > each) {
      parts += 1;
      used = 0;
    }
    used += places(sign);
  }
  return [parts, each - used];
}

export function count() {
  const way = current();
  const place = part("count");
  if (!place) return;
  const text = way && !template ? words() : "";
  const length = [...text].length;
  let said = "";
  if (way?.counted === "sms" && length) {
    const [parts, left] = shortMessages(text);
    said = parts > 1 ? say("sms_parts", { n: parts, left }) : say("chars_left", { n: left });
  } else if (way?.characters && length > way.characters) said = say("long_parts", { n: Math.ceil(length / way.characters) });
  else if (way?.characters && length > way.characters * 0.8) said = say("chars_left", { n: way.characters - length });
  place.textContent = said;
  place.classList.toggle("due", Boolean(way?.characters && length > way.characters * 10));
}

const megabytes = (bytes) => new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: "latn", maximumFractionDigits: 1 }).format(bytes / 1048576);
const fits = (type, wanted) => wanted === type || (wanted.endsWith("/*") && type.startsWith(wanted.slice(0, -1)));

/** Why a file cannot go this way, or "": said before it is uploaded. */
export function refuses(file, carried = 0) {
  const way = current();
  if (!way || way.kind === "email") return "";
  if (!way.files) return say("no_files", { channel: way.label });
  if (carried >= way.files) return say("too_many_files", { channel: way.label, n: way.files });
  if (file.size > way.file_bytes) return say("too_large_file", { channel: way.label, name: file.name, n: megabytes(way.file_bytes) });
  if (file.type && way.file_types.length && !way.file_types.some((wanted) => fits(file.type, wanted))) return say("wrong_file", { channel: way.label, name: file.name });
  return "";
}

function carriedWrong(way) {
  if (way.kind === "email") return "";
  const files = [...box.querySelectorAll(".carried .file[data-size]")];
  if (files.length > way.files) return way.files ? say("too_many_files", { channel: way.label, n: way.files }) : say("no_files", { channel: way.label });
  const large = files.find((file) => Number(file.dataset.size) > way.file_bytes);
  return large ? say("too_large_file", { channel: way.label, name: large.dataset.name, n: megabytes(way.file_bytes) }) : "";
}

/* --- templates ----------------------------------------------------------------------------------------------- */

async function offerTemplates(way) {
  const place = box.querySelector(".template-choice");
  const where = `${number}/${way.via}`;
  if (place.dataset.shown === where) return;
  place.dataset.shown = where;
  const mine = box;
  if (!known.has(where)) {
    const told = await json(url(number, `templates/${way.via}/`)).catch(() => null);
    if (!told) return delete place.dataset.shown;
    known.set(where, told.templates);
  }
  if (mine !== box) return;
  const select = place.querySelector("select");
  const none = new Option(say("choose_template"), "");
  select.replaceChildren(none, ...known.get(where).map((one, at) => new Option(`${one.name.replaceAll("_", " ")} (${one.language})`, at)));
  place.querySelector(".none").hidden = known.get(where).length > 0;
  if (template) select.value = String(known.get(where).indexOf(template));
  drawTemplate();
}

function drawTemplate() {
  const place = box.querySelector(".template-choice");
  const gaps = place.querySelector(".gaps");
  gaps.replaceChildren(
    ...Array.from({ length: template?.gaps ?? 0 }, (_none, at) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      input.className = "input small";
      input.maxLength = 1000;
      input.dir = "auto";
      input.required = true;
      label.append(`{{${at + 1}}}`, input);
      return label;
    }),
  );
  preview();
}

function preview() {
  const place = box.querySelector(".template-choice .preview");
  place.hidden = !template;
  if (!template) return;
  const values = gapValues();
  place.replaceChildren(
    ...template.body.split(/(\{\{\s*\d{1,2}\s*\}\})/).map((piece) => {
      const found = piece.match(/^\{\{\s*(\d{1,2})\s*\}\}$/);
      if (!found) return document.createTextNode(piece);
      const mark = document.createElement("mark");
      mark.textContent = values[Number(found[1]) - 1] || piece;
      return mark;
    }),
  );
}

const gapValues = () => [...box.querySelectorAll(".template-choice .gaps input")].map((input) => input.value.trim());
export const hasTemplate = () => Boolean(current() && template);

/* --- sending ------------------------------------------------------------------------------------------------- */

/** Why it cannot be sent yet, or "". */
export function wrong() {
  const way = current();
  if (!way) return "";
  if (!way.usable) return way.shut;
  if (!way.open && !template) return say("choose_template");
  if (template && gapValues().some((value) => !value)) {
    box.querySelector(".template-choice .gaps input:placeholder-shown, .template-choice .gaps input")?.focus();
    return say("fill_gaps");
  }
  return carriedWrong(way);
}

/** What goes with a reply besides its words. */
export function payload() {
  const way = current();
  if (!way) return {};
  const told = template ? { template: JSON.stringify({ name: template.name, language: template.language, values: gapValues() }) } : {};
  const buttons = [...box.querySelectorAll(".ready-buttons:not([hidden]) input")].map((input) => input.value.trim()).filter(Boolean);
  return { via: way.via, private: { public: "0", private: "1" }[way.mode] ?? "", button: buttons, ...told };
}

const ENTER = "enter-sends";
const enterIsOn = () => localStorage.getItem(ENTER) === "1";
/** On channels where somebody waits at the other end, Enter may send; that is for each agent to say. */
export const enterSends = () => Boolean(current()?.live) && enterIsOn();

document.addEventListener("click", (event) => {
  const hit = (selector) => event.target.closest(selector);
  const wanted = hit("#composer [data-choose]");
  if (wanted) return choose(wanted.dataset.choose);
  if (hit('#composer [data-way="template-tool"]')) {
    const place = box.querySelector(".template-choice");
    if (!place.hidden && current()?.open) {
      template = null;
      return draw();
    }
    box.toggleAttribute("data-template", true);
    place.hidden = false;
    offerTemplates(current()).then(() => place.querySelector("select").focus());
    return;
  }
  if (hit('#composer [data-way="buttons-tool"]')) return toggleButtons();
  const check = hit("#composer [data-enter-sends]");
  if (check) {
    localStorage.setItem(ENTER, enterIsOn() ? "0" : "1");
    check.setAttribute("aria-checked", String(enterIsOn()));
  }
});

function toggleButtons() {
  const place = box.querySelector(".ready-buttons");
  const way = current();
  place.hidden = !place.hidden;
  if (place.hidden || !way) return;
  growButtons(place, way);
  place.querySelector("input")?.focus();
}

/** As many fields as are filled in and one more, up to what the channel takes. */
function growButtons(place, way) {
  const most = Math.min(way.buttons, 10);
  const inputs = [...place.querySelectorAll("input")];
  for (const extra of inputs.slice(most)) extra.remove();
  const filled = inputs.filter((input) => input.value.trim()).length;
  for (let at = inputs.length; at < Math.min(most, Math.max(2, filled + 1)); at += 1) {
    const input = document.createElement("input");
    input.className = "input small";
    input.maxLength = 20;
    input.dir = "auto";
    input.placeholder = say("button_n", { n: at + 1 });
    input.setAttribute("aria-label", input.placeholder);
    place.append(input);
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("#composer .template-choice select")) {
    const found = known.get(`${number}/${current()?.via}`) ?? [];
    template = event.target.value === "" ? null : found[Number(event.target.value)];
    drawTemplate();
    draw();
    box.querySelector(".template-choice .gaps input")?.focus();
  }
  const sends = event.target.closest("select[data-sends]");
  if (sends) sends.form.requestSubmit();
});

document.addEventListener("input", (event) => {
  if (event.target.matches("#composer .ready-buttons input") && current()) growButtons(event.target.parentElement, current());
  if (event.target.matches("#composer .template-choice .gaps input")) preview();
});

document.addEventListener("toggle", (event) => {
  if (event.target.id !== "send-more" || event.newState !== "open") return;
  event.target.querySelector("[data-enter-sends]")?.setAttribute("aria-checked", String(enterIsOn()));
}, true);
