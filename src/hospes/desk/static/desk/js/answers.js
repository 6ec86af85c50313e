/** Ready answers in the composer: ranked for the open ticket, with a preview; and sentences of playbooks. */

import { filterItems, openMenu } from "../../hospes/js/menu.js";
import { toast } from "../../hospes/js/toast.js";
import { insertWords } from "./composer.js";
import { fragment, json, post, url } from "./net.js";
import { on, state } from "./state.js";

const menu = document.getElementById("pick-macro");
const list = menu?.querySelector("[role=menu]");
const preview = menu?.querySelector(".preview");
const plain = list?.innerHTML;
let previews = new Map(); // id of a macro → promise of how it reads on this ticket
let shown = 0;
let timer = 0;

async function rank() {
  const number = state.ticket?.number;
  if (!number) return;
  previews = new Map();
  preview.hidden = true;
  try {
    const html = await fragment(url(number, "answers/"));
    if (state.ticket?.number !== number || !menu.matches(":popover-open")) return;
    list.innerHTML = html;
    filterItems(menu, menu.querySelector(".filter input").value);
    replace();
    show(list.querySelector("[data-macro]:not([hidden])"));
  } catch {
    list.innerHTML = plain; // by name alone, as they came with the page
  }
}

/** What grew is put beside its button anew. */
function replace() {
  if (menu._anchor && menu.matches(":popover-open")) openMenu(menu, menu._anchor);
}

function show(item) {
  clearTimeout(timer);
  if (!item) {
    preview.hidden = true;
    return;
  }
  timer = setTimeout(async () => {
    const id = item.dataset.macro;
    const mine = ++shown;
    if (!previews.has(id)) previews.set(id, json(url(state.ticket.number, `answers/${id}/`)));
    try {
      const answer = await previews.get(id);
      if (mine !== shown) return;
      preview.innerHTML = answer.html;
      preview.hidden = false;
      replace();
    } catch {
      previews.delete(id);
    }
  }, 70);
}

menu?.addEventListener("toggle", (event) => event.newState === "open" && rank());
menu?.addEventListener("focusin", (event) => event.target.matches("[data-macro]") && show(event.target));
menu?.addEventListener("pointerover", (event) => {
  const item = event.target.closest("[data-macro]");
  if (item) show(item);
});
menu?.addEventListener("input", () => requestAnimationFrame(() => show(list.querySelector("[data-macro]:not([hidden])"))));
on("opened", () => list && plain !== undefined && (list.innerHTML = plain));

/* --- playbooks beside the talk ----------------------------------------------------------------------------- */

const note = (kind, what) => post(url(state.ticket.number, "playbook/"), { kind, what }).catch(() => {});

async function use(button) {
  await insertWords(button.dataset.sentence);
  note(button.dataset.kind, "sentence");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sentence]");
  if (button) use(button);
});

/* Opening one by hand is kept, so that one sees which are called for though they were not offered. */
document.addEventListener(
  "toggle",
  (event) => {
    const part = event.target;
    if (!(part instanceof HTMLDetailsElement) || !part.dataset.playbook || !part.open || part.dataset.noted) return;
    part.dataset.noted = "1";
    if (part.matches(":focus-within")) note(part.dataset.playbook, "opened");
  },
  true,
);

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !/^Digit[1-9]$/.test(event.code)) return;
  const sentences = document.querySelectorAll("#panels .signs-found [data-sentence]");
  const button = sentences[Number(event.code.slice(5)) - 1];
  if (!button) return;
  event.preventDefault();
  use(button).catch((error) => toast(error.message, { kind: "bad" }));
});

/* --- a ready answer in the settings: how it reads on a ticket ------------------------------------------------- */

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-try-answer]");
  if (!form) return;
  event.preventDefault();
  const place = form.querySelector("output");
  const editing = document.querySelector("form.macro-form");
  const data = { number: form.elements.number.value, body_html: editing.elements.body_html.value, language: editing.elements.language.value };
  try {
    const answer = await post(form.action, data);
    place.innerHTML = answer.html;
  } catch (error) {
    place.textContent = error.message;
  }
});
