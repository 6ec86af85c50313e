/** Ctrl K: actions, views, macros, settings, tickets and customers, by typing. */

import { act, ask, pick } from "./actions.js";
import { useMacro, write } from "./composer.js";
import { facts, json, may, say } from "./net.js";
import { open } from "./pane.js";
import { state } from "./state.js";

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const found = dialog?.querySelector(".found");
let entries = [];
let at = 0;
let asking = null;
let timer = 0;

const icon = (name) => `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><use href="${facts.sprite}#${name}"/></svg>`;
const textOf = (selector, root = document) => root.querySelector(selector)?.textContent.trim() ?? "";

/** What can be done now, said in the words that the page itself uses. */
function actions() {
  const made = [];
  const add = (label, sign, run, key = "") => label && made.push({ label, icon: sign, run, key, group: say("actions") });
  if (state.ticket) {
    const tab = (kind) => textOf(`#composer [role=tab][data-kind="${kind}"]`);
    if (may("reply")) add(tab("reply"), "reply", () => write("reply"), "r");
    if (may("note")) add(tab("note"), "sticky-note", () => write("note"), "n");
    if (may("change")) {
      const solve = document.querySelector('#ticket-head [data-act="solve"]');
      add(solve?.dataset.tip, "circle-check", () => act("solve"), "e");
      for (const [name, sign, key] of [["assignee", "user-plus", "a"], ["status", "circle-dot", "s"], ["priority", "chevrons-up", "p"], ["team", "users", ""], ["type", "bookmark", ""], ["tags", "tag", "t"], ["snooze", "alarm-clock", "z"]])
        add(document.querySelector(`#ticket-head [data-pick="${name}"]`)?.dataset.tip, sign, () => pick(name), key);
    }
    for (const item of document.querySelectorAll("#ticket-more [data-open]")) add(item.textContent.trim(), "ellipsis", () => ask(item.dataset.open));
    for (const item of document.querySelectorAll("#panels [data-command]")) add(item.dataset.command, item.dataset.icon ?? "ellipsis", () => item.click());
    for (const item of document.querySelectorAll("#pick-macro [data-macro]")) made.push({ label: item.textContent.trim(), icon: "zap", run: () => useMacro(item.dataset.macro), group: say("macros") });
  }
  for (const link of document.querySelectorAll("#views .sidenav a, .rail a[aria-label], #me a, .settings-nav a")) {
    const label = link.getAttribute("aria-label") ?? (textOf(".clip", link) || link.textContent.trim());
    const sign = link.querySelector("use")?.getAttribute("href").split("#")[1] ?? "arrow-right";
    made.push({ label, icon: sign, run: () => location.assign(link.href), key: link.dataset.tipKey ?? "", group: say("go_to") });
  }
  return made;
}

function fits(label, words) {
  const text = label.toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

function show(extra = []) {
  const words = input.value.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const own = actions().filter((one) => fits(one.label, words));
  entries = words.length ? [...own.slice(0, 7), ...extra] : own.slice(0, 14);
  if (words.length)
    entries.push({
      label: say("search_for", { text: input.value.trim() }), icon: "search", group: say("tickets"),
      run: () => location.assign(`${facts.urls.search}?q=${encodeURIComponent(input.value.trim())}`),
    });
  at = 0;
  draw();
}

function draw() {
  found.replaceChildren();
  let group = "";
  entries.forEach((entry, index) => {
    if (entry.group !== group) {
      group = entry.group;
      const heading = document.createElement("div");
      heading.className = "heading";
      heading.setAttribute("role", "presentation");
      heading.textContent = group;
      found.append(heading);
    }
    const line = document.createElement("div");
    line.setAttribute("role", "option");
    line.id = `palette-${index}`;
    line.innerHTML = icon(entry.icon);
    const label = document.createElement("span");
    label.className = "clip";
    label.textContent = entry.label;
    line.append(label);
    if (entry.more) {
      const more = document.createElement("small");
      more.className = "clip";
      more.textContent = entry.more;
      line.append(more);
    }
    if (entry.key && facts.single_keys) {
      const key = document.createElement("kbd");
      key.className = "push";
      key.textContent = entry.key;
      line.append(key);
    }
    line.addEventListener("pointermove", () => choose(index));
    line.addEventListener("click", () => run(index));
    found.append(line);
  });
  if (!entries.length) {
    const none = document.createElement("p");
    none.className = "nothing";
    none.textContent = say("nothing_found");
    found.append(none);
  }
  choose(at);
}

function choose(index) {
  at = index;
  for (const line of found.querySelectorAll("[role=option]")) line.setAttribute("aria-selected", String(line.id === `palette-${at}`));
  input.setAttribute("aria-activedescendant", `palette-${at}`);
}

function run(index) {
  const entry = entries[index];
  if (!entry) return;
  dialog.close();
  entry.run();
}

async function askServer() {
  const text = input.value.trim();
  asking?.abort();
  if (text.length < 2) return;
  asking = new AbortController();
  try {
    const answer = await json(`${facts.urls.palette}?q=${encodeURIComponent(text)}`, { signal: asking.signal });
    if (text !== input.value.trim()) return;
    const onDesk = document.getElementById("talk");
    show([
      ...answer.tickets.map((one) => ({
        label: one.subject, more: `${one.who} · #${one.shown}`, icon: one.icon, group: say("tickets"),
        run: () => (onDesk ? open(one.number) : location.assign(`${facts.urls.home}t/${one.number}/`)),
      })),
      ...answer.customers.map((one) => ({ label: one.name, more: one.address, icon: "user", group: say("customers"), run: () => location.assign(one.url) })),
    ]);
  } catch (error) {
    if (error.name !== "AbortError") show();
  }
}

export function openPalette() {
  if (!dialog || dialog.open) return;
  input.value = "";
  dialog.showModal();
  show();
  input.focus();
}

input?.addEventListener("input", () => {
  show();
  clearTimeout(timer);
  timer = setTimeout(askServer, 90);
});

dialog?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : entries.length - 1;
    choose((at + step) % Math.max(1, entries.length));
    document.getElementById(`palette-${at}`)?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter") {
    event.preventDefault();
    run(at);
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-palette]");
  if (!opener || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  openPalette();
});
