/** The conditions editor: rows in nested groups in place of a text area with JSON, read aloud by the server. */

import { icon, make, option } from "./make.js";
import { json, post } from "./net.js";

const tables = new Map(); // address → promise of the fields, so that ten editors ask once
const table = (address) => tables.get(address) ?? tables.set(address, json(address)).get(address);
const MODES = { all: ["all", false], any: ["any", false], not_all: ["all", true], not_any: ["any", true] };
const SPAN = /^(\d{1,6})\s*(s|min|h|d)$/;

/* --- the tree: {mode, parts: [...]} and {field, is, value}; the JSON is made of it ---------------------------- */

function treeOf(condition) {
  if (!condition || !Object.keys(condition).length) return { mode: "all", parts: [] };
  for (const mode of ["all", "any"]) if (Array.isArray(condition[mode])) return { mode, parts: condition[mode].map(branchOf) };
  if (condition.not) {
    const inner = treeOf(condition.not);
    if (inner.mode === "all" || inner.mode === "any") return { mode: `not_${inner.mode}`, parts: inner.parts };
    return { mode: "not_any", parts: [inner] };
  }
  return { mode: "all", parts: [branchOf(condition)] };
}
const branchOf = (condition) => (condition && "field" in condition ? { ...condition } : treeOf(condition));

/** The JSON of a branch; notes on each its place, so that a fault finds its row. */
function jsonOf(branch, place, top = false) {
  branch.place = place;
  if (!branch.parts) {
    const leaf = { field: branch.field, is: branch.is };
    if (branch.value !== undefined && branch.value !== null) leaf.value = branch.value;
    return leaf;
  }
  const [name, negated] = MODES[branch.mode];
  if (top && !branch.parts.length && !negated) return {};
  const inside = negated ? `${place}.not` : place;
  const group = { [name]: branch.parts.map((part, n) => jsonOf(part, `${inside}.${name}.${n}`)) };
  return negated ? { not: group } : group;
}

/* --- one editor ------------------------------------------------------------------------------------------------ */

class Editor {
  constructor(holder, known) {
    this.holder = holder;
    this.area = holder.querySelector("textarea");
    this.words = known.words;
    this.questions = known.questions;
    this.fields = new Map([...known.fields, ...JSON.parse(holder.dataset.more || "[]")].map((field) => [field.name, field]));
    this.said = holder.querySelector("output");
    this.said.setAttribute("aria-live", "polite");
    this.place = make("div", { class: "cond-editor" });
    this.area.before(this.place);
    this.toggle = make("button", { type: "button", class: "button ghost small", onclick: () => this.turn() });
    this.tail = make("div", { class: "cond-foot" }, this.toggle);
    holder.querySelector(".reading").before(this.tail);
    this.problem = make("p", { class: "cond-fault", role: "alert", hidden: true });
    this.tail.before(this.problem);
    this.area.addEventListener("input", () => this.later());
    const label = this.area.labels?.[0];
    if (label) this.place.setAttribute("aria-label", label.textContent.trim());
    this.place.setAttribute("role", "group");
    this.show(this.parse() !== null);
  }

  say(key, values = {}) {
    return (this.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  parse() {
    try {
      const value = JSON.parse(this.area.value.trim() || "{}");
      return value && typeof value === "object" && !Array.isArray(value) ? value : null;
    } catch {
      return null;
    }
  }

  turn() {
    const rows = !this.area.hidden;
    if (rows && this.parse() === null) {
      this.fault(this.words.not_json);
      return;
    }
    this.show(rows);
  }

  show(rows) {
    this.area.hidden = rows;
    this.place.hidden = !rows;
    this.toggle.textContent = rows ? this.words.json : this.words.rows;
    if (rows) {
      this.tree = treeOf(this.parse());
      this.draw();
    }
    this.read();
  }

  draw(focus) {
    this.place.replaceChildren(this.group(this.tree, null));
    if (focus) this.place.querySelector(`[data-focus="${focus}"]`)?.focus();
  }

  /** Something changed: keep it in the text area and ask how it reads. */
  keep({ again = false, focus = "" } = {}) {
    this.area.value = JSON.stringify(jsonOf(this.tree, "conditions", true), null, 1);
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
    if (again) this.draw(focus);
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.read(), 300);
  }

  async read() {
    if (!this.area.hidden) this.tree = null;
    else this.area.value = JSON.stringify(jsonOf(this.tree, "conditions", true), null, 1);
    const { namespaces, more, reading } = this.holder.dataset;
    const mine = (this.asked = (this.asked ?? 0) + 1);
    let answer;
    try {
      answer = await post(reading, { conditions: this.area.value, namespaces, more: more ?? "" });
    } catch {
      return; // without a connection it stays as it was; saving checks it anyway
    }
    if (mine !== this.asked) return;
    this.said.textContent = answer.reading || "…";
    this.mark(answer.faults);
  }

  fault(words) {
    this.problem.textContent = words;
    this.problem.hidden = !words;
  }

  mark(faults) {
    const rest = [];
    for (const row of this.place.querySelectorAll(".cond-row")) {
      row.querySelector(".cond-fault")?.remove();
      for (const part of row.querySelectorAll("[aria-invalid]")) part.removeAttribute("aria-invalid");
    }
    for (const [place, words] of faults) {
      const row = [...this.place.querySelectorAll(".cond-row")].find((one) => place === one.branch.place || place.startsWith(`${one.branch.place}.`));
      if (!row) {
        rest.push(words);
        continue;
      }
      if (row.fresh) continue; // nobody has chosen anything in it yet
      const id = `fault-${crypto.randomUUID()}`;
      const part = row.querySelector(`[data-part="${place.split(".").pop()}"]`) ?? row.querySelector("select");
      part.setAttribute("aria-invalid", "true");
      part.setAttribute("aria-describedby", id);
      row.append(make("p", { class: "cond-fault", id }, words));
    }
    this.fault(rest.join(" "));
  }

  /* --- groups and rows --- */

  group(branch, parent) {
    const modes = Object.keys(MODES).map((mode) => option(mode, this.words[mode], mode === branch.mode));
    const head = make("select", { class: "input", "aria-label": this.words.group, onchange: (event) => ((branch.mode = event.target.value), this.keep()) }, ...modes);
    const top = make("div", { class: "cond-head" }, head);
    if (parent) top.append(make("span", { class: "push" }), this.remover(branch, parent, "remove_group"));
    const parts = make("div", { class: "cond-parts" });
    branch.parts.forEach((part, n) => parts.append(part.parts ? this.group(part, branch) : this.row(part, branch, n)));
    if (!branch.parts.length) parts.append(make("p", { class: "cond-none" }, this.words.nothing));
    const add = make("button", { type: "button", class: "button small", "data-focus": parent ? false : "add", onclick: () => this.add(branch, { field: "", is: "" }) }, icon("plus"), this.words.add);
    const nest = make("button", { type: "button", class: "button ghost small", onclick: () => this.add(branch, { mode: branch.mode === "all" ? "any" : "all", parts: [{ field: "", is: "" }] }) }, icon("plus"), this.words.add_group);
    return make("div", { class: "cond-group", role: "group" }, top, parts, make("div", { class: "cond-foot" }, add, nest));
  }

  add(branch, part) {
    branch.parts.push(part);
    (part.parts?.[0] ?? part).fresh = true;
    this.keep({ again: true, focus: "fresh" });
  }

  remover(part, parent, key) {
    const drop = () => {
      parent.parts.splice(parent.parts.indexOf(part), 1);
      this.keep({ again: true, focus: "add" });
    };
    return make("button", { type: "button", class: "button ghost small icon-only", "aria-label": this.words[key], title: this.words[key], onclick: drop }, icon("x"));
  }

  row(leaf, parent, n) {
    const row = make("div", { class: "cond-row", role: "group", "aria-label": this.say("row", { n: n + 1 }) });
    row.branch = leaf;
    row.fresh = Boolean(leaf.fresh) && !leaf.field;
    const what = this.fieldChooser(leaf);
    if (leaf.fresh) {
      what.dataset.focus = "fresh";
      delete leaf.fresh;
    }
    row.append(what, this.howChooser(leaf), this.value(leaf), this.remover(leaf, parent, "remove"));
    return row;
  }

  fieldChooser(leaf) {
    const groups = new Map();
    for (const field of this.fields.values()) {
      if (!groups.has(field.group)) groups.set(field.group, []);
      groups.get(field.group).push(option(field.name, field.label, field.name === leaf.field));
    }
    const change = (event) => {
      leaf.field = event.target.value;
      const ways = this.ways(leaf).map((way) => way.is);
      if (!ways.includes(leaf.is)) leaf.is = ways[0] ?? "";
      delete leaf.value;
      event.target.dataset.focus = "field";
      this.redraw(event.target);
    };
    const chooser = make("select", { class: "input", "aria-label": this.words.field, "data-part": "field", onchange: change });
    if (!this.fields.has(leaf.field)) chooser.append(option(leaf.field, leaf.field ? this.say("gone", { name: leaf.field }) : this.words.choose, true));
    for (const [label, options] of groups) chooser.append(label ? make("optgroup", { label }, ...options) : options[0], ...(label ? [] : options.slice(1)));
    return chooser;
  }

  ways(leaf) {
    return this.questions[this.fields.get(leaf.field)?.kind] ?? [];
  }

  /** Draws one row anew where it stands, and keeps the focus on the same part of it. */
  redraw(inside) {
    const row = inside.closest(".cond-row");
    const part = inside.dataset.part;
    const parent = this.parentOf(row.branch, this.tree);
    const fresh = this.row(row.branch, parent, parent.parts.indexOf(row.branch));
    row.replaceWith(fresh);
    fresh.querySelector(`[data-part="${part}"]`)?.focus();
    this.keep();
  }

  parentOf(leaf, group) {
    if (group.parts.includes(leaf)) return group;
    for (const part of group.parts) {
      const found = part.parts && this.parentOf(leaf, part);
      if (found) return found;
    }
    return null;
  }

  howChooser(leaf) {
    const change = (event) => {
      const before = this.takes(leaf);
      leaf.is = event.target.value;
      const after = this.takes(leaf);
      if (before !== after) {
        if (before === "one" && after === "many" && leaf.value != null) leaf.value = [leaf.value];
        else if (before === "many" && after === "one" && Array.isArray(leaf.value)) leaf.value = leaf.value[0];
        else delete leaf.value;
      }
      this.redraw(event.target);
    };
    const options = this.ways(leaf).map((way) => option(way.is, way.words, way.is === leaf.is));
    return make("select", { class: "input", "aria-label": this.words.how, "data-part": "is", disabled: !options.length, onchange: change }, ...options);
  }

  takes(leaf) {
    return this.ways(leaf).find((way) => way.is === leaf.is)?.takes ?? "none";
  }

  /* --- values --- */

  value(leaf) {
    const place = make("div", { class: "cond-value" });
    const field = this.fields.get(leaf.field);
    const takes = this.takes(leaf);
    if (!field || takes === "none") return place;
    const list = field.choices;
    if (takes === "span") place.append(...this.span(leaf));
    else if (takes === "many") this.many(place, leaf, field);
    else if (list && field.kind !== "set") place.append(this.choice(leaf, list));
    else place.append(this.single(leaf, field));
    return place;
  }

  label(more = {}) {
    return { class: "input", "aria-label": this.words.value, "data-part": "value", ...more };
  }

  span(leaf) {
    const [, count = "", unit = "h"] = SPAN.exec(leaf.value ?? "") ?? [];
    const number = make("input", this.label({ type: "number", min: "1", max: "999999", inputmode: "numeric", value: count }));
    const units = make("select", { class: "input", "aria-label": this.words.unit }, ...["min", "h", "d", "s"].map((name) => option(name, this.words[name], name === unit)));
    const change = () => {
      leaf.value = number.value ? `${number.value} ${units.value}` : undefined;
      this.keep();
    };
    number.addEventListener("input", change);
    units.addEventListener("change", change);
    return [number, units];
  }

  choice(leaf, list) {
    const chosen = list.find(([value]) => String(value) === String(leaf.value));
    const change = (event) => {
      leaf.value = list.find(([value]) => String(value) === event.target.value)?.[0];
      this.keep();
    };
    const made = make("select", this.label({ onchange: change }));
    if (!chosen) made.append(option("", leaf.value == null ? this.words.choose : this.say("gone", { name: leaf.value }), true));
    made.append(...list.map(([value, words]) => option(value, words, chosen?.[0] === value)));
    return made;
  }

  single(leaf, field) {
    const kind = { number: "number", moment: String(leaf.value ?? "").length > 10 ? "text" : "date" }[field.kind] ?? "text";
    const change = (event) => {
      const text = event.target.value;
      leaf.value = text === "" ? undefined : field.kind === "number" ? Number(text) : text;
      this.keep();
    };
    const made = make("input", this.label({ type: kind, value: leaf.value ?? "", step: kind === "number" ? "any" : null, dir: leaf.is === "pattern" ? "ltr" : "auto", oninput: change }));
    return made;
  }

  /** Several values: those chosen as buttons that take them off, and where to add one. */
  many(place, leaf, field) {
    const values = Array.isArray(leaf.value) ? leaf.value : leaf.value == null ? [] : [leaf.value];
    const named = (value) => field.choices?.find(([one]) => String(one) === String(value))?.[1] ?? String(value);
    const put = (next) => {
      leaf.value = next.length ? next : undefined;
      this.redraw(place);
      [...this.place.querySelectorAll(".cond-row")].find((row) => row.branch === leaf)?.querySelector("[data-part=value]")?.focus();
    };
    for (const value of values) {
      const words = named(value);
      place.append(make("button", { type: "button", class: "chip", "aria-label": this.say("take_off", { name: words }), onclick: () => put(values.filter((one) => one !== value)) }, make("bdi", {}, words), icon("x")));
    }
    const closed = field.choices && field.kind === "choice";
    if (closed) {
      const left = field.choices.filter(([value]) => !values.some((one) => String(one) === String(value)));
      if (!left.length) return;
      const change = (event) => put([...values, left.find(([value]) => String(value) === event.target.value)[0]]);
      place.append(make("select", this.label({ onchange: change }), option("", this.words.choose_more, true), ...left.map(([value, words]) => option(value, words, false))));
      return;
    }
    this.typed(place, leaf, field, values, put);
  }

  typed(place, leaf, field, values, put) {
    const input = make("input", this.label({ type: "text", dir: "auto", placeholder: this.words.several, title: this.words.several }));
    if (field.choices?.length) {
      const id = `known-${crypto.randomUUID()}`;
      input.setAttribute("list", id);
      place.append(make("datalist", { id }, ...field.choices.map(([value]) => make("option", { value }))));
    }
    const words = () => input.value.split(/[,،;]/).map((one) => one.trim()).filter(Boolean);
    const take = () => {
      const fresh = words().filter((one) => !values.includes(one));
      if (fresh.length) put([...values, ...fresh]);
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && input.value.trim()) {
        event.preventDefault();
        take();
      }
      if (event.key === "Backspace" && !input.value && values.length) put(values.slice(0, -1));
    });
    /* What is typed counts at once, so that pressing "Save" right after loses nothing. */
    input.addEventListener("input", () => {
      const all = [...values, ...words().filter((one) => !values.includes(one))];
      leaf.value = all.length ? all : undefined;
      this.keep();
    });
    input.addEventListener("blur", () => input.isConnected && input.value.trim() && take());
    place.append(input);
  }
}

/** Puts editors in place of all text areas below that have none yet. */
export async function enhance(below = document) {
  const found = [...(below.querySelectorAll?.("[data-conditions]") ?? [])];
  if (below.matches?.("[data-conditions]")) found.push(below);
  for (const holder of found) {
    if (holder.editor || holder.dataset.ready) continue;
    holder.dataset.ready = "1";
    try {
      holder.editor = new Editor(holder, await table(holder.dataset.fields));
    } catch (error) {
      tables.delete(holder.dataset.fields);
      delete holder.dataset.ready; // the text area stays and does the same
      console.warn(error);
    }
  }
}

enhance();
document.addEventListener("htmx:load", (event) => enhance(event.target));
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1 && (node.matches("[data-conditions]") || node.querySelector("[data-conditions]"))) enhance(node);
}).observe(document.body, { childList: true, subtree: true });
