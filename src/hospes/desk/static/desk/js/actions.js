/** What is done to the open ticket, or to all chosen ones: one menu serves both. */

import { openMenu } from "../../hospes/js/menu.js";
import { toast } from "../../hospes/js/toast.js";
import { useMacro } from "./composer.js";
import { change, facts, may, post, say, url } from "./net.js";
import * as list from "./list.js";
import { forget, open, refresh } from "./pane.js";
import { canUndo, cannotUndo, state, tell } from "./state.js";

let target = null; // {numbers, tags} for the menu that is open

const BULK = 25;
const menuOf = (name) => document.getElementById(`pick-${name === "add_tags" ? "tags" : name}`);

/** Opens a choice beside a button; for the key, beside the ticket's own button. */
export function pick(name, anchor = null) {
  const chosen = list.chosen();
  const inBulk = anchor ? anchor.closest("#bulk") : chosen.length > 0;
  anchor ??= inBulk ? document.querySelector(`#bulk [data-pick="${name}"], #bulk [data-pick="add_${name}"]`) : document.querySelector(`#ticket-head [data-pick="${name}"], #composer [data-pick="${name}"]`);
  const menu = menuOf(name);
  if (!anchor || !menu) return;
  if (!inBulk && !state.ticket) return toast(say("no_ticket"));
  const value = anchor.dataset.value ?? "";
  const tags = inBulk ? [] : value.split(",").filter(Boolean);
  target = { numbers: inBulk ? chosen.map((row) => row.dataset.number) : [state.ticket.number], bulk: Boolean(inBulk), tags: new Set(tags), tagsBefore: value };
  for (const item of menu.querySelectorAll("[data-set]")) item.setAttribute("aria-checked", String(!inBulk && item.dataset.value === value));
  for (const item of menu.querySelectorAll("[data-tag]")) item.setAttribute("aria-checked", String(target.tags.has(item.dataset.tag)));
  if (name === "snooze") showSnoozes(menu);
  openMenu(menu, anchor);
}

/** Sends changes for the menu's target, shows them at once, and offers the way back where there is one. */
async function apply(data, { words = say("changed"), back = null, leaves = false } = {}) {
  const { numbers, bulk } = target ?? { numbers: [state.ticket?.number], bulk: false };
  if (bulk) return many(numbers, data, words);
  const number = numbers[0];
  if (!number) return;
  forget(number);
  const next = leaves ? list.after(number) : null;
  const waits = change(url(number, "change/"), data);
  const takeBack = () => change(url(number, "change/"), back).then(() => after(number)).catch(oops);
  const entry = back && canUndo({ until: Date.now() + 10000, run: takeBack });
  if (leaves && next && talkBeside()) open(next);
  const undo = entry && { label: say("undo"), key: "u", run: () => (cannotUndo(entry), takeBack()) };
  const close = leaves || back ? toast(words, { action: undo, seconds: 6 }) : null;
  if (entry) entry.close = close;
  try {
    await waits;
    after(number);
  } catch (error) {
    close?.();
    if (entry) cannotUndo(entry);
    oops(error);
    after(number);
  }
}

const talkBeside = () => document.getElementById("list")?.offsetWidth > 0;
const oops = (error) => toast(error.message, { kind: "bad", seconds: 8 });

function after(number) {
  if (state.ticket?.number === number) refresh().catch(() => {});
  const row = list.all().find((one) => one.dataset.number === number);
  if (row) list.heard(Number(row.id.slice(1)));
  list.countSoon(300);
}

/** Many tickets, a few at a time, with a bar that shows how far it is. */
async function many(numbers, data, words) {
  const bar = document.querySelector("#bulk progress");
  const label = document.querySelector("#bulk [data-words]");
  bar.hidden = false;
  let done = 0;
  const refused = [];
  for (let at = 0; at < numbers.length; at += BULK) {
    const some = numbers.slice(at, at + BULK);
    try {
      const answer = await post(facts.urls.bulk, { tickets: some.join(","), ...data });
      done += answer.done.length;
      refused.push(...answer.refused);
    } catch (error) {
      refused.push({ why: error.message });
      break;
    }
    bar.value = (at + some.length) / numbers.length;
    label.textContent = say("bulk_progress", { done: at + some.length, all: numbers.length });
  }
  bar.hidden = true;
  bar.value = 0;
  for (const number of numbers) {
    forget(number);
    const row = list.all().find((one) => one.dataset.number === number);
    if (row) list.heard(Number(row.id.slice(1)));
  }
  list.chooseNone();
  list.countSoon(300);
  if (numbers.includes(state.ticket?.number)) refresh();
  if (refused.length) toast(say("bulk_refused", { n: refused.length, why: refused[0].why }), { kind: "bad", seconds: 9 });
  else toast(done === 1 ? say("bulk_done_one") : say("bulk_done_many", { n: done }));
  tell("bulk", words);
}

const factOf = (name) => document.querySelector(`#ticket-head [data-pick="${name}"]`)?.dataset.value ?? "";

export function act(name) {
  if (!state.ticket && !list.chosen().length) return toast(say("no_ticket"));
  const chosen = list.chosen();
  target = { numbers: chosen.length ? chosen.map((row) => row.dataset.number) : [state.ticket.number], bulk: chosen.length > 0 };
  if (name === "solve") return apply({ status: "solved" }, { words: say("solved"), back: chosen.length ? null : { status: factOf("status") }, leaves: true });
  if (name === "spam") return apply({ spam: "1" }, { words: say("spam"), back: { spam: "0" }, leaves: true });
  if (name === "not-spam") return apply({ spam: "0" });
  if (name === "take") return apply({ assignee: String(facts.me) }, { words: say("took"), back: { assignee: factOf("assignee") } });
  if (name === "unread") return unread();
  if (name === "unmerge") return post(url(state.ticket.number, "unmerge/")).then(() => refresh()).catch(oops);
}

async function unread() {
  const { number, id } = state.ticket;
  await post(url(number, "seen/"), { message: "1", unread: "1" }).catch(oops);
  document.getElementById(`t${id}`)?.classList.add("unread");
  toast(say("unread"));
}

/* --- snooze ------------------------------------------------------------------------------------------------ */

function moments() {
  const now = new Date();
  const at = (days, hour) => {
    const day = new Date(now);
    day.setDate(day.getDate() + days);
    day.setHours(hour, 0, 0, 0);
    return day;
  };
  const monday = ((8 - now.getDay()) % 7) || 7;
  return { later: new Date(now.getTime() + 3 * 3600e3), tomorrow: at(1, 9), monday: at(monday, 9), week: at(7, 9) };
}

function showSnoozes(menu) {
  const when = moments();
  const words = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  for (const item of menu.querySelectorAll("[data-snooze]")) {
    const place = item.querySelector("[data-when]");
    if (place) place.textContent = words.format(when[item.dataset.snooze]);
    if (item.dataset.snooze === "monday") item.hidden = when.monday.getTime() === when.tomorrow.getTime();
  }
}

function snooze(until) {
  if (!until) return apply({ snoozed_until: "" });
  apply({ snoozed_until: until.toISOString() }, { words: say("snoozed"), back: { snoozed_until: "" }, leaves: true });
}

/* --- tags -------------------------------------------------------------------------------------------------- */

function toggleTag(name, item) {
  const on = !target.tags.has(name);
  if (on) target.tags.add(name);
  else target.tags.delete(name);
  item?.setAttribute("aria-checked", String(on));
  target.touched = true;
}

document.getElementById("pick-tags")?.addEventListener("toggle", (event) => {
  if (event.newState !== "closed" || !target?.touched) return;
  const names = [...target.tags].join(",");
  if (target.bulk) apply({ add_tags: names });
  else if (names !== target.tagsBefore) apply({ tags: names });
});

/* --- questions --------------------------------------------------------------------------------------------- */

export function ask(name) {
  const dialog = document.getElementById(`ask-${name}`);
  if (!dialog || !state.ticket) return;
  if (name === "block") dialog.querySelector("input").value = document.getElementById("composer-to")?.dataset.own ?? "";
  dialog.showModal();
  dialog.querySelector("input").select();
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-ask]");
  if (!form) return;
  const number = state.ticket?.number;
  const value = form.querySelector("input").value.trim();
  try {
    if (form.dataset.ask === "merge") {
      const answer = await post(url(number, "merge/"), { into: value });
      toast(say("merged"));
      forget(number);
      open(answer.number);
    } else if (form.dataset.ask === "link") {
      await post(url(number, "link/"), { other: value });
      toast(say("linked"));
      refresh();
    } else {
      await post(url(number, "block/"), { pattern: value });
      toast(say("blocked"));
      after(number);
    }
  } catch (error) {
    oops(error);
  }
});

/** All chosen tickets into the one that was chosen first in the list. */
async function mergeChosen() {
  const rows = list.chosen();
  if (rows.length < 2) return;
  const keep = rows.find((row) => row.classList.contains("here")) ?? rows[0];
  const others = rows.filter((row) => row !== keep).map((row) => row.dataset.number);
  const number = `${keep.dataset.number.slice(0, 3)}-${keep.dataset.number.slice(3)}`;
  const dialog = document.createElement("dialog");
  dialog.innerHTML = '<form method="dialog"><h2></h2><p class="quiet"></p><footer><button type="button" class="button" data-close></button><button class="button primary"></button></footer></form>';
  const source = document.getElementById("ask-merge");
  dialog.querySelector("h2").textContent = source.querySelector("h2").textContent;
  dialog.querySelector("p").textContent = source.querySelector("p").textContent;
  dialog.querySelector("[data-close]").textContent = source.querySelector("footer [data-close]").textContent;
  dialog.querySelector(".primary").textContent = say("merge_label", { n: others.length, number });
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.querySelector("form").addEventListener("submit", async () => {
    try {
      await post(url(others[0], "merge/"), { into: keep.dataset.number, tickets: others.join(",") });
      toast(say("merged"));
      for (const row of rows) list.heard(Number(row.id.slice(1)));
      list.chooseNone();
      forget(keep.dataset.number);
      open(keep.dataset.number);
    } catch (error) {
      oops(error);
    }
  });
  dialog.showModal();
}

/* --- what is pressed --------------------------------------------------------------------------------------- */

document.addEventListener("click", async (event) => {
  const hit = (selector) => event.target.closest(selector);
  const picker = hit("[data-pick]");
  if (picker) return pick(picker.dataset.pick, picker);
  const set = hit("[data-set]");
  if (set && target) {
    const name = set.dataset.set;
    const before = target.bulk ? null : factOf(name);
    return apply({ [name]: set.dataset.value }, { back: before === null ? null : { [name]: before } });
  }
  const tag = hit("[data-tag]");
  if (tag && target) return toggleTag(tag.dataset.tag, tag);
  const snoozer = hit("[data-snooze]");
  if (snoozer && target) return snooze(snoozer.dataset.snooze === "none" ? null : moments()[snoozer.dataset.snooze]);
  const made = hit("[data-new-tag]");
  if (made && target) {
    const name = document.querySelector("#pick-tags .filter input").value.trim();
    if (name) toggleTag(name);
    return document.getElementById("pick-tags").hidePopover();
  }
  const macro = hit("[data-macro]");
  if (macro) return useMacro(macro.dataset.macro);
  const acting = hit("[data-act]");
  if (acting) return act(acting.dataset.act);
  const asking = hit("[data-open]");
  if (asking) return ask(asking.dataset.open);
  const bulk = hit("[data-bulk]");
  if (bulk) return { merge: mergeChosen, spam: () => act("spam"), all: list.chooseAll, none: list.chooseNone }[bulk.dataset.bulk]();
  const retry = hit("[data-retry]");
  if (retry) {
    retry.classList.add("busy");
    return post(`${facts.urls.home}m/${retry.dataset.retry}/retry/`).then(() => refresh()).catch(oops);
  }
  const split = hit("[data-split]");
  if (split) {
    return post(`${facts.urls.home}m/${split.dataset.split}/split/`)
      .then((answer) => {
        toast(say("split", { number: answer.shown }), { action: { label: say("go_to"), run: () => open(answer.number) } });
        refresh();
      })
      .catch(oops);
  }
  const copy = hit("[data-copy-link]");
  if (copy) {
    await navigator.clipboard.writeText(new URL(url(state.ticket.number) + copy.dataset.copyLink, location.href).href);
    return toast(say("link_copied"));
  }
  const other = hit("[data-ticket-link]");
  if (other && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    open(other.dataset.ticketLink);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-snooze-at]");
  if (!form || !target) return;
  event.preventDefault();
  form.closest("[popover]").hidePopover();
  snooze(new Date(form.querySelector("input").value));
});

document.addEventListener("change", async (event) => {
  const input = event.target;
  if (input.matches(".subject-edit") && may("change")) {
    target = null;
    apply({ subject: input.value });
  }
  if (input.matches("[data-customer-note]")) {
    try {
      await post(input.dataset.customerNote, { notes: input.value });
      toast(say("customer_saved"), { seconds: 2 });
      forget(state.ticket?.number);
    } catch (error) {
      oops(error);
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".subject-edit")) event.target.blur();
});

