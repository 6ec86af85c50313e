/* Contact points on any page: <script src="…/portal/ways.js" data-lang="lv" data-only="chat,voice" async></script>.
   Shown where the script stands, or inside data-target. In a shadow root with a constructed style sheet, so that the
   page's styles and a strict Content-Security-Policy leave it alone; nothing is loaded but one JSON file. */
(() => {
  "use strict";
  const own = document.currentScript || document.querySelector('script[src*="/portal/ways.js"]');
  if (!own) return;
  const base = new URL(own.src, document.baseURI);
  const source = new URL("ways.json", base);
  const given = own.dataset;
  const language = given.lang || document.documentElement.lang.split("-")[0];
  if (language) source.searchParams.set("lang", language);
  const zone = given.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) source.searchParams.set("zone", zone);
  const only = (given.only || "").split(",").map((kind) => kind.trim()).filter(Boolean);

  const STYLE = `
    :host { display: block; container-type: inline-size; color: var(--ways-ink, inherit); font: var(--ways-font, inherit);
      text-align: start; }
    :host([hidden]) { display: none; }
    h2 { margin: 0 0 .6em; font-size: 1.25em; }
    ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17em), 1fr)); gap: .75em;
      margin: .75em 0; padding: 0; list-style: none; }
    li { padding: .9em 1em; border: 1px solid color-mix(in srgb, currentColor 22%, transparent);
      border-radius: var(--ways-radius, 8px); overflow-wrap: anywhere; }
    h3 { margin: 0 0 .2em; font-size: 1em; }
    p { margin: .25em 0; line-height: 1.45; }
    a { color: var(--ways-accent, #0f6b66); font-weight: 600; }
    a:focus-visible, summary:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; border-radius: 3px; }
    .small { font-size: .875em; }
    .open::before { content: "● "; color: light-dark(#15803d, #4ade80); }
    .shut::before { content: "○ "; }
    .trouble { padding: .6em .9em; border: 2px solid #b45309; border-radius: var(--ways-radius, 8px); }
    summary { cursor: pointer; min-height: 24px; font-size: .875em; }
    dl { display: grid; grid-template-columns: auto 1fr; gap: .15em 1em; margin: .3em 0 0; font-size: .875em; }
    dt, dd { margin: 0; font-variant-numeric: tabular-nums; }
    @media (prefers-color-scheme: dark) { :host(:not([light])) a { color: var(--ways-accent, inherit); } }
    @media print { .live { display: none; } details > * { display: block; } }`;

  const host = document.createElement("hospes-ways");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  if (given.accent) host.style.setProperty("--ways-accent", given.accent);

  const make = (name, text, kind) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const safe = (link) => /^(https?:|mailto:|tel:|sms:|geo:|viber:)/.test(link);
  const linked = (text, link) => {
    if (!link || !safe(link)) return make("bdi", text);
    const anchor = make("a");
    anchor.href = link;
    anchor.append(make("bdi", text));
    return anchor;
  };

  const drawn = (way, words) => {
    const item = make("li");
    item.dataset.kind = way.kind;
    const heading = make("h3");
    heading.append(way.address ? make("bdi", way.name) : linked(way.name, way.link));
    item.append(heading);
    const about = [way.channel !== way.name && way.channel, way.free && words.free].filter(Boolean).join(" · ");
    if (about) item.append(make("p", about, "small"));
    if (way.address) {
      const line = make("p");
      line.append(linked(way.address, way.link));
      item.append(line);
    }
    if (way.text) item.append(make("p", way.text));
    if (way.state) item.append(make("p", way.state, `small live ${way.open ? "open" : "shut"}`));
    if (way.wait) item.append(make("p", way.wait.words, "small live"));
    if (way.promise) item.append(make("p", way.promise, "small"));
    if (way.hours.length) {
      const more = make("details");
      const list = make("dl");
      for (const line of way.hours) list.append(make("dt", line.days), make("dd", line.times));
      more.append(make("summary", words.hours), list);
      item.append(more);
    }
    return item;
  };

  const draw = (told) => {
    const opened = new Set([...root.querySelectorAll("details[open]")].map((one) => one.closest("li").id));
    const frame = make("section");
    frame.lang = told.language;
    frame.dir = told.direction;
    frame.setAttribute("aria-label", told.words.title);
    if (given.title !== "no") frame.append(make("h2", told.words.title));
    for (const one of told.incidents) {
      const line = make("p", "", "trouble");
      line.append(linked(one.title, one.link));
      frame.append(line);
    }
    const list = make("ul");
    for (const way of told.ways) {
      if (only.length && !only.includes(way.kind)) continue;
      const item = drawn(way, told.words);
      item.id = way.key;
      if (opened.has(way.key)) item.querySelector("details")?.setAttribute("open", "");
      list.append(item);
    }
    frame.append(list);
    for (const action of told.actions) {
      if (only.length && !only.includes(action.kind)) continue;
      const line = make("p");
      line.append(linked(action.name, action.link));
      frame.append(line);
    }
    const focused = root.activeElement?.getAttribute("href");
    root.replaceChildren(frame);
    if (focused) [...root.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
  };

  let shown = "";
  const look = async () => {
    try {
      const answer = await fetch(source, { credentials: "omit" });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      const text = JSON.stringify({ ...told, at: "" });
      if (text !== shown) draw(told);
      shown = text;
      host.dataset.state = "ready";
    } catch {
      if (shown) return; // what is there is still better than nothing
      const page = new URL("ways/", base).href;
      const line = make("p");
      line.append(linked(page, page));
      root.replaceChildren(line);
      host.dataset.state = "failed";
    }
  };
  const place = () => {
    const target = given.target && document.querySelector(given.target);
    if (target) target.append(host);
    else own.after(host);
    look();
    setInterval(() => { if (document.visibilityState === "visible") look(); }, 60000);
  };
  if (given.target && document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
  else place();
})();
