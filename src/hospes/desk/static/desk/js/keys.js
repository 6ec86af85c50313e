/** Every key. Those of one letter are silent while one types, in dialogs, and when the agent switched them off. */

import { act, pick } from "./actions.js";
import { send, write } from "./composer.js";
import { facts, may } from "./net.js";
import * as list from "./list.js";
import { close } from "./pane.js";
import { openPalette } from "./palette.js";
import { state, undoNewest } from "./state.js";

let afterG = 0;

const typing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]");
const goTo = (key) => {
  const link = document.querySelector(`#views [data-view="${key}"]`);
  location.assign(link?.href ?? `${facts.urls.home}v/${key}/`);
};

const LETTERS = {
  j: () => list.move(1),
  k: () => list.move(-1),
  r: () => write("reply"),
  n: () => write("note"),
  f: () => document.querySelector('#composer [data-kind="forward"]')?.click(),
  a: () => pick("assignee"),
  s: () => pick("status"),
  e: () => act("solve"),
  z: () => pick("snooze"),
  t: () => pick("tags"),
  p: () => pick("priority"),
  m: () => pick("macro"),
  x: () => list.toggleHere(),
  c: () => may("create") && location.assign(facts.urls.new),
  u: () => undoNewest(),
  U: () => state.ticket && act("unread"),
  "/": () => {
    const box = document.getElementById("q");
    if (box) box.focus();
    else location.assign(facts.urls.search);
  },
  "?": () => document.getElementById("keys")?.showModal(),
};
const NEED_CHANGE = new Set(["a", "s", "e", "z", "t", "p"]);
const VIEWS = { m: "mine", u: "unassigned", t: "team", o: "open" };

/* Letters by their place on the keyboard, so that they work in Persian and Armenian layouts too. */
function letter(event) {
  if (/^[a-z]$/i.test(event.key) || "/?".includes(event.key)) return event.key;
  const code = event.code?.match(/^Key([A-Z])$/)?.[1];
  if (code && !/^[\x00-\x7f]$/.test(event.key)) return event.shiftKey ? code : code.toLowerCase();
  return event.key;
}

function escape(event) {
  if (document.querySelector("dialog[open], :popover-open:not(.toasts)")) return;
  const views = document.getElementById("views");
  if (views?.classList.contains("open")) return views.classList.remove("open");
  if (typing(event.target)) {
    event.target.blur();
    document.getElementById("thread")?.focus({ preventScroll: true });
    return;
  }
  if (list.chosen().length) return list.chooseNone();
  if (state.ticket && document.getElementById("list")?.offsetWidth === 0) close();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const command = event.ctrlKey || event.metaKey;
  const key = letter(event);
  if (command && key.toLowerCase() === "k" && !event.shiftKey) {
    event.preventDefault();
    return openPalette();
  }
  if (command && event.key === "Enter" && event.target.closest?.("#composer")) {
    event.preventDefault();
    return event.repeat ? undefined : send(event.shiftKey ? "solved" : "");
  }
  if (event.key === "Escape") return escape(event);
  if (command || event.altKey || !facts.single_keys) return;
  if (typing(event.target) || document.querySelector("dialog[open], [popover].menu:popover-open")) return;
  if (event.key === "Enter") {
    if (event.target === document.body || event.target.closest?.("#main") === event.target) list.openHere();
    return;
  }
  if (Date.now() - afterG < 1500 && VIEWS[key]) {
    afterG = 0;
    event.preventDefault();
    return goTo(VIEWS[key]);
  }
  if (key === "g") {
    afterG = Date.now();
    return;
  }
  const run = LETTERS[key];
  if (!run || (NEED_CHANGE.has(key) && !may("change"))) return;
  event.preventDefault();
  run();
});

