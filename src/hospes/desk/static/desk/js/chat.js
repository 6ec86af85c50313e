/** A live chat at the desk: who is writing, where the visitor is, that their words were seen. */

import { live } from "../../realtime/live.js";
import { on, state } from "./state.js";

const TYPING_EVERY = 3000; // while an agent writes, the visitor is told this often
const FORGET_AFTER = 6000; // a visitor who says nothing for so long has stopped writing
let watched = null; // {ticket, key}
let typedAt = 0;
let stopping = 0;
let forgetting = 0;

const panel = () => document.getElementById("panel-chat");

/** The line between the talk and the composer in which it stands that the visitor writes. */
function line() {
  const thread = document.getElementById("thread");
  if (!thread) return null;
  let found = document.getElementById("chat-typing");
  if (!found) {
    found = document.createElement("p");
    found.id = "chat-typing";
    found.className = "chat-typing";
    found.setAttribute("role", "status");
    thread.after(found);
  }
  return found;
}

function newestSeen() {
  if (document.hidden || !document.hasFocus()) return undefined;
  const newest = Number(document.querySelector(".pane.talk[data-last]")?.dataset.last);
  return Number.isInteger(newest) && newest > 0 ? newest : undefined;
}

function watch() {
  const key = panel()?.dataset.chatVisitor ?? "";
  const ticket = state.ticket?.id ?? Number(document.querySelector(".pane.talk[data-last]")?.dataset.ticket);
  if (watched && (!key || watched.ticket !== ticket)) unwatch();
  if (!key || !ticket) return;
  watched = { ticket, key };
  const said = { type: "chat-typing", ticket, watch: true };
  const seen = newestSeen();
  if (seen) said.seen = seen;
  live.say(said);
  line();
}

function unwatch() {
  if (watched) live.say({ type: "chat-typing", ticket: watched.ticket, watch: false, on: false });
  watched = null;
  document.getElementById("chat-typing")?.remove();
}

function writing(on, name = "") {
  const place = line();
  if (!place) return;
  clearTimeout(forgetting);
  const words = panel()?.dataset ?? {};
  place.textContent = on ? (name ? (words.wordsTyping ?? "").replace("{name}", name) : (words.wordsSomeone ?? "")) : "";
  if (on) forgetting = setTimeout(() => writing(false), FORGET_AFTER);
}

function here(is) {
  const mark = panel()?.querySelector("[data-chat-here]");
  if (!mark) return;
  mark.classList.toggle("good", is);
  mark.textContent = is ? panel().dataset.wordsHere : panel().dataset.wordsGone;
}

function moved(page) {
  const place = panel()?.querySelector("[data-chat-page]");
  if (!place || !/^https?:\/\//.test(page.url)) return;
  place.href = page.url;
  place.title = page.url;
  place.textContent = page.title || page.url;
  place.closest(".chat-page").hidden = false;
}

document.addEventListener("hospes:said", ({ detail }) => {
  if (detail.type !== "room" || !watched || detail.room !== `chat:${watched.key}`) return;
  const said = detail.data ?? {};
  if (said.from !== "visitor") return;
  if ("on" in said) writing(Boolean(said.on), said.name);
  if (said.page) moved(said.page);
  here(!said.gone);
});

/* What an agent writes as a reply is told; a note is nobody's business. */
document.addEventListener("input", (event) => {
  const composer = event.target.closest?.("#composer");
  if (!composer || !watched || composer.dataset.kind !== "reply") return;
  clearTimeout(stopping);
  stopping = setTimeout(() => {
    typedAt = 0;
    if (watched) live.say({ type: "chat-typing", ticket: watched.ticket, on: false });
  }, FORGET_AFTER - 1000);
  if (Date.now() - typedAt < TYPING_EVERY) return;
  typedAt = Date.now();
  live.say({ type: "chat-typing", ticket: watched.ticket, on: true });
});

document.addEventListener("hospes:event", ({ detail }) => {
  if (!watched || detail.ticket !== watched.ticket) return;
  if (detail.name === "MessageReceived") {
    writing(false);
    const seen = detail.data?.message_id;
    if (seen && !document.hidden && document.hasFocus()) live.say({ type: "chat-typing", ticket: watched.ticket, seen });
  }
  if (detail.name === "ReplyQueued") typedAt = 0;
});
document.addEventListener("hospes:online", () => watch());
document.addEventListener("visibilitychange", () => document.hidden || watch());
addEventListener("focus", () => watch());
on("panels", () => watch());
on("merged", () => watch());
on("opened", () => {
  if (watched && watched.ticket !== state.ticket?.id) unwatch();
});
on("closed", unwatch);
