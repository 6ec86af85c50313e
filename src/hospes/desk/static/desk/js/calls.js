/** Calls on every page of the desk: what rings (with who and what about, before it is answered), a bar while one talks
 *  in the call's window, and the player with what was said beside it. */

import { toast } from "../../hospes/js/toast.js";
import { sendKept } from "./calls_kept.js";
import { facts, json, post, say as word } from "./net.js";
import { icon, make } from "./make.js";
import * as pane from "./pane.js";

const say = (key, values) => word(`call_${key}`, values);
const onDesk = Boolean(document.getElementById("talk"));
const channel = new BroadcastChannel("hospes-call");
const address = (call) => `${facts.urls.home}calls/${call}/`;
let bell = null;
let heard = { at: 0 };
let inCalls = [];

const openTicket = (number) => {
  if (number && onDesk) pane.open(number);
  else if (number) location.assign(`${facts.urls.home}t/${number}/`);
};

/* --- what rings ------------------------------------------------------------------------------------------------ */

const ringing = make("section", { class: "ringing", popover: "manual", role: "alertdialog", "aria-live": "assertive", "aria-label": say("rings") });
document.body.append(ringing);
let shown = "";

let asking = 0;
function look(after = 120) {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const found = await json(`${facts.urls.home}calls/mine/`).catch(() => null);
    if (!found) return;
    inCalls = found.in;
    draw(found.ringing);
    bar();
  }, after);
}

function draw(calls) {
  const key = JSON.stringify(calls);
  if (key === shown) return;
  shown = key;
  ringing.replaceChildren(...calls.map(card));
  if (calls.length && !ringing.matches(":popover-open")) ringing.showPopover();
  else if (!calls.length && ringing.matches(":popover-open")) ringing.hidePopover();
  const title = document.title.replace(/^☎ .*? · /, "");
  document.title = calls.length ? `☎ ${calls[0].customer || say("unknown")} · ${title}` : title;
  ring(calls.length > 0);
  if (calls.length && document.visibilityState !== "visible" && window.Notification?.permission === "granted") {
    const note = new Notification(headline(calls[0]), { body: calls[0].subject, tag: `hospes-call-${calls[0].call}` });
    note.onclick = () => window.focus();
  }
}

function headline(call) {
  const name = `\u2068${call.customer || say("unknown")}\u2069`; // the sentence reads in our direction, the name in its own
  return say(call.expert ? "needs_you" : call.medium === "video" ? "calls_video" : "calls", { name });
}

function card(call) {
  const waited = Math.max(0, Math.floor((Date.now() - Date.parse(call.since)) / 1000));
  const time = `${Math.floor(waited / 60)}:${String(waited % 60).padStart(2, "0")}`;
  const answer = make("a", { class: "button primary big", href: call.url, target: `hospes-call-${call.call}`, onclick: () => { openTicket(call.expert ? "" : call.number); look(1500); } }, icon(call.medium === "video" ? "video" : "phone"), say(call.expert ? "join" : "accept"));
  const decline = make("button", { type: "button", class: "button big danger", onclick: () => refuse(call) }, icon("phone-off"), say("decline"));
  const head = make("h2", {}, headline(call));
  if (call.vip) head.append(" ", make("span", { class: "pill warn" }, say("vip")));
  const about = make("p", {}, make("b", { dir: "auto" }, call.subject), " ", make("span", { class: "quiet" }, say("waits", { time })));
  const words = make("p", { class: "quiet words", dir: "auto" }, call.words ?? "");
  const keys = call.phone ? make("p", { class: "row" }, make("b", {}, say("pick_up")), decline) : make("div", { class: "row" }, answer, decline);
  return make("article", { "data-call": call.call }, head, about, words, keys);
}

async function refuse(call) {
  await post(address(call.call), { do: "decline" }).catch((error) => toast(error.message, { kind: "bad" }));
  look(0);
}

/* Two soft tones, as long as something rings; a page that may not sound yet stays silent. */
function ring(on) {
  if (!on) {
    clearInterval(bell?.timer);
    bell?.context.close().catch(() => {});
    bell = null;
    return;
  }
  if (bell || !window.AudioContext || !navigator.userActivation?.hasBeenActive) return;
  const context = new AudioContext();
  const play = () => {
    for (const [at, pitch] of [[0, 660], [0.25, 880]]) {
      const tone = context.createOscillator();
      const level = context.createGain();
      tone.frequency.value = pitch;
      level.gain.setValueAtTime(0, context.currentTime + at);
      level.gain.linearRampToValueAtTime(0.08, context.currentTime + at + 0.03);
      level.gain.linearRampToValueAtTime(0, context.currentTime + at + 0.22);
      tone.connect(level).connect(context.destination);
      tone.start(context.currentTime + at);
      tone.stop(context.currentTime + at + 0.25);
    }
  };
  play();
  bell = { context, timer: setInterval(play, 2500) };
}

/* --- the bar while one talks ----------------------------------------------------------------------------------- */

const strip = make("section", { class: "call-bar", hidden: true, "aria-label": say("bar") });
document.body.append(strip);

function bar() {
  const live = Date.now() - heard.at < 4000 && heard.call;
  const call = live ? heard : inCalls[0];
  const key = call ? JSON.stringify([live, call.call, heard.muted, heard.held, heard.recording]) : "";
  if (strip.dataset.shown !== key) {
    strip.dataset.shown = key;
    strip.hidden = !call;
    strip.replaceChildren(...(call ? (live ? keys() : [again(call)]) : []));
  }
  const time = strip.querySelector(".time");
  if (time && heard.begun) {
    const seconds = Math.max(0, Math.floor((Date.now() - heard.begun) / 1000));
    time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

function keys() {
  const key = (what, sign, label, on = false) => make("button", { type: "button", class: "button small", "aria-pressed": on ? "true" : false, onclick: () => channel.postMessage({ type: "do", call: heard.call, what }) }, icon(sign), label);
  const who = make("button", { type: "button", class: "button ghost small who", onclick: () => openTicket(heard.number) }, icon("phone"), make("bdi", {}, say("with", { name: heard.who })));
  const mark = heard.recording ? [make("span", { class: "rec" }, make("span", { class: "dot", "aria-hidden": "true" }), say("recording"))] : [];
  const mute = heard.phone ? [] : [key("mute", heard.muted ? "mic-off" : "mic", say(heard.muted ? "unmute" : "mute"), heard.muted)];
  return [who, make("span", { class: "time figures", "aria-hidden": "true" }), ...mark, ...mute, key("hold", heard.held ? "play" : "pause", say(heard.held ? "resume" : "hold"), heard.held), key("hangup", "phone-off", say("hang_up"))];
}

const again = (call) => make("a", { class: "button primary small", href: address(call.call), target: `hospes-call-${call.call}` }, icon("phone"), `${say("come_back")} · ${call.customer ?? ""}`);

channel.addEventListener("message", ({ data }) => {
  if (data.type === "state") heard = { ...data, at: Date.now() };
  else if (data.type === "over" && data.call === heard.call) heard = { at: 0 };
  else if (data.type !== "opened") return;
  if (data.type !== "state") look();
  if (data.type === "over") setTimeout(() => sendKept(facts.me), 5000);
  bar();
});
setInterval(bar, 1000);

/* --- the player ------------------------------------------------------------------------------------------------ */

let player = null;

async function listen(token) {
  player?.remove();
  const place = `${facts.urls.home}recordings/${token}/`;
  const sound = make("audio", { controls: true, src: place, preload: "metadata", autoplay: true });
  const list = make("ol", { class: "said" });
  const find = make("input", { type: "search", placeholder: say("find"), "aria-label": say("find") });
  const close = make("button", { type: "button", class: "button ghost small icon-only", "aria-label": say("close"), onclick: () => player.remove() }, icon("x"));
  const load = make("a", { class: "button ghost small", href: `${place}?download`, download: true }, icon("download"), say("download"));
  player = make("section", { class: "call-player", "aria-label": say("player") }, make("header", {}, sound, load, close), find, list);
  player.dataset.token = token;
  document.body.append(player);
  const told = await json(`${place}text/`).catch(() => ({ segments: [], state: "" }));
  const lines = told.segments.map((one) => spoken(one, sound));
  find.hidden = !lines.length;
  if (lines.length) list.append(...lines.map((line) => line.element));
  else list.replaceWith(make("p", { class: "quiet", dir: "auto" }, told.text || say(told.state === "waiting" ? "text_waits" : told.state === "failed" ? "text_failed" : "no_text", { why: told.words })));
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLocaleLowerCase();
    for (const line of lines) line.element.hidden = Boolean(wanted) && !line.words.includes(wanted);
  });
  sound.addEventListener("timeupdate", () => {
    for (const line of lines) line.element.toggleAttribute("data-now", sound.currentTime >= line.start && sound.currentTime < line.end);
  });
  sound.focus();
}

function spoken({ start, end, text }, sound) {
  const stamp = `${Math.floor(start / 60)}:${String(Math.floor(start % 60)).padStart(2, "0")}`;
  const go = () => {
    sound.currentTime = start;
    sound.play().catch(() => {});
  };
  const element = make("li", {}, make("button", { type: "button", onclick: go }, make("span", { class: "figures" }, stamp), make("span", { dir: "auto" }, text)));
  return { element, start, end, words: text.toLocaleLowerCase() };
}

document.addEventListener("click", async (event) => {
  const token = event.target.closest("[data-listen]")?.dataset.listen;
  if (token) return listen(token);
  const copy = event.target.closest("[data-copy-answer]");
  if (!copy) return;
  event.preventDefault();
  try {
    const answer = await post(copy.form.action, new FormData(copy.form, copy));
    await navigator.clipboard.writeText(answer.copy).then(() => toast(answer.message), () => toast(say("copy_this", { link: answer.copy }), { seconds: 30 }));
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
});

/* --- when to look ---------------------------------------------------------------------------------------------- */

document.addEventListener("hospes:event", ({ detail }) => {
  if (detail.name === "CallMissed" && detail.data?.why === "machine" && inCalls.some((one) => one.call === detail.data.call_id)) toast(say("machine"), { seconds: 30 });
  if (detail.name.startsWith("Call") || detail.name === "Notified") look();
});
document.addEventListener("hospes:online", () => {
  look();
  sendKept(facts.me);
});
document.addEventListener("hospes:resync", () => look());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
setInterval(() => ringing.matches(":popover-open") && look(), 5000);
look(0);
sendKept(facts.me);
