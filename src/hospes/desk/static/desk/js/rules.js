/** The editor of a rule: steps in place of a text area with JSON, the schedule shown for rules by time, the whole rule
 *  read aloud as one writes. */

import { icon, make, option } from "./make.js";
import { json, post } from "./net.js";

const form = document.querySelector("form[data-rule]");
const SPAN = /^(\d{1,6})\s*(s|min|h|d)$/;

/* --- steps ----------------------------------------------------------------------------------------------------- */

let ids = 0;

class Steps {
  constructor(holder, table) {
    this.area = holder.querySelector("textarea");
    Object.assign(this, table);
    this.byName = new Map(this.actions.map((action) => [action.do, action]));
    this.place = make("div", { class: "step-list" });
    this.add = make("button", { type: "button", class: "button small", onclick: () => this.append() }, icon("plus"), this.words.add);
    this.toggle = make("button", { type: "button", class: "button ghost small", onclick: () => this.turn() });
    this.area.before(this.place);
    holder.append(make("div", { class: "cond-foot" }, this.add, this.toggle));
    this.area.addEventListener("input", soon);
    this.show(this.parse() !== null);
  }

  parse() {
    try {
      const value = JSON.parse(this.area.value.trim() || "[]");
      return Array.isArray(value) ? value : null;
    } catch {
      return null;
    }
  }

  turn() {
    const rows = !this.area.hidden;
    if (rows && this.parse() === null) return;
    this.show(rows);
  }

  show(rows) {
    this.area.hidden = rows;
    this.place.hidden = this.add.hidden = !rows;
    this.toggle.textContent = rows ? this.words.json : this.words.rows;
    if (!rows) return;
    this.list = this.parse();
    this.draw();
  }

  keep() {
    this.area.value = JSON.stringify(this.list, null, 1);
    soon();
  }

  append() {
    this.list.push({ do: "" });
    this.draw();
    this.place.lastElementChild.querySelector("select").focus();
  }

  draw() {
    this.place.replaceChildren(...this.list.map((step, n) => this.step(step, n)));
    // An empty list may not be called a list.
    if (this.list.length) this.place.setAttribute("role", "list");
    else this.place.removeAttribute("role");
    if (!this.list.length) this.place.append(make("p", { class: "quiet" }, this.words.nothing));
  }

  step(step, n) {
    const groups = new Map();
    for (const action of this.actions) {
      if (!groups.has(action.group)) groups.set(action.group, []);
      groups.get(action.group).push(option(action.do, action.label, action.do === step.do));
    }
    const change = (event) => {
      this.list[n] = { do: event.target.value };
      this.draw();
      this.place.children[n].querySelector("select").focus();
      this.keep();
    };
    const what = make("select", { class: "input", "aria-label": this.words.what, onchange: change });
    if (!this.byName.has(step.do)) what.append(option(step.do, step.do || this.words.choose, true));
    for (const [label, options] of groups) what.append(make("optgroup", { label }, ...options));
    const params = make("div", { class: "step-params" }, ...(this.byName.get(step.do)?.params ?? []).map((param) => this.param(step, param)));
    const number = make("span", { class: "number", "aria-hidden": "true" }, String(n + 1));
    const label = this.words.step.replace("{n}", n + 1);
    return make("div", { class: "step", role: "listitem", "aria-label": label }, number, make("div", { class: "step-main" }, what, params), this.buttons(n));
  }

  buttons(n) {
    const move = (to) => {
      const [step] = this.list.splice(n, 1);
      this.list.splice(to, 0, step);
      this.draw();
      this.place.children[to].querySelector("button")?.focus();
      this.keep();
    };
    const drop = () => {
      this.list.splice(n, 1);
      this.draw();
      this.add.focus();
      this.keep();
    };
    const button = (sign, words, run, disabled) => make("button", { type: "button", class: "button ghost small icon-only", "aria-label": words, title: words, disabled, onclick: run }, icon(sign));
    return make(
      "div",
      { class: "step-buttons" },
      button("arrow-up", this.words.up, () => move(n - 1), n === 0),
      button("arrow-down", this.words.down, () => move(n + 1), n === this.list.length - 1),
      button("x", this.words.remove, drop, false),
    );
  }

  /* --- what is filled in --- */

  param(step, param) {
    const id = `step-${ids++}`;
    const set = (value) => {
      if (value === "" || value == null || (Array.isArray(value) && !value.length)) delete step[param.name];
      else step[param.name] = value;
      this.keep();
    };
    const inputs = this[`_${param.kind}`](step[param.name], set, id, param);
    const wide = ["long", "texts"].includes(param.kind);
    if (param.kind === "yes_no") return make("label", { class: "choice" }, ...inputs, make("span", {}, param.label));
    const label = make("label", { for: id }, param.label);
    if (!param.required) label.append(" ", make("span", { class: "optional" }, this.words.optional));
    const help = param.help ? [make("div", { class: "help" }, param.help)] : [];
    return make("div", { class: wide ? "field wide" : "field" }, label, ...inputs, ...help);
  }

  _ref(value, set, id, param) {
    const list = this.choices[param.ref] ?? [];
    const known = list.find(([one]) => String(one) === String(value));
    const change = (event) => set(list.find(([one]) => String(one) === event.target.value)?.[0]);
    const made = make("select", { class: "input", id, onchange: change });
    if (!param.required) made.append(option("", this.words.nobody, value == null));
    else if (!known) made.append(option("", value == null ? this.words.choose : this.words.gone, true));
    made.append(...list.map(([one, words]) => option(one, words, known?.[0] === one)));
    return [made];
  }

  _text(value, set, id) {
    return [make("input", { class: "input", id, type: "text", dir: "auto", maxlength: "500", value: value ?? "", oninput: (event) => set(event.target.value) })];
  }

  _word(value, set, id) {
    return this._text(value, set, id);
  }

  _number(value, set, id) {
    return [make("input", { class: "input", id, type: "number", value: value ?? "", oninput: (event) => set(event.target.value === "" ? "" : Number(event.target.value)) })];
  }

  _yes_no(value, set, id) {
    const box = make("input", { type: "checkbox", id, onchange: (event) => set(event.target.checked || undefined) });
    box.checked = Boolean(value);
    return [box];
  }

  _long(value, set, id) {
    const area = make("textarea", { class: "input", id, rows: "3", dir: "auto", oninput: (event) => set(event.target.value) });
    area.value = value ?? "";
    return [area, make("div", { class: "help" }, this.words.variables)];
  }

  _tags(value, set, id) {
    const change = (event) => set(event.target.value.split(/[,،;]/).map((one) => one.trim()).filter(Boolean));
    return [make("input", { class: "input", id, type: "text", dir: "auto", value: (value ?? []).join(", "), placeholder: this.words.commas, oninput: change })];
  }

  _span(value, set, id) {
    const [, count = "", unit = "h"] = SPAN.exec(value ?? "") ?? [];
    const number = make("input", { class: "input", id, type: "number", min: "1", value: count });
    const units = make("select", { class: "input", "aria-label": this.words.unit }, ...["min", "h", "d"].map((name) => option(name, this.words[name], name === unit)));
    const change = () => set(number.value ? `${number.value} ${units.value}` : "");
    number.addEventListener("input", change);
    units.addEventListener("change", change);
    return [make("div", { class: "pair" }, number, units)];
  }

  _texts(value, set, id) {
    const texts = { ...(value ?? {}) };
    const shown = this.languages.filter(([code]) => code in texts);
    if (!shown.length) shown.push(this.languages.find(([code]) => code === document.documentElement.lang) ?? this.languages[0]);
    const place = make("div", { class: "stack tight" });
    const area = ([code, name], first) => {
      const label = this.words.text_in.replace("{language}", name);
      const made = make("textarea", { class: "input", id: first ? id : null, rows: "4", dir: "auto", lang: code, "aria-label": label, placeholder: label });
      made.value = texts[code] ?? "";
      made.addEventListener("input", () => {
        if (made.value.trim()) texts[code] = made.value;
        else delete texts[code];
        set(Object.keys(texts).length ? { ...texts } : "");
      });
      return make("div", { class: "field" }, make("small", { class: "quiet" }, name), made);
    };
    const more = make("select", { class: "input", "aria-label": this.words.language });
    const fill = () => {
      more.replaceChildren(option("", this.words.language, true), ...this.languages.filter((one) => !shown.includes(one)).map(([code, name]) => option(code, name, false)));
      more.hidden = shown.length === this.languages.length;
    };
    more.addEventListener("change", () => {
      const language = this.languages.find(([code]) => code === more.value);
      if (!language) return;
      shown.push(language);
      const made = area(language, false);
      more.before(made);
      fill();
      made.querySelector("textarea").focus();
    });
    shown.forEach((language, n) => place.append(area(language, n === 0)));
    fill();
    place.append(more);
    return [place, make("div", { class: "help" }, this.words.variables)];
  }
}

/* --- the schedule, and the rule in words ------------------------------------------------------------------------- */

const schedule = form.querySelector("[data-schedule]");
const trigger = form.elements.trigger;
const showSchedule = () => (schedule.hidden = trigger.value !== "time");
trigger.addEventListener("change", () => {
  showSchedule();
  soon();
});
showSchedule();

let timer = 0;
let asked = 0;
function soon() {
  clearTimeout(timer);
  timer = setTimeout(read, 400);
}

async function read() {
  const mine = ++asked;
  const said = form.querySelector("[data-said]");
  let answer;
  try {
    answer = await post(form.dataset.reading, new FormData(form));
  } catch {
    return; // without a connection the words stay as they were; saving checks all anyway
  }
  if (mine !== asked) return;
  said.hidden = !answer.reading;
  if (!answer.reading) return;
  said.querySelector("[data-when]").textContent = answer.reading.when;
  said.querySelector("[data-if]").textContent = answer.reading.if;
  said.querySelector("[data-if-holder]").hidden = !answer.reading.if;
  said.querySelector("[data-then]").replaceChildren(...answer.reading.then.map((words) => make("li", {}, words)));
}

form.addEventListener("input", soon);
form.addEventListener("change", soon);

for (const holder of form.querySelectorAll("[data-steps]")) {
  json(holder.dataset.table)
    .then((table) => new Steps(holder, table))
    .catch((error) => console.warn(error)); // the text area stays and does the same
}
