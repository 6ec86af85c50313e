/* The chat widget of Hospes: <hospes-chat>. One file, no dependencies, and nothing that a strict policy of the host
   page forbids: no inline style or script, no eval, no HTML made of texts. How to embed it: docs/admin/chat-widget.md.

   In this order: what everything uses; the look; Talk (what was said, how it goes out and comes in); Chat (what is
   seen); the JS API. */
(() => {
  "use strict";
  if (customElements.get("hospes-chat")) return;

  const TAG = document.currentScript || document.querySelector('script[src*="/channels/chat/chat.js"]');
  const FOLDER = new URL(".", TAG?.src || location.href).href;
  const SECOND = 1000;
  const DAY = 864e5;
  const TYPING_AGAIN = 3 * SECOND;
  const TYPING_OVER = 6 * SECOND;
  const PING_AFTER = 25 * SECOND;
  const DEAD_AFTER = 15 * SECOND; // without an answer to a ping, or to our hello
  const EMOJI = [
    ..."😀😃😄😁😅😂🙂😉😊😍😘😜🤔😐🙄😏😌😔😢😭😤😡😱😳🥳😎🤝👍👎👌✌🤞🙏👏💪👋🤷🤦❤💔🔥✨⭐🎉🎁📦🚚🛒💳🧾📷📞📧⏰📅✅❌❓❗💡☕🌞🌙",
  ];

  /* ---------- What everything uses ---------- */

  const h = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (key === "value") node.value = value;
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
    return node;
  };

  // Shapes from Lucide (ISC licence).
  const SHAPES = {
    chat: "M2.992 16.342a2 2 0 0 1 .094 1.167l-1.065 3.29a1 1 0 0 0 1.236 1.168l3.413-.998a2 2 0 0 1 1.099.092 10 10 0 1 0-4.777-4.719",
    x: "M18 6 6 18M6 6l12 12",
    send: "M12 19V5M5 12l7-7 7 7",
    clip: "m16 6-8.414 8.586a2 2 0 0 0 2.829 2.829l8.414-8.586a4 4 0 1 0-5.657-5.657l-8.379 8.551a6 6 0 1 0 8.485 8.485l8.379-8.551",
    smile: "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M15 10V9M9 10V9M16.472 15a6 6 0 0 1-8.943 0",
    more: "M12 11.5v1M19 11.5v1M5 11.5v1",
    sent: "M20 6 9 17l-5-5",
    seen: "M18 6 7 17l-5-5M22 10l-7.5 7.5L13 16",
    sending: "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M12 6v6l4 2",
    star: "M11.525 2.295a.53.53 0 0 1 .95 0l2.31 4.679a2.123 2.123 0 0 0 1.595 1.16l5.166.756a.53.53 0 0 1 .294.904l-3.736 3.638a2.123 2.123 0 0 0-.611 1.878l.882 5.14a.53.53 0 0 1-.771.56l-4.618-2.428a2.122 2.122 0 0 0-1.973 0L6.396 21.01a.53.53 0 0 1-.77-.56l.881-5.139a2.122 2.122 0 0 0-.611-1.879L2.16 9.795a.53.53 0 0 1 .294-.906l5.165-.755a2.122 2.122 0 0 0 1.597-1.16z",
    phone: "M13.832 16.568a1 1 0 0 0 1.213-.303l.355-.465A2 2 0 0 1 17 15h3a2 2 0 0 1 2 2v3a2 2 0 0 1-2 2A18 18 0 0 1 2 4a2 2 0 0 1 2-2h3a2 2 0 0 1 2 2v3a2 2 0 0 1-.8 1.6l-.468.351a1 1 0 0 0-.292 1.233 14 14 0 0 0 6.392 6.384",
    down: "M12 5v14M19 12l-7 7-7-7",
    file: "M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8l6 6v12a2 2 0 0 1-2 2zM14 2v6h6",
    alert: "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M12 8v4M12 16h.01",
    mail: "m22 7-8.991 5.727a2 2 0 0 1-2.009 0L2 7M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2",
    sound: "M10.268 21a2 2 0 0 0 3.464 0M3.262 15.326A1 1 0 0 0 4 17h16a1 1 0 0 0 .74-1.673C19.41 13.956 18 12.499 18 8A6 6 0 0 0 6 8c0 4.499-1.411 5.956-2.738 7.326",
    globe: "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M2 12h20M12 2a15 15 0 0 1 0 20 15 15 0 0 1 0-20",
  };
  const icon = (name) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", SHAPES[name]);
    svg.append(path);
    return svg;
  };
  const unseen = (text) => h("span", { class: "vh" }, text);
  const fill = (text, values) => String(text).replace(/\{(\w+)\}/g, (all, name) => values?.[name] ?? all);
  const wait = (time) => new Promise((done) => setTimeout(done, time));
  // crypto.randomUUID exists on https pages only.
  const newId = () =>
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
      (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16),
    );
  const initials = (name) => {
    const words = String(name || "").split(/\s+/).filter(Boolean);
    return [words[0], words.length > 1 && words.at(-1)].map((word) => (word ? [...word][0] : "")).join("");
  };
  // "*" stands for anything; read from left to right once, whatever the pattern.
  const fits = (pattern, text) => {
    const parts = pattern.split("*");
    const last = parts.pop();
    if (!parts.length) return text === pattern;
    if (!text.startsWith(parts[0])) return false;
    let at = parts.shift().length;
    for (const part of parts) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
  const subjectOf = (jwt) => {
    try {
      return JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub;
    } catch {
      return undefined;
    }
  };

  class Problem extends Error {
    constructor(said, status) {
      super(said.message || "");
      Object.assign(this, { status, code: said.code, field: said.field, later: said.later || 0 });
    }
    // What the same words will meet again; everything else is worth another try.
    get final() {
      return this.status >= 400 && this.status < 500 && ![401, 408, 425, 429].includes(this.status);
    }
  }

  /* Kept in the browser, or for this page alone where the browser keeps nothing. */
  class Store {
    constructor(prefix) {
      this.prefix = prefix;
      this.memory = new Map();
      try {
        localStorage.setItem(`${prefix}?`, "1");
        localStorage.removeItem(`${prefix}?`);
        this.area = localStorage;
      } catch {
        this.area = null;
      }
    }
    get(key) {
      const text = this.memory.get(key) ?? this.area?.getItem(this.prefix + key);
      try {
        return text ? JSON.parse(text) : undefined;
      } catch {
        return undefined;
      }
    }
    set(key, value) {
      const text = JSON.stringify(value);
      try {
        this.area.setItem(this.prefix + key, text);
        this.memory.delete(key);
      } catch {
        this.memory.set(key, text);
      }
    }
    drop(key) {
      this.memory.delete(key);
      this.area?.removeItem(this.prefix + key);
    }
    all(start) {
      const whole = Object.keys(this.area || {}).filter((key) => key.startsWith(this.prefix + start));
      const keys = new Set([...this.memory.keys()].filter((key) => key.startsWith(start)));
      for (const key of whole) keys.add(key.slice(this.prefix.length));
      return [...keys].map((key) => this.get(key)).filter(Boolean);
    }
  }

  /* ---------- The look ---------- */

  const LOOK = `
:host{all:initial!important;display:block!important;position:fixed!important;z-index:var(--hospes-z,2147483000)!important;inset-block-end:0!important;inset-inline-end:0!important}
:host([hidden]){display:none!important}
@media print{:host{display:none!important}}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
.root{--bg:#fff;--soft:#f4f5f7;--bubble:#eef0f3;--line:#dfe2e7;--edge:#7d8590;--ink:#1b212c;--ink2:#565e6b;--bad:#b3261e;--bad-soft:#fdecea;--note:#fff6dc;--note-ink:#5f4800;
--r:var(--hospes-radius,12px);--gap-x:var(--hospes-gap-inline,20px);--gap-y:var(--hospes-gap-block,20px);
font:400 16px/1.5 var(--hospes-font,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Armenian","Noto Sans Arabic",sans-serif);color:var(--ink);color-scheme:light;text-align:start;-webkit-text-size-adjust:100%}
.root.dark{--bg:#1a1d23;--soft:#22262d;--bubble:#2b3038;--line:#373d47;--edge:#858d99;--ink:#eceef2;--ink2:#adb4bf;--bad:#ff9d94;--bad-soft:#3c2220;--note:#3a3115;--note-ink:#ffe6a3;color-scheme:dark}
.root:lang(fa){line-height:1.8}
button,input,textarea,select{font:inherit;color:inherit;margin:0;letter-spacing:inherit}
button,a.button{cursor:pointer;border:1px solid transparent;border-radius:8px;background:none;padding:0;text-align:start;color:inherit}
button:disabled,[aria-disabled=true]{cursor:default;opacity:.55}
a{color:var(--accent-text)}
svg{inline-size:20px;block-size:20px;flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
:focus{outline:none}
:focus-visible{outline:2px solid var(--ring);outline-offset:2px}
.vh{position:absolute!important;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.launcher{position:fixed;inset-block-end:calc(var(--gap-y) + env(safe-area-inset-bottom,0px));inset-inline-end:calc(var(--gap-x) + env(safe-area-inset-right,0px));inline-size:56px;block-size:56px;border-radius:50%;background:var(--accent);color:var(--on-accent);border-color:var(--on-accent-line);display:grid;place-items:center;box-shadow:0 2px 6px #0003,0 8px 24px #0004}
.launcher svg{inline-size:26px;block-size:26px}
.launcher:hover,.primary:hover:not(:disabled){filter:brightness(1.08)}
.launcher:focus-visible{outline-offset:3px;box-shadow:0 0 0 3px var(--bg)}
.badge{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-inline-size:22px;block-size:22px;padding-inline:6px;border-radius:11px;background:#c5221f;color:#fff;font-size:13px;line-height:22px;font-weight:600;text-align:center}
.invite{position:fixed;inset-block-end:calc(var(--gap-y) + 70px);inset-inline-end:var(--gap-x);max-inline-size:min(300px,calc(100vw - 40px));background:var(--bg);border:1px solid var(--line);border-radius:var(--r);box-shadow:0 8px 28px #0003;display:flex;align-items:flex-start;animation:in .15s ease-out}
.invite button:first-child{padding:14px 4px 14px 16px;padding-block:14px;padding-inline:16px 4px;flex:1;border-radius:var(--r);overflow-wrap:anywhere}
.invite .icon{margin:6px}
.panel{position:fixed;inset-block-end:calc(var(--gap-y) + 72px);inset-inline-end:var(--gap-x);inline-size:min(var(--hospes-width,390px),calc(100vw - 32px));block-size:min(var(--hospes-height,640px),calc(100dvh - var(--gap-y) - 96px));display:flex;flex-direction:column;background:var(--bg);border:1px solid var(--line);border-radius:var(--r);box-shadow:0 12px 48px #0004;overflow:hidden;overscroll-behavior:contain;animation:in .15s ease-out}
.full .panel{inset:auto;inset-block-start:var(--top,0);inset-inline:0;inline-size:100%;block-size:var(--tall,100dvh);border:0;border-radius:0;padding-block:env(safe-area-inset-top,0px) env(safe-area-inset-bottom,0px);padding-inline:env(safe-area-inset-left,0px) env(safe-area-inset-right,0px)}
.full.typing-keys .panel{padding-block-end:0}
.full.open .launcher{display:none}
@keyframes in{from{opacity:0;transform:translateY(8px)}}
header{display:flex;align-items:center;gap:10px;padding:12px 8px;padding-inline-start:16px;background:var(--accent);color:var(--on-accent);--ring:var(--on-accent)}
header .who{flex:1;min-inline-size:0}
h2{margin:0;font-size:17px;line-height:1.3;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
header .sub{margin:0;font-size:14px;line-height:1.35}
.faces{display:flex}.faces:empty{display:none}
.face{inline-size:36px;block-size:36px;border-radius:50%;background:var(--bg);color:var(--ink);border:2px solid var(--accent);display:grid;place-items:center;font-size:13px;font-weight:600;flex:none}
.face+.face{margin-inline-start:-12px}
.icon{inline-size:36px;block-size:36px;display:grid;place-items:center;flex:none;border-radius:8px}
.icon:hover{background:color-mix(in srgb,currentColor 12%,transparent)}
.full .icon{inline-size:44px;block-size:44px}
.menu{background:var(--bg);border-block-end:1px solid var(--line);padding:6px;max-block-size:60%;overflow:auto;flex:none}
.menu>*{display:flex;align-items:center;gap:12px;inline-size:100%;min-block-size:44px;padding:4px 12px;border-radius:8px;text-decoration:none;color:var(--ink)}
.menu>:is(button,a):hover{background:var(--soft)}
.menu svg{color:var(--ink2)}
.menu .set{margin-inline-start:auto;color:var(--ink2);font-size:14px}
.menu select{margin-inline-start:auto;max-inline-size:60%}
.switch{margin-inline-start:auto;inline-size:36px;block-size:20px;border-radius:10px;border:2px solid var(--edge);padding:2px;display:flex;flex:none}
.switch::after{content:"";inline-size:12px;block-size:12px;border-radius:50%;background:var(--edge)}
[aria-checked=true] .switch{justify-content:flex-end;border-color:var(--accent-text)}
[aria-checked=true] .switch::after{background:var(--accent-text)}
.strip{padding:8px 16px;font-size:14px;background:var(--soft);color:var(--ink2);border-block-end:1px solid var(--line);flex:none}
.strip p{margin:0}
.cut{background:var(--note);color:var(--note-ink);display:flex;gap:8px;align-items:center}
.cut svg{inline-size:16px;block-size:16px}
.body{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:16px;display:flex;flex-direction:column;min-block-size:0;position:relative}
.log{display:flex;flex-direction:column}
.hello{margin-block-end:16px}
.hello p{margin:0 0 4px}
.hello .big{font-size:21px;line-height:1.35;font-weight:600}
.muted,.meta{color:var(--ink2);font-size:14px}
.day,.system{text-align:center;font-size:13px;color:var(--ink2);margin:16px 0 8px;overflow-wrap:anywhere}
.system{margin:8px 16px}
.msg{max-inline-size:86%;margin-block-start:3px;display:flex;flex-direction:column;align-items:flex-start}
.msg.first{margin-block-start:14px}
.msg.mine{align-self:flex-end;align-items:flex-end}
.name{font-size:13px;color:var(--ink2);margin-block-end:2px;padding-inline:4px}
.words{background:var(--bubble);border-radius:14px;padding:8px 13px;overflow-wrap:anywhere;max-inline-size:100%;border:1px solid transparent}
.mine .words{background:var(--accent);color:var(--on-accent);white-space:pre-wrap}
.mine .words a{color:inherit}
.waiting .words{opacity:.75}
.words p{margin:0 0 8px}.words p:last-child,.words ul:last-child,.words ol:last-child{margin-block-end:0}
.words ul,.words ol{margin:0 0 8px;padding-inline-start:22px}
.words pre{white-space:pre-wrap;margin:0;font-size:14px}
.words blockquote{margin:0 0 8px;padding-inline-start:10px;border-inline-start:3px solid var(--edge)}
.plain{white-space:pre-wrap}
.meta{display:flex;align-items:center;gap:4px;font-size:12.5px;padding-inline:4px;margin-block-start:2px}
.read svg{color:var(--accent-text)}
.meta svg{inline-size:15px;block-size:15px}
.bad,.error{color:var(--bad)}
.link{color:var(--accent-text);text-decoration:underline;padding:2px 4px;min-block-size:24px}
.pic{display:block;margin-block-start:4px;border-radius:12px;overflow:hidden;border:1px solid var(--line);background:var(--soft)}
.pic img{display:block;max-inline-size:min(240px,100%);max-block-size:220px;min-block-size:48px;object-fit:contain}
.doc{display:flex;gap:10px;align-items:center;margin-block-start:4px;padding:8px 12px;border:1px solid var(--edge);border-radius:12px;text-decoration:none;color:var(--ink);overflow-wrap:anywhere}
.doc small{color:var(--ink2);font-size:13px}
.dots{display:flex;align-items:center;gap:8px;margin-block-start:12px;font-size:14px;color:var(--ink2);min-block-size:24px}
.dots i{inline-size:6px;block-size:6px;border-radius:50%;background:currentColor;animation:dot 1.2s infinite}
.dots i:nth-child(2){animation-delay:.2s}.dots i:nth-child(3){animation-delay:.4s;margin-inline-end:4px}
@keyframes dot{30%{opacity:.25}}
.choices{display:flex;flex-wrap:wrap;gap:8px;margin-block-start:12px;justify-content:flex-end}
.chip,.button.outline{border:1px solid var(--accent-text);color:var(--accent-text);border-radius:18px;padding:5px 14px;min-block-size:36px;background:var(--bg);overflow-wrap:anywhere}
.chip:hover,.button.outline:hover{background:var(--soft)}
.button.outline{border-radius:8px;display:flex;align-items:center;gap:10px;text-decoration:none;min-block-size:44px;justify-content:center}
.entries{display:grid;gap:8px;margin-block-start:16px}
.card{border:1px solid var(--line);border-radius:var(--r);padding:16px;margin-block-start:16px;display:grid;gap:12px}
.card p,.card legend{margin:0}
.jump{position:sticky;inset-block-end:0;align-self:center;display:flex;gap:6px;align-items:center;background:var(--bg);border:1px solid var(--edge);border-radius:18px;padding:5px 14px;font-size:14px;box-shadow:0 2px 10px #0003;margin-block-start:8px;min-block-size:34px}
.jump svg{inline-size:16px;block-size:16px}
form{display:grid;gap:14px;margin:0}
label,.label{display:block;font-weight:500;font-size:15px;margin-block-end:4px}
label .opt{font-weight:400;color:var(--ink2)}
input:not([type=radio]),textarea,select{inline-size:100%;border:1px solid var(--edge);border-radius:8px;background:var(--bg);padding:9px 12px;min-block-size:44px}
.menu label{font:inherit;margin:0}
.menu select{inline-size:auto;min-block-size:36px;padding-block:4px}
textarea{resize:none;display:block}
::placeholder{color:var(--ink2);opacity:1}
[aria-invalid=true]{border-color:var(--bad)!important}
.error{font-size:14px;margin:4px 0 0;display:flex;gap:6px;align-items:flex-start}
.error svg{inline-size:16px;block-size:16px;margin-block-start:.2em}
.primary{background:var(--accent);color:var(--on-accent);border-color:var(--on-accent-line);font-weight:600;text-align:center;padding:10px 18px;min-block-size:44px}
.quiet{border-color:var(--edge);padding:10px 18px;min-block-size:44px;text-align:center}
.quiet:hover{background:var(--soft)}
.row{display:flex;gap:8px;flex-wrap:wrap}.row>*{flex:1 1 auto}
fieldset{border:0;padding:0;margin:0;min-inline-size:0}
legend{padding:0;font-weight:600;margin-block-end:8px}
.stars{display:flex;gap:4px}
.stars label{margin:0;padding:5px;cursor:pointer;border-radius:8px;color:var(--edge);position:relative}
.stars svg{inline-size:30px;block-size:30px;display:block}
.stars .on{color:var(--accent-text)}.stars .on svg{fill:currentColor}
.stars input{position:absolute;inset:0;opacity:0;margin:0;cursor:pointer;inline-size:100%;block-size:100%}
.stars label:focus-within{outline:2px solid var(--ring);outline-offset:0}
.foot{border-block-start:1px solid var(--line);padding:8px;flex:none;background:var(--bg);position:relative}
.write{display:flex;align-items:flex-end;gap:2px}
.write textarea{flex:1;inline-size:auto;min-inline-size:0;border-color:transparent;max-block-size:140px;min-block-size:40px;padding:8px;background:none;overflow-y:auto}
.full .write .icon{margin:0}
.write :focus-visible{outline-offset:-1px}.write .icon{margin-block-end:3px}
.go{background:var(--accent);color:var(--on-accent);border-color:var(--on-accent-line);border-radius:50%}
.go:hover{background:var(--accent)}
.note{font-size:13px;color:var(--ink2);padding:2px 8px 0;margin:0}
.foot>.error{padding-inline:8px;margin:0 0 6px}
.files{display:grid;gap:6px;margin:0 0 6px;padding:0;list-style:none}
.files li{display:flex;align-items:center;gap:10px;background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:4px 4px 4px 10px;padding-inline:10px 4px;font-size:14px}
.files .grow{flex:1;min-inline-size:0;overflow-wrap:anywhere}
.files canvas{inline-size:40px;block-size:40px;border-radius:6px;flex:none}
progress{inline-size:100%;block-size:6px;display:block;accent-color:var(--accent-text)}
.emoji{display:grid;grid-template-columns:repeat(8,1fr);gap:2px;padding:4px 0 8px;max-block-size:184px;overflow:auto}
.emoji button{font-size:22px;line-height:1;block-size:36px;text-align:center}
.emoji button:hover{background:var(--soft)}
.drop{position:absolute;inset:8px;border:2px dashed var(--accent-text);border-radius:var(--r);background:var(--bg);display:grid;place-items:center;font-weight:600;color:var(--accent-text);pointer-events:none;z-index:1}
@media (prefers-reduced-motion:reduce){*,*::before,*::after{animation:none!important;transition:none!important;scroll-behavior:auto!important}}
@media (forced-colors:active){.words,.launcher,.go,.primary,.face{border:1px solid ButtonText}.stars .on{color:Highlight}}
`;

  // A colour as three numbers of 0 to 1, whatever notation it is in; the browser reads it for us.
  const readColour = (probe, colour) => {
    probe.style.color = "";
    probe.style.color = `color-mix(in srgb, ${colour}, ${colour})`;
    if (!probe.style.color) probe.style.color = colour;
    const found = getComputedStyle(probe).color;
    const numbers = (found.match(/-?[\d.]+(e-?\d+)?/g) || []).slice(0, 3).map(Number);
    if (!probe.style.color || numbers.length < 3) return null;
    return numbers.map((n) => Math.min(1, Math.max(0, found.startsWith("color(") ? n : n / 255)));
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((n) => (n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const css = (colour) => `rgb(${colour.map((n) => Math.round(n * 255)).join(" ")})`;
  const BLACK = [0, 0, 0];
  const WHITE = [1, 1, 1];
  // The same colour, as far towards black or white as reading on all these grounds asks for.
  const readable = (colour, grounds) => {
    const to = light(grounds[0]) > 0.2 ? 0 : 1;
    for (let step = 0; step <= 20; step += 1) {
      const mixed = colour.map((n) => n + ((to - n) * step) / 20);
      if (grounds.every((ground) => contrast(mixed, ground) >= 4.6)) return mixed;
    }
    return to ? WHITE : BLACK;
  };

  /* ---------- What was said, how it goes out and comes in ---------- */

  class Talk {
    constructor(inbox, tell) {
      this.inbox = inbox;
      this.base = new URL(`${encodeURIComponent(inbox)}/`, FOLDER).href;
      this.wire = new URL("/ws/guest", FOLDER).href.replace(/^http/, "ws");
      this.store = new Store(`hospes-chat:${inbox}:`);
      this.tell = tell;
      this.tries = 0;
      this.clear();
    }

    clear() {
      this.messages = new Map();
      this.state = {};
      this.cursor = "";
      this.loaded = false;
      this.typing = null;
    }

    get who() {
      return this.store.get("who") || {};
    }

    get outbox() {
      return this.store.all("out:").sort((a, b) => a.at - b.at);
    }

    get list() {
      const order = (m) => Date.parse(m.at) || 0;
      return [...this.messages.values()].sort((a, b) => order(a) - order(b) || (a.id > b.id ? 1 : -1));
    }

    // Whether they have chatted: what went by mail begins no chat.
    get talked() {
      return this.list.some((m) => !m.by_mail);
    }

    get unread() {
      const seen = Number(this.store.get("seen") || 0);
      return this.list.filter((m) => m.from === "agent" && !m.read && Date.parse(m.at) > seen);
    }

    page() {
      const page = { url: location.href.slice(0, 2000), title: document.title.slice(0, 300) };
      return { ...page, referrer: document.referrer.slice(0, 2000), cart: this.cart };
    }

    async ask(path, body) {
      const headers = { Accept: "application/json" };
      if (this.who.token) headers.Authorization = `Bearer ${this.who.token}`;
      if (body) headers["Content-Type"] = "application/json";
      let answer;
      try {
        answer = await fetch(this.base + path, {
          method: body ? "POST" : "GET",
          headers,
          body: body && JSON.stringify(body),
          credentials: "omit",
          cache: "no-store",
          signal: AbortSignal.timeout?.(20 * SECOND),
        });
      } catch {
        throw new Problem({}, 0);
      }
      const said = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Problem({ ...said, later: Number(answer.headers.get("Retry-After")) }, answer.status);
      return said;
    }

    start(more) {
      this.starting ||= this.startOnce(more).finally(() => {
        this.starting = null;
      });
      return this.starting;
    }

    async startOnce(more) {
      const before = this.who;
      const jwt = this.jwt || undefined;
      let said;
      try {
        said = await this.ask("start/", { lang: this.language, page: this.page(), token: before.token, jwt, fields: {}, ...more });
      } catch (problem) {
        if (problem.code !== "jwt" || !jwt) throw problem;
        // The site's signature is wrong or its time is over: they go on as somebody whom nobody vouches for.
        console.warn("Hospes chat: the signed identity was refused");
        this.jwt = "";
        this.tell("draw");
        throw new Problem({}, 0);
      }
      if (!said.token) return said;
      if (before.visitor && before.visitor !== said.visitor) this.forget();
      this.store.set("who", { token: said.token, visitor: said.visitor, sub: subjectOf(jwt) });
      this.tell("start", said);
      this.connect();
      return said;
    }

    /* Nothing of who was here before stays: another person signed in, or this one left. */
    forget() {
      for (const item of this.outbox) this.store.drop(`out:${item.id}`);
      for (const key of ["who", "draft", "seen"]) this.store.drop(key);
      this.cut();
      this.clear();
      this.tell("draw");
    }

    async identify(jwt) {
      this.jwt = jwt || "";
      if (!jwt && this.who.sub) this.forget();
      else if (jwt && this.who.token && this.who.sub !== subjectOf(jwt)) await this.start({});
      else if (jwt && !this.who.token) await this.start({ only_known: true });
      this.tell("draw");
    }

    /* --- out --- */

    send(text, files = []) {
      this.last = Math.max(Date.now(), (this.last || 0) + 1);
      const item = { id: newId(), text, files, at: this.last, page: this.page() };
      this.store.set(`out:${item.id}`, item);
      this.tell("draw");
      this.flush();
      return item.id;
    }

    async flush() {
      if (this.flushing) return;
      this.flushing = true;
      let tries = 0;
      for (;;) {
        const item = this.outbox.find((one) => !one.failed && !one.taken);
        if (!item) break;
        try {
          await this.post(item);
          tries = 0;
        } catch (problem) {
          if (problem.final) this.fail(item, problem);
          else {
            if (problem.status === 401) this.expire();
            await this.nap(Math.max(problem.later, Math.min(30, 2 ** tries) * (0.5 + Math.random() / 2)) * SECOND);
            tries += 1;
          }
        }
      }
      this.flushing = false;
    }

    async post(item) {
      while (!this.who.token) await this.start({}); // the one under way may only have asked whether we are known
      const files = item.files.map((file) => file.token);
      await this.ask("message/", { id: item.id, text: item.text, files, page: item.page });
      if (this.store.get(`out:${item.id}`)) this.store.set(`out:${item.id}`, { ...item, taken: true });
      this.tell("draw");
      if (!this.ready) this.catchUp();
    }

    fail(item, problem) {
      this.store.set(`out:${item.id}`, { ...item, failed: problem.message || true });
      this.tell("draw");
    }

    again(id) {
      const item = this.store.get(`out:${id}`);
      if (item) this.store.set(`out:${id}`, { ...item, failed: undefined });
      this.tell("draw");
      this.flush();
    }

    discard(id) {
      this.store.drop(`out:${id}`);
      this.tell("draw");
    }

    // A sleep that `wake` ends: the connection is back.
    nap(time) {
      return Promise.race([wait(time), new Promise((done) => (this.waker = done))]);
    }

    wake() {
      this.waker?.();
      this.flush();
    }

    upload(file, told) {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file, file.name);
      const done = new Promise((good, bad) => {
        request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total);
        request.onerror = request.ontimeout = () => bad(new Problem({}, 0));
        request.onabort = () => bad(new Problem({ code: "aborted" }, 0));
        request.onload = () => {
          let said = {};
          try {
            said = JSON.parse(request.responseText);
          } catch {
            // A proxy's page; its status says enough.
          }
          if (request.status < 300) good(said);
          else bad(new Problem(said, request.status));
        };
      });
      request.open("POST", `${this.base}upload/`);
      request.setRequestHeader("Authorization", `Bearer ${this.who.token}`);
      request.send(form);
      return { done, abort: () => request.abort() };
    }

    say(what) {
      if (this.ready) this.socket.send(JSON.stringify(what));
      return this.ready;
    }

    markRead() {
      const last = this.unread.at(-1);
      if (!last) return;
      this.store.set("seen", Date.parse(last.at));
      if (!this.say({ type: "read", until: last.id })) this.ask("read/", { until: last.id }).catch(() => {});
      this.tell("draw");
    }

    /* --- in --- */

    take(list) {
      for (const message of list) {
        const known = this.messages.get(message.id);
        this.messages.set(message.id, { ...known, ...message });
        if (message.client_id) this.store.drop(`out:${message.client_id}`);
        if (known || message.from !== "agent") continue;
        this.typing = null;
        if (this.loaded) this.tell("message", message);
      }
      this.tell("draw");
    }

    takeState(state) {
      const before = this.state.status;
      this.state = { ...this.state, ...state };
      for (const message of this.messages.values()) {
        if (message.from === "visitor" && message.id <= state.read_until) message.read = true;
      }
      if (before && before !== "ended" && this.state.status === "ended") this.tell("end", this.state);
      this.tell("draw");
    }

    catchUp() {
      this.catching ||= this.catchUpOnce().finally(() => {
        this.catching = null;
      });
      return this.catching;
    }

    async catchUpOnce() {
      if (!this.who.token) return;
      const visitor = this.who.visitor;
      try {
        const said = await this.ask(`talk/?after=${encodeURIComponent(this.cursor)}`);
        if (visitor !== this.who.visitor) return;
        this.cursor = said.cursor ?? this.cursor;
        this.take(said.messages || []);
        this.takeState(said.state || {});
        this.reached = true;
        this.loaded = true;
      } catch (problem) {
        this.reached = false;
        if (problem.status === 401) this.expire();
      }
      this.tell("draw");
    }

    // Our token means nothing any more (a new installation, an erased visitor): begin anew, keep what waits.
    expire() {
      this.store.drop("who");
      this.cut();
      this.clear();
      this.tell("draw");
    }

    hear(said) {
      this.heard = Date.now();
      if (said.type === "ready") {
        this.ready = true;
        this.tries = 0;
        if (said.state) this.takeState(said.state);
        this.catchUp();
        this.wake();
        this.tell("ready");
      } else if (said.type === "message") this.take([said.message]);
      else if (said.type === "state") this.takeState(said.state);
      else if (said.type === "resync") this.catchUp();
      else if (said.type === "typing") this.hearTyping(said);
      else if (said.type === "receipt") this.hearReceipt(said);
    }

    hearTyping(said) {
      clearTimeout(this.typingOver);
      this.typing = said.on ? { name: said.name } : null;
      if (said.on) {
        this.typingOver = setTimeout(() => {
          this.typing = null;
          this.tell("draw");
        }, 8 * SECOND);
      }
      this.tell("draw");
    }

    hearReceipt(said) {
      const own = this.messages.get(said.id);
      if (own?.from === "agent") own.read ||= said.what === "read";
      const list = this.list.filter((m) => m.from === "visitor");
      const last = list.findIndex((m) => m.id === said.id || (said.client_id && m.client_id === said.client_id));
      for (const message of list.slice(0, last + 1)) {
        message.delivered = true;
        if (said.what === "read") message.read = true;
      }
      this.tell("draw");
    }

    /* --- the connection --- */

    get fine() {
      return navigator.onLine !== false && (this.ready || this.reached || !this.tries);
    }

    connect() {
      if (!this.who.token || this.socket) return;
      this.wanted = true;
      clearTimeout(this.later);
      let socket;
      try {
        socket = new WebSocket(this.wire);
      } catch {
        this.lost();
        return;
      }
      this.socket = socket;
      this.heard = Date.now();
      const hello = { type: "hello", kind: "chat", inbox: Number(this.inbox) || this.inbox };
      socket.onopen = () => {
        socket.send(JSON.stringify({ ...hello, token: this.who.token, cursor: this.cursor }));
      };
      socket.onmessage = (event) => {
        if (this.socket === socket) this.hear(JSON.parse(event.data));
      };
      socket.onclose = (event) => {
        if (this.socket !== socket) return;
        this.socket = null;
        this.ready = false;
        if (event.code === 4401) this.expire();
        else this.lost(event.code === 4429 || event.code === 4403);
      };
      clearInterval(this.beating);
      this.beating = setInterval(() => this.beat(), 5 * SECOND);
    }

    beat() {
      const now = Date.now();
      const waits = this.pinged > this.heard;
      if (waits || !this.ready) {
        if (now - (waits ? this.pinged : this.heard) < DEAD_AFTER) return;
        this.cut();
        this.lost();
      } else if (now - this.heard > PING_AFTER && this.say({ type: "ping" })) this.pinged = now;
    }

    cut() {
      const socket = this.socket;
      this.socket = null;
      this.ready = false;
      clearInterval(this.beating);
      clearTimeout(this.later);
      socket?.close();
    }

    lost(refused) {
      clearInterval(this.beating);
      this.tries += 1;
      this.typing = null;
      const most = refused ? 60 : 20;
      const delay = refused ? most : Math.min(most, 2 ** (this.tries - 1));
      clearTimeout(this.later);
      this.later = setTimeout(() => this.connect(), delay * SECOND * (0.5 + Math.random() / 2));
      this.reached = false;
      if (this.tries > 1) this.askInstead();
      this.tell("draw");
    }

    // Where sockets do not get through at all.
    askInstead() {
      this.catchUp();
      this.asking ||= setInterval(() => {
        if (this.ready || !this.who.token) this.asking = clearInterval(this.asking);
        else if (navigator.onLine !== false) this.catchUp();
      }, 4 * SECOND);
    }

    online() {
      this.wake();
      if (!this.who.token || !this.wanted) return;
      if (this.ready) this.say({ type: "ping" });
      else {
        this.cut();
        this.connect();
      }
    }

    offline() {
      if (this.socket) {
        this.cut();
        this.tries = Math.max(1, this.tries);
      }
      this.reached = false;
      this.tell("draw");
    }
  }
  /* ---------- What is seen ---------- */

  const MARKS = { b: "strong", strong: "strong", i: "em", em: "em", u: "u", s: "s", del: "s", code: "code", br: "br" };
  const BLOCKS = { p: "p", div: "p", ul: "ul", ol: "ol", li: "li", blockquote: "blockquote", pre: "pre" };
  const DEEPEST = 30;

  // An agent's words, built anew of what is allowed; what is not becomes its text, or nothing.
  const rebuilt = (source, depth = 0) => {
    const made = document.createDocumentFragment();
    for (const child of source.childNodes) {
      if (child.nodeType === 3) made.append(child.data);
      if (child.nodeType !== 1 || depth > DEEPEST) continue;
      const name = child.localName;
      if (/^(script|style|template|iframe|object|svg|math|noscript|textarea|title)$/.test(name)) continue;
      const inside = rebuilt(child, depth + 1);
      const known = MARKS[name] || BLOCKS[name] || (/^h[1-6]$/.test(name) && "p");
      if (name === "a") made.append(linked(child.getAttribute("href"), inside));
      else if (name === "img") made.append(child.alt || "");
      else made.append(known ? h(known, null, inside) : inside);
    }
    return made;
  };
  const linked = (href, inside) => {
    if (!/^(https?:\/\/|mailto:|tel:)/i.test(href || "")) return inside;
    return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", dir: "auto" }, inside);
  };
  const withLinks = (text) => {
    const made = document.createDocumentFragment();
    for (const [index, part] of text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/).entries()) {
      made.append(index % 2 ? linked(part, part) : part);
    }
    return made;
  };
  const words = (message) => {
    if (message.html) {
      try {
        const page = new DOMParser().parseFromString(message.html, "text/html");
        return h("div", { class: "words", dir: "auto" }, rebuilt(page.body));
      } catch {
        // The page demands trusted types: the plain text is as good.
      }
    }
    return h("div", { class: "words plain", dir: "auto" }, withLinks(message.text || ""));
  };

  class Chat extends HTMLElement {
    static observedAttributes = ["data-theme", "jwt"];

    connectedCallback() {
      if (this.root) return;
      const set = (name, otherwise) => this.getAttribute(name) || TAG?.dataset[name] || otherwise;
      this.listeners = new Map();
      this.theme = () => this.dataset.theme || TAG?.dataset.theme || document.documentElement.dataset.theme;
      this.talk = new Talk(set("inbox", ""), (what, detail) => this.told(what, detail));
      this.talk.jwt = set("jwt", "");
      this.wanted = set("lang", "") || document.documentElement.lang || navigator.language || "";
      this.files = [];
      this.shadow = this.attachShadow({ mode: "open" });
      this.root = h("div", { class: "root" });
      this.shadow.append(this.root);
      this.dress();
      this.watch();
      this.boot();
    }

    disconnectedCallback() {
      // Moved within the page: it comes back at once; else it is gone for good.
      queueMicrotask(() => {
        if (this.isConnected) return;
        this.gone?.abort();
        clearInterval(this.ticking);
        this.talk.cut();
        if (this.bare !== undefined) document.title = this.bare;
      });
    }

    attributeChangedCallback(name, before, now) {
      if (!this.root || before === now) return;
      if (name === "jwt") this.talk.identify(now).catch(() => {});
      else this.colours();
    }

    dress() {
      try {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(LOOK);
        this.shadow.adoptedStyleSheets = [sheet];
      } catch {
        this.shadow.append(h("style", null, LOOK));
      }
    }

    // What the page, the browser and other tabs do.
    watch() {
      this.gone = new AbortController();
      const on = (target, names, does) => {
        for (const name of names.split(" ")) target?.addEventListener(name, does, { signal: this.gone.signal });
      };
      const dark = matchMedia("(prefers-color-scheme: dark)");
      this.small = matchMedia("(max-width: 480px), (max-height: 480px)");
      on(dark, "change", () => this.colours());
      on(this.small, "change", () => this.draw());
      on(window, "online", () => this.talk.online());
      on(window, "offline", () => this.talk.offline());
      on(window, "focus pageshow", () => this.seen());
      on(document, "visibilitychange", () => this.seen());
      on(window, "storage", (event) => this.otherTab(event));
      on(window.visualViewport, "resize scroll", () => this.fit());
      new MutationObserver(() => this.colours()).observe(document.documentElement, {
        attributeFilter: ["data-theme", "class"],
      });
      this.isDark = () => ({ dark: true, light: false })[this.theme()] ?? dark.matches;
    }

    async boot() {
      const chosen = this.talk.store.get("lang") || this.wanted;
      for (let tries = 0; ; tries += 1) {
        try {
          this.info = await this.talk.ask(`boot/?lang=${encodeURIComponent(chosen)}`);
          break;
        } catch (problem) {
          // Refused, or a page that is not on the list: nothing is shown, and the page is not disturbed.
          if (problem.status || tries > 4) return console.warn(`Hospes chat: ${problem.message || "not reached"}`);
          await wait(2 ** tries * 2 * SECOND);
        }
      }
      const language = this.info.language;
      this.talk.language = language;
      this.number = new Intl.NumberFormat(language);
      this.plural = new Intl.PluralRules(language);
      this.build();
      this.arrived = Date.now();
      this.address = location.href;
      clearInterval(this.ticking);
      this.ticking = setInterval(() => this.tick(), SECOND);
      // A page that names nobody (jwt="") where somebody was signed in: they have left.
      const named = this.getAttribute("jwt") ?? TAG?.dataset.jwt;
      if (named === "" && this.talk.who.sub) this.talk.forget();
      if (this.talk.who.token) await this.resume();
      else if (this.talk.outbox.length) this.talk.flush();
      else if (this.talk.jwt) await this.known();
      if (this.session("open") && !this.small.matches) this.open({ focus: false });
      this.emit("ready", {});
      window.dispatchEvent(new Event("hospes:ready"));
    }

    // Whoever is signed in may have a talk on another device; asked once for each of them while this tab is open.
    async known() {
      const sub = subjectOf(this.talk.jwt) || "";
      if (this.session("asked") === sub) return;
      await this.talk.identify(this.talk.jwt).catch(() => {});
      this.session("asked", sub);
    }

    async resume() {
      const { talk } = this;
      if (talk.jwt) await talk.identify(talk.jwt).catch(() => {});
      await talk.catchUp();
      const last = Date.parse(talk.list.at(-1)?.at || 0);
      if (talk.state.status !== "ended" || Date.now() - last < DAY) talk.connect();
      talk.flush();
    }

    t(key, values) {
      const text = this.info.texts[key] ?? key;
      if (typeof text === "string") return fill(text, values);
      return fill(text[this.plural.select(values.n)] || text.other, { ...values, n: this.number.format(values.n) });
    }

    session(key, value) {
      try {
        const name = this.talk.store.prefix + key;
        if (value !== undefined) sessionStorage.setItem(name, value);
        return sessionStorage.getItem(name);
      } catch {
        return null;
      }
    }

    /* --- events for the page --- */

    on(name, does) {
      if (!this.listeners.has(name)) this.listeners.set(name, new Set());
      this.listeners.get(name).add(does);
      return () => this.listeners.get(name).delete(does);
    }

    emit(name, detail) {
      for (const does of this.listeners.get(name) || []) {
        try {
          does(detail);
        } catch (error) {
          console.error(error);
        }
      }
    }

    told(what, detail) {
      if (what === "message") {
        this.emit("message", { name: detail.name, text: detail.text, at: detail.at });
        if (!this.looking) this.ring();
      } else if (what === "start") this.emit("start", { visitor: detail.visitor });
      else if (what === "end") {
        if (this.sheet === "end") this.show(null); // nobody is asked whether to end what has ended
        this.emit("end", {});
      }
      this.draw();
    }

    otherTab(event) {
      const { prefix } = this.talk.store;
      if (!event.key?.startsWith(prefix) || !this.info) return;
      const key = event.key.slice(prefix.length);
      if (key === "who") {
        const was = JSON.parse(event.oldValue || "{}");
        if (was.visitor !== this.talk.who.visitor) {
          this.talk.cut();
          this.talk.clear();
        }
        this.talk.catchUp().then(() => this.talk.connect());
      } else if (key === "lang") this.boot();
      this.draw();
    }

    /* --- open, close, look --- */

    get looking() {
      return this.isOpen && document.visibilityState === "visible" && document.hasFocus();
    }

    open({ focus = true } = {}) {
      if (!this.info || this.isOpen) return;
      this.isOpen = true;
      this.unasked();
      this.session("open", "1");
      if (this.talk.who.token) this.talk.connect();
      else if (this.talk.jwt) this.talk.start({}).catch(() => {});
      this.draw(true);
      this.toEnd();
      if (focus) this.focusInside();
      this.seen();
      this.emit("open", {});
    }

    close() {
      if (!this.isOpen) return;
      const inside = this.shadow.activeElement;
      this.isOpen = false;
      this.menu = false;
      this.sheet = null;
      this.session("open", "");
      this.draw(true);
      if (inside) this.launcher.focus();
      this.emit("close", {});
    }

    focusInside() {
      const coarse = matchMedia("(pointer: coarse)").matches;
      const first = this.panel.querySelector(".body input, .body select, .body textarea, .foot textarea");
      (coarse || !first || first.closest("[hidden]") ? this.heading : first).focus();
    }

    seen() {
      if (!this.info) return;
      if (this.looking && this.view === "talk") this.talk.markRead();
      if (document.visibilityState === "visible" && !this.talk.ready) this.talk.online();
      this.draw();
    }

    tick() {
      if (location.href !== this.address) {
        this.address = location.href;
        this.arrived = Date.now();
        this.unasked();
        const { url, title } = this.talk.page();
        this.talk.say({ type: "page", url, title });
      }
      this.invite();
    }

    ring() {
      if (!this.talk.store.get("sound")) return;
      try {
        const audio = (this.audio ||= new AudioContext());
        const tone = new OscillatorNode(audio, { frequency: 660 });
        const volume = new GainNode(audio, { gain: 0.06 });
        volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
        tone.connect(volume).connect(audio.destination);
        tone.start();
        tone.stop(audio.currentTime + 0.35);
      } catch {
        // No sound here.
      }
    }

    colours() {
      if (!this.info || !this.root) return;
      const dark = this.isDark();
      this.root.classList.toggle("dark", dark);
      const probe = h("i", { hidden: true });
      this.root.append(probe);
      const own = getComputedStyle(this).getPropertyValue("--hospes-accent").trim();
      const accent =
        (own && readColour(probe, own)) || readColour(probe, this.info.theme?.accent || "#0b6e74") || [0.04, 0.43, 0.45];
      const grounds = [dark ? [0.1, 0.114, 0.137] : WHITE, dark ? [0.17, 0.19, 0.22] : [0.93, 0.94, 0.95]];
      probe.remove();
      const on = contrast(WHITE, accent) >= 4.5 ? WHITE : BLACK;
      const text = readable(accent, grounds);
      const values = { accent, "on-accent": on, "accent-text": text, ring: text };
      for (const [name, colour] of Object.entries(values)) this.root.style.setProperty(`--${name}`, css(colour));
      // What has the ground's own colour needs an edge to be seen.
      const pale = contrast(accent, grounds[0]) < 3;
      this.root.style.setProperty("--on-accent-line", pale ? "var(--edge)" : "transparent");
    }

    // On a phone the keyboard covers a part of the page: keep to what is left.
    fit() {
      const port = window.visualViewport;
      if (!port || !this.root.classList.contains("full")) return;
      this.root.style.setProperty("--top", `${port.offsetTop}px`);
      this.root.style.setProperty("--tall", `${port.height}px`);
      this.root.classList.toggle("typing-keys", port.height < window.innerHeight - 80);
      if (this.atEnd) this.toEnd();
    }

    /* --- the invitation --- */

    invite() {
      if (this.isOpen || this.asking || !this.info.open || document.visibilityState !== "visible") return;
      if (["queued", "talking"].includes(this.talk.state.status)) return;
      const time = (Date.now() - this.arrived) / SECOND;
      const { store, cart } = this.talk;
      const places = [location.href, location.pathname + location.search, location.pathname];
      const found = this.info.invitations?.find((one) => {
        if (time < one.after_seconds) return false;
        if (one.pages?.length && !one.pages.some((page) => places.some((place) => fits(page, place)))) return false;
        if (one.cart_min && !(Number(cart?.total) >= one.cart_min)) return false;
        return Date.now() - (store.get(`asked:${one.id}`) || 0) >= (one.once_days ?? 1) * DAY;
      });
      if (!found) return;
      store.set(`asked:${found.id}`, Date.now());
      this.asking = found;
      this.bubble.append(
        h("button", { type: "button", onclick: () => this.accept(found) }, found.text),
        this.iconButton("x", this.t("dismiss"), () => {
          const inside = this.shadow.activeElement;
          this.unasked();
          if (inside) this.launcher.focus();
        }),
      );
      this.bubble.classList.add("invite");
      this.talk.ask("invited/", { id: found.id }).catch(() => {});
    }

    accept(invitation) {
      this.accepted = invitation;
      this.open();
    }

    unasked() {
      this.asking = null;
      this.bubble?.replaceChildren();
      this.bubble?.classList.remove("invite");
    }

    /* --- building --- */

    iconButton(shape, label, does, more) {
      return h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick: does, ...more }, icon(shape));
    }

    build() {
      const t = (key) => this.t(key);
      this.root.setAttribute("lang", this.info.language);
      this.root.setAttribute("dir", this.info.rtl ? "rtl" : "ltr");
      this.launcher = h("button", {
        type: "button", class: "launcher", "aria-haspopup": "dialog", onclick: () => (this.isOpen ? this.close() : this.open()),
      });
      this.bubble = h("div", { role: "status" });
      this.heading = h("h2", { tabindex: "-1", id: "title" });
      this.sub = h("p", { class: "sub" });
      this.faces = h("div", { class: "faces", "aria-hidden": "true" });
      this.menuButton = this.iconButton("more", t("menu"), () => this.toggleMenu(), { "aria-expanded": "false" });
      this.menuBox = h("div", { class: "menu", hidden: true });
      this.banner = h("div", { class: "strip cut", role: "status", hidden: true });
      this.strip = h("div", { class: "strip how", role: "status", hidden: true });
      this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("log"), tabindex: "-1" });
      this.tail = h("div", {});
      this.dots = h("div", { class: "dots", hidden: true });
      this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() });
      this.body = h("div", { class: "body", onscroll: () => this.scrolled() });
      this.foot = h("div", { class: "foot" });
      this.panel = h(
        "section",
        { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, id: "panel" },
        h(
          "header", null, this.faces, h("div", { class: "who" }, this.heading, this.sub), this.menuButton,
          this.iconButton("x", t("close"), () => this.close()),
        ),
        this.menuBox, this.banner, this.strip, this.body, this.foot,
      );
      this.panel.addEventListener("keydown", (event) => this.keys(event));
      this.dropping();
      this.composer();
      this.drawn = new Map();
      this.view = this.tailed = this.sheeted = this.offered = null;
      this.root.replaceChildren(this.bubble, this.launcher, this.panel);
      this.colours();
      this.draw(true);
    }

    keys(event) {
      if (event.key === "Escape") {
        event.stopPropagation();
        event.preventDefault();
        if (this.menu) this.toggleMenu();
        else if (this.sheet) this.show(null);
        else this.close();
      }
      if (event.key !== "Tab" || !this.full) return;
      const all = [...this.panel.querySelectorAll("a[href], button, input, textarea, select")].filter(
        (one) => !one.disabled && one.getClientRects().length && !one.closest("[hidden]"),
      );
      const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
      const now = this.shadow.activeElement;
      if (now === from || !all.includes(now)) {
        event.preventDefault();
        (now === from ? to : event.shiftKey ? all.at(-1) : all[0])?.focus();
      }
    }

    toggleMenu() {
      this.menu = !this.menu;
      this.draw(true);
      if (this.menu) this.menuBox.querySelector("button, a, select")?.focus();
      else this.menuButton.focus();
    }

    // A sheet takes the place of the composer: "end", "transcript", "emoji" (above it); null closes it.
    show(sheet) {
      const before = this.sheet;
      this.sheet = sheet;
      this.menu = false;
      this.draw(true);
      if (sheet) this.foot.querySelector(".sheet button, .sheet input")?.focus();
      else if (before === "emoji") this.emojiButton.focus();
      else this.text.focus();
    }

    /* --- drawing: everything told within one moment is drawn once --- */

    draw(now) {
      if (!this.info) return;
      if (!now) {
        this.waitingToDraw ||= queueMicrotask(() => this.waitingToDraw && this.draw(true)) || true;
        return;
      }
      this.waitingToDraw = false;
      this.full = this.small.matches;
      const { classList } = this.root;
      if (this.full && this.isOpen && !classList.contains("full")) queueMicrotask(() => this.fit());
      classList.toggle("full", this.full && this.isOpen);
      classList.toggle("open", Boolean(this.isOpen));
      this.panel.toggleAttribute("hidden", !this.isOpen);
      if (this.full) this.panel.setAttribute("aria-modal", "true");
      else this.panel.removeAttribute("aria-modal");
      this.lock();
      this.drawLauncher();
      if (!this.isOpen) return;
      this.drawHead();
      this.drawView();
      if (this.looking && this.view === "talk" && this.talk.unread.length) this.talk.markRead();
    }

    // Behind a full screen nothing scrolls.
    lock() {
      const cover = this.full && this.isOpen;
      if (cover === Boolean(this.locked)) return;
      const { style } = document.documentElement;
      if (cover) this.scrolling = style.overflow;
      style.overflow = cover ? "hidden" : this.scrolling || "";
      this.locked = cover;
    }

    drawLauncher() {
      const count = this.talk.unread.length;
      if (count !== this.counted) {
        this.counted = count;
        this.emit("unread", { count });
      }
      const label = this.t(this.isOpen ? "close" : "open");
      this.launcher.setAttribute("aria-expanded", String(Boolean(this.isOpen)));
      this.launcher.setAttribute("aria-label", count && !this.isOpen ? `${label}, ${this.t("unread", { n: count })}` : label);
      this.launcher.replaceChildren(
        icon(this.isOpen ? "down" : "chat"),
        count && !this.isOpen ? h("span", { class: "badge", "aria-hidden": "true" }, this.number.format(Math.min(count, 99))) : "",
      );
      const away = count && !this.looking;
      if (away) {
        const bare = document.title.replace(/^\(\d+\) /, "");
        this.bare = bare;
        if (document.title !== `(${count}) ${bare}`) document.title = `(${count}) ${bare}`;
      } else if (this.bare !== undefined) {
        document.title = document.title.replace(/^\(\d+\) /, "");
        this.bare = undefined;
      }
    }

    drawHead() {
      const { state, who } = this.talk;
      const { info } = this;
      const agent = who.token && state.status === "talking" && state.agent;
      const isOpen = who.token ? state.open ?? info.open : info.open;
      this.heading.textContent = agent ? agent.name : info.name || this.t("dialog");
      this.sub.textContent = agent ? info.name : this.t(isOpen ? "here" : "closed");
      const people = agent ? [agent] : isOpen ? (info.agents || []).slice(0, 3) : [];
      this.faces.replaceChildren(...people.map((one) => h("span", { class: "face" }, one.initials || initials(one.name))));
      this.menuButton.setAttribute("aria-expanded", String(Boolean(this.menu)));
      this.menuBox.toggleAttribute("hidden", !this.menu);
      this.drawMenu();
      this.drawBanner();
      this.drawStrip(isOpen);
    }

    // Made anew only when it offers something else, also while it is open: a talk that has just begun can be ended.
    drawMenu() {
      const { who, state, outbox } = this.talk;
      const talking = who.token && (this.talk.talked || outbox.length) ? state.status || "new" : "";
      const offer = this.menu ? `menu ${talking}` : "";
      if (offer === this.offered) return;
      this.offered = offer;
      const { activeElement: held } = this.shadow;
      const words = this.menuBox.contains(held) && held.textContent;
      this.menuBox.replaceChildren(...(this.menu ? this.entries(talking) : []));
      if (words) [...this.menuBox.querySelectorAll("button, a, select")].find((one) => one.textContent === words)?.focus();
    }

    drawBanner() {
      const waiting = this.talk.outbox.filter((one) => !one.failed && !one.taken).length;
      const cut = !this.talk.fine;
      const text = cut ? this.t(navigator.onLine === false ? "offline" : "connecting") : "";
      const more = cut && waiting ? ` ${this.t("waiting", { n: waiting })}` : "";
      this.banner.toggleAttribute("hidden", !cut);
      if (this.banner.textContent !== text + more) this.banner.replaceChildren(...(cut ? [icon("alert"), h("span", null, text + more)] : []));
    }

    drawStrip(isOpen) {
      const { state, who } = this.talk;
      const lines = [];
      if (!isOpen && this.info.opens_at) lines.push(this.t("opens", { when: this.when(this.info.opens_at) }));
      if (who.token && state.status === "queued" && this.talk.talked) {
        const { position } = state;
        lines.push(position > 1 ? this.t("position", { n: this.number.format(position) }) : this.t(position ? "next" : "queued"));
        if (state.wait_seconds) lines.push(this.t("wait", { n: Math.max(1, Math.round(state.wait_seconds / 60)) }));
      }
      if (who.token && !isOpen && state.email_fallback) lines.push(this.t("mail_too"));
      const text = lines.join(" ");
      this.strip.toggleAttribute("hidden", !text);
      if (this.strip.textContent !== text) this.strip.textContent = text;
    }

    when(at) {
      return new Intl.DateTimeFormat(this.info.language, { weekday: "long", hour: "numeric", minute: "2-digit" }).format(new Date(at));
    }

    entries(talking) {
      const { store } = this.talk;
      const sound = h("button", {
        type: "button", role: "switch", "aria-checked": String(Boolean(store.get("sound"))),
        onclick: () => {
          store.set("sound", !store.get("sound"));
          sound.setAttribute("aria-checked", String(store.get("sound")));
          this.ring();
        },
      }, icon("sound"), this.t("sound"), h("span", { class: "switch", "aria-hidden": "true" }));
      const languages = this.info.languages || [];
      const choice = h(
        "select",
        {
          id: "language",
          onchange: () => {
            store.set("lang", choice.value);
            this.menu = false;
            this.boot();
          },
        },
        languages.map((one) => h("option", { value: one.code, lang: one.code, selected: one.code === this.info.language }, one.name)),
      );
      const item = (shape, text, does) => h("button", { type: "button", onclick: does }, icon(shape), text);
      return [
        this.links("menu"),
        talking && item("mail", this.t("transcript"), () => this.show("transcript")),
        sound,
        languages.length > 1 && h("label", { for: "language" }, icon("globe"), this.t("language"), choice),
        talking && talking !== "ended" && item("x", this.t("end"), () => this.show("end")),
      ].flat().filter(Boolean);
    }

    // The ways to be called, where the company offers them.
    links(kind) {
      const to = (path, text) =>
        h(
          "a",
          {
            class: kind === "menu" ? "" : "button outline", target: "_blank", rel: "noopener",
            href: new URL(`/portal/${path}&lang=${this.info.language}`, FOLDER).href,
          },
          icon("phone"), h("span", null, text), unseen(` (${this.t("new_window")})`),
        );
      return [
        this.info.call && to(`call/?inbox=${encodeURIComponent(this.talk.inbox)}`, this.t("call")),
        this.info.callback && to("call-back/?from=chat", this.t("callback")),
      ].filter(Boolean);
    }

    drawView() {
      const { talk, info } = this;
      let view = "talk";
      if (!talk.who.token && !talk.outbox.length && !talk.jwt) {
        if (!info.open && info.offline?.fields?.length) view = "offline";
        else if (info.prechat?.fields?.length) view = "prechat";
      }
      if (view !== this.view) {
        const inside = this.shadow.activeElement && this.body.contains(this.shadow.activeElement);
        this.view = view;
        this.body.replaceChildren(...(view === "talk" ? this.talkView() : this.formView(view)));
        if (inside && this.isOpen) this.focusInside();
      }
      this.foot.toggleAttribute("hidden", view !== "talk");
      if (view !== "talk") return;
      const end = this.atEnd ?? true;
      this.drawLog();
      this.drawTail();
      this.drawTyping();
      this.drawFoot();
      if (end) this.toEnd();
      this.drawJump();
    }

    // How soon somebody answers.
    pace() {
      const { open, wait_seconds: time } = this.info;
      if (!open) return this.t("leave");
      return time > 60 ? this.t("wait", { n: Math.round(time / 60) }) : this.t("replies");
    }

    talkView() {
      const hello = h(
        "div",
        { class: "hello" },
        h("p", { class: "big" }, this.accepted?.text || this.info.theme?.greeting || this.t("intro")),
        h("p", { class: "muted" }, this.pace()),
      );
      this.drawn.clear();
      this.log.replaceChildren();
      return [hello, this.log, this.tail, this.dots, this.jump];
    }

    /* --- forms before a talk --- */

    formView(view) {
      const offline = view === "offline";
      const asked = this.info[view].fields;
      const words = { name: "message", label: this.t("message"), kind: "area", required: true };
      const fields = !offline || asked.some((one) => one.name === "message") ? asked : [...asked, words];
      const inputs = new Map();
      const general = h("p", { class: "error", role: "alert", hidden: true });
      const button = h("button", { class: "button primary" }, this.t(offline ? "leave_send" : "start"));
      const form = h(
        "form",
        {
          novalidate: true,
          onsubmit: (event) => {
            event.preventDefault();
            this.submit(fields, inputs, { general, button, offline });
          },
        },
        fields.map((field) => this.field(field, inputs)), general, button,
      );
      const intro = offline ? this.t("leave") : this.accepted?.text || this.info.theme?.greeting || this.t("intro");
      const entries = this.links("form");
      return [
        h("div", { class: "hello" }, h("p", { class: offline ? "" : "big" }, intro), !offline && h("p", { class: "muted" }, this.pace())),
        form,
        entries.length ? h("div", { class: "entries" }, entries) : "",
      ];
    }

    field(field, inputs) {
      const id = `f-${field.name}`;
      const more = { id, name: field.name, required: field.required, "aria-describedby": `${id}-error` };
      const { kind } = field;
      const types = { email: ["email", "email"], phone: ["tel", "tel"] };
      const [type, complete] = types[kind] || ["text", field.name === "name" ? "name" : null];
      const choices = (field.choices || []).map((one) => (Array.isArray(one) ? one : [one.value ?? one, one.label ?? one]));
      let input;
      if (kind === "choice") {
        input = h("select", more, h("option", { value: "" }, this.t("choose")), choices.map(([value, text]) => h("option", { value }, text)));
      } else if (kind === "area") input = h("textarea", { ...more, rows: "4", maxlength: "8000", dir: "auto" });
      else {
        const dir = type === "text" ? "auto" : "ltr";
        input = h("input", { ...more, type, autocomplete: complete, maxlength: "320", dir });
      }
      const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
      input.addEventListener("input", () => this.wrong(inputs.get(field.name), ""));
      inputs.set(field.name, { input, error });
      const optional = !field.required && h("span", { class: "opt" }, ` (${this.t("optional")})`);
      return h("div", null, h("label", { for: id }, field.label, optional), input, error);
    }

    wrong({ input, error }, text) {
      error.toggleAttribute("hidden", !text);
      error.replaceChildren(...(text ? [icon("alert"), text] : []));
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }

    async submit(fields, inputs, { general, button, offline }) {
      const values = {};
      let first;
      for (const field of fields) {
        const entry = inputs.get(field.name);
        const value = entry.input.value.trim();
        const bad = field.required && !value ? "required" : value && field.kind === "email" && !/^\S+@\S+\.\S+$/.test(value) ? "email_wrong" : "";
        this.wrong(entry, bad && this.t(bad));
        if (bad) first ||= entry.input;
        else if (value) values[field.name] = value;
      }
      if (first) return first.focus();
      const { message: text, ...said } = values;
      button.disabled = true;
      general.hidden = true;
      try {
        await this.talk.start({ fields: said, invitation: this.accepted?.id });
        this.left = offline;
        if (text) this.talk.send(text);
      } catch (problem) {
        button.disabled = false;
        const entry = inputs.get(problem.field?.replace(/^fields\./, ""));
        const why = problem.message || this.t(problem.status === 429 ? "again_soon" : problem.status ? "wrong" : "connecting");
        if (entry) {
          this.wrong(entry, why);
          entry.input.focus();
        } else {
          general.hidden = false;
          general.replaceChildren(icon("alert"), why);
        }
      }
    }

    /* --- the talk --- */

    drawLog() {
      const wanted = [];
      let day = "";
      let before = null;
      const lines = [
        ...this.talk.list,
        ...this.talk.outbox.map((item) => ({ ...item, from: "visitor", pending: true })),
      ];
      const lastMine = lines.findLast((one) => one.from === "visitor");
      for (const line of lines) {
        const at = new Date(line.at);
        const today = at.toDateString();
        if (today !== day) wanted.push([`day ${today}`, today, () => h("div", { class: "day" }, this.dayName(at))]);
        const first = today !== day || before?.from !== line.from || before?.name !== line.name || at - new Date(before.at) > 3e5;
        [day, before] = [today, line];
        const marks = [first, line.delivered, line.read && line === lastMine, line.failed, line.taken, line.text, line.html, line === lastMine];
        wanted.push([`m ${line.id}`, marks.join(), () => this.message(line, first, line === lastMine)]);
      }
      this.match(wanted);
    }

    // Leaves what is unchanged alone, so that a screen reader reads only what is new.
    match(wanted) {
      const keys = new Set(wanted.map(([key]) => key));
      for (const [key, one] of this.drawn) {
        if (keys.has(key)) continue;
        one.node.remove();
        this.drawn.delete(key);
      }
      let place = this.log.firstChild;
      for (const [key, mark, make] of wanted) {
        let one = this.drawn.get(key);
        if (one?.mark !== mark) {
          const node = make();
          if (one) {
            if (place === one.node) place = node;
            one.node.replaceWith(node);
          }
          one = { node, mark };
          this.drawn.set(key, one);
        }
        if (one.node === place) place = place.nextSibling;
        else this.log.insertBefore(one.node, place);
      }
    }

    dayName(at) {
      const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY);
      const { language } = this.info;
      if (days < 2) {
        const near = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day");
        return near[0].toLocaleUpperCase(language) + near.slice(1);
      }
      return new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }).format(at);
    }

    message(line, first, last) {
      if (line.from === "system") return h("div", { class: "system", dir: "auto" }, line.text);
      const mine = line.from === "visitor";
      const name = mine ? unseen(`${this.t("you")}: `) : h("div", { class: first ? "name" : "vh" }, line.name, unseen(":"));
      const kind = `msg ${mine ? "mine" : "theirs"}${first ? " first" : ""}${line.pending && !line.taken ? " waiting" : ""}`;
      return h(
        "div",
        { class: kind, "data-id": line.client_id || line.id },
        name,
        (line.text || line.html) && words(mine ? { text: line.text } : line),
        (line.files || []).map((file) => this.attachment(file, line.pending)),
        (first || last || line.failed) && this.meta(line, mine && last),
      );
    }

    meta(line, marked) {
      const at = new Date(line.at);
      const clock = new Intl.DateTimeFormat(this.info.language, { hour: "numeric", minute: "2-digit" }).format(at);
      const time = h("time", { datetime: at.toISOString(), title: at.toLocaleString(this.info.language) }, clock);
      if (line.failed) {
        const why = line.failed === true ? "" : line.failed;
        const act = (text, does) => h("button", { type: "button", class: "link", onclick: does }, text);
        return h(
          "div", { class: "meta" }, h("span", { class: "bad" }, `${this.t("failed")}. ${why}`),
          act(this.t("retry"), () => this.talk.again(line.id)), act(this.t("delete"), () => this.talk.discard(line.id)),
        );
      }
      if (!marked && !(line.pending && !line.taken)) return h("div", { class: "meta" }, time);
      const state = line.read ? "read" : line.delivered ? "delivered" : line.pending && !line.taken ? "sending" : "sent";
      const shape = { read: "seen", delivered: "seen", sending: "sending", sent: "sent" }[state];
      return h("div", { class: `meta ${state}` }, time, h("span", null, this.t(state)), icon(shape));
    }

    attachment(file, pending) {
      const url = new URL(file.url || `${this.talk.base}file/${encodeURIComponent(file.token)}/`, FOLDER);
      if (url.origin !== new URL(FOLDER).origin) return null;
      url.searchParams.set("t", this.talk.who.token || "");
      const shown = !pending && /^image\/(png|jpe?g|gif|webp)$/.test(file.type);
      const image = shown && h("img", { src: url.href, alt: file.name, loading: "lazy", onload: () => this.atEnd && this.toEnd() });
      const label = [icon("file"), h("span", { dir: "auto" }, file.name), h("small", null, this.bytes(file.size))];
      if (pending) return h("div", { class: "doc" }, label);
      return h(
        "a", { class: shown ? "pic" : "doc", href: url.href, target: "_blank", rel: "noopener noreferrer" },
        image || label, unseen(` (${this.t("new_window")})`),
      );
    }

    bytes(size) {
      const kilo = Math.max(1, (size || 0) / 1024);
      const [value, unit] = kilo < 1000 ? [kilo, "kilobyte"] : [kilo / 1024, "megabyte"];
      const digits = unit === "megabyte" && value < 10 ? 1 : 0;
      return new Intl.NumberFormat(this.info.language, {
        style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits,
      }).format(value);
    }

    drawTail() {
      const { state, list, outbox } = this.talk;
      const last = list.at(-1);
      const ended = state.status === "ended" && this.talk.talked && !outbox.length;
      const buttons = !ended && !outbox.length && last?.from === "agent" && last.buttons?.length ? last.buttons : [];
      const entries = !list.length && !outbox.length ? this.links("form") : [];
      const mailed = (last?.by_mail && last.from === "visitor") || (this.left && list.length && !state.open);
      const mark = JSON.stringify([ended, state.rated, this.rating, buttons, entries.length, mailed]);
      if (mark === this.tailed) return;
      this.tailed = mark;
      this.tail.replaceChildren(
        ...[
          entries.length && h("div", { class: "entries" }, entries),
          mailed && h("p", { class: "system", role: "status" }, this.t("left")),
          buttons.length && this.choices(buttons),
          ended && this.ending(state),
        ].filter(Boolean),
      );
    }

    choices(buttons) {
      const press = (text) => () => {
        this.talk.send(text);
        this.text.focus();
      };
      const all = buttons.map((one) => (typeof one === "string" ? one : one.title || one.text || one.label || ""));
      return h(
        "div", { class: "choices", role: "group", "aria-label": this.t("ready") },
        all.map((text) => h("button", { type: "button", class: "chip", dir: "auto", onclick: press(text) }, text)),
      );
    }

    ending(state) {
      const again = h("button", { type: "button", class: "link", onclick: () => this.show("transcript") }, this.t("transcript"));
      const rated = state.rated || this.rating === "done";
      return h(
        "div", { class: "card" }, h("p", { role: "status" }, this.t("ended"), " ", rated && this.t("rated")),
        !rated && this.ratingForm(), h("div", null, again),
      );
    }

    ratingForm() {
      const words = h("textarea", { rows: "2", maxlength: "2000", id: "why", dir: "auto" });
      const more = h("div", { hidden: true }, h("label", { for: "why" }, this.t("rate_text"), h("span", { class: "opt" }, ` (${this.t("optional")})`)), words);
      const go = h("button", { class: "button primary", hidden: true }, this.t("rate_send"));
      const error = h("p", { class: "error", role: "alert", hidden: true });
      let score = 0;
      const stars = [1, 2, 3, 4, 5].map((n) =>
        h(
          "label", { title: this.t(`star_${n}`) },
          h("input", {
            type: "radio", name: "score", value: String(n), "aria-label": this.t(`star_${n}`),
            onchange: () => {
              score = n;
              stars.forEach((star, index) => star.classList.toggle("on", index < n));
              more.hidden = go.hidden = false;
              this.toEnd();
            },
          }),
          icon("star"),
        ),
      );
      const submit = async (event) => {
        event.preventDefault();
        go.disabled = true;
        try {
          await this.talk.ask("rate/", { score, text: words.value.trim() });
          this.rating = "done";
          this.talk.state.rated = true;
          this.text.focus();
          this.draw(true);
        } catch (problem) {
          go.disabled = false;
          error.hidden = false;
          error.replaceChildren(icon("alert"), problem.message || this.t("wrong"));
        }
      };
      return h(
        "form", { onsubmit: submit },
        h("fieldset", null, h("legend", null, this.t("rate")), h("div", { class: "stars" }, stars)), more, error, go,
      );
    }

    drawTyping() {
      const { typing } = this.talk;
      this.dots.toggleAttribute("hidden", !typing);
      if (!typing) return this.dots.replaceChildren();
      const text = typing.name ? this.t("typing", { name: typing.name }) : this.t("typing_someone");
      if (this.dots.textContent !== text) this.dots.replaceChildren(h("i"), h("i"), h("i"), text);
    }

    get atEnd() {
      if (!this.body || !this.body.clientHeight) return true;
      return this.stuck ?? true;
    }

    scrolled() {
      const { scrollHeight, scrollTop, clientHeight } = this.body;
      this.stuck = scrollHeight - scrollTop - clientHeight < 60;
      this.drawJump();
    }

    toEnd() {
      if (this.view !== "talk") return;
      this.body.scrollTop = this.body.scrollHeight;
      this.stuck = true;
    }

    drawJump() {
      const { scrollHeight, scrollTop, clientHeight } = this.body;
      const hidden = this.atEnd || this.view !== "talk" || scrollHeight - scrollTop - clientHeight < 240;
      if (hidden !== this.jump.hidden) this.jump.hidden = hidden;
      if (!hidden && !this.jump.childElementCount) this.jump.replaceChildren(icon("down"), this.t("newest"));
    }

    /* --- the composer --- */

    composer() {
      const { store } = this.talk;
      this.text = h("textarea", {
        rows: "1", maxlength: "8000", dir: "auto", enterkeyhint: "send", value: store.get("draft") || "",
        oninput: () => this.wrote(),
        onpaste: (event) => this.addFiles(event.clipboardData?.files, event),
        onblur: () => this.stopTyping(),
        onkeydown: (event) => {
          const coarse = matchMedia("(pointer: coarse)").matches;
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || (coarse && !event.ctrlKey)) return;
          event.preventDefault();
          this.sendNow();
        },
      });
      const limits = this.info.files?.count && this.info.files;
      const types = (limits?.types || []).map((one) => (one.includes("/") || one.startsWith(".") ? one : `.${one}`));
      this.picker = h("input", {
        type: "file", multiple: true, hidden: true, accept: types.join(","), tabindex: "-1",
        onchange: () => {
          this.addFiles(this.picker.files);
          this.picker.value = "";
        },
      });
      this.fileList = h("ul", { class: "files", hidden: true });
      this.fileErrors = h("p", { class: "error", role: "alert", hidden: true });
      this.emojiButton = this.iconButton("smile", this.t("emoji"), () => this.show(this.sheet === "emoji" ? null : "emoji"));
      this.go = this.iconButton("send", this.t("send"), () => this.sendNow(), { class: "icon go" });
      const clip = limits && this.iconButton("clip", this.t("attach"), () => this.picker.click());
      this.sheetBox = h("div", { class: "sheet", hidden: true });
      this.writing = h("div", { class: "write" }, clip, this.emojiButton, this.text, this.go);
      this.foot.append(this.sheetBox, this.fileErrors, this.fileList, this.writing, limits && this.picker);
    }

    drawFoot() {
      const { state, list } = this.talk;
      const label = state.status === "ended" && list.length ? "again" : "placeholder";
      this.text.setAttribute("placeholder", this.t(label));
      this.text.setAttribute("aria-label", this.t("message"));
      this.emojiButton.setAttribute("aria-expanded", String(this.sheet === "emoji"));
      this.writing.toggleAttribute("hidden", Boolean(this.sheet && this.sheet !== "emoji"));
      this.grow();
      if (this.sheet === this.sheeted) return;
      this.sheeted = this.sheet;
      this.sheetBox.toggleAttribute("hidden", !this.sheet);
      const make = { end: "endSheet", transcript: "transcriptSheet", emoji: "emojiSheet" }[this.sheet];
      this.sheetBox.replaceChildren(...(make ? [this[make]()] : []));
    }

    // As tall as its text; nothing is measured while it is hidden.
    grow() {
      const { style } = this.text;
      style.height = "auto";
      if (this.text.scrollHeight) style.height = `${Math.min(140, this.text.scrollHeight + 2)}px`;
      const ready = this.text.value.trim() || this.files.some((one) => one.token);
      this.go.setAttribute("aria-disabled", String(!ready || this.files.some((one) => !one.token && !one.error)));
    }

    wrote() {
      this.talk.store.set("draft", this.text.value);
      this.grow();
      if (!this.text.value) return this.stopTyping();
      const now = Date.now();
      if (!this.typedAt || now - this.typedAt > TYPING_AGAIN) {
        this.typedAt = now;
        this.talk.say({ type: "typing", on: true });
      }
      clearTimeout(this.typingEnd);
      this.typingEnd = setTimeout(() => this.stopTyping(), TYPING_OVER);
    }

    stopTyping() {
      clearTimeout(this.typingEnd);
      if (this.typedAt) this.talk.say({ type: "typing", on: false });
      this.typedAt = 0;
    }

    sendNow() {
      const text = this.text.value.trim();
      if (this.files.some((one) => !one.token && !one.error)) return this.complain([this.t("upload_wait")]);
      const files = this.files.filter((one) => one.token).map(({ token, name, size, type }) => ({ token, name, size, type }));
      if (!text && !files.length) return;
      if (this.sheet === "emoji") this.sheet = null;
      this.files = [];
      this.text.value = "";
      this.talk.store.drop("draft");
      this.stopTyping();
      this.complain([]);
      this.drawFiles();
      this.rating = null;
      if (!this.talk.who.token && this.accepted) this.talk.start({ invitation: this.accepted.id }).catch(() => {});
      this.talk.send(text, files);
      this.draw(true);
      this.toEnd();
      this.text.focus();
    }

    emojiSheet() {
      const put = (sign) => () => {
        this.text.setRangeText(sign, this.text.selectionStart, this.text.selectionEnd, "end");
        this.wrote();
      };
      const signs = EMOJI.map((sign, index) => h("button", { type: "button", tabindex: index ? "-1" : "0", onclick: put(sign) }, sign));
      const move = (event) => {
        const at = signs.indexOf(this.shadow.activeElement);
        const forward = this.info.rtl ? -1 : 1;
        const step = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: 8, ArrowUp: -8 }[event.key];
        const next = event.key === "Home" ? signs[0] : event.key === "End" ? signs.at(-1) : step && signs[at + step];
        if (!next) return;
        event.preventDefault();
        signs[at].tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      };
      return h("div", { class: "emoji", role: "group", "aria-label": this.t("emoji"), onkeydown: move }, signs);
    }

    endSheet() {
      const error = h("p", { class: "error", role: "alert", hidden: true });
      const end = h("button", {
        type: "button", class: "primary",
        onclick: async () => {
          end.disabled = true;
          try {
            await this.talk.ask("end/", {});
            this.talk.takeState({ status: "ended" }); // which closes this sheet
          } catch (problem) {
            end.disabled = false;
            error.hidden = false;
            error.replaceChildren(icon("alert"), problem.message || this.t("wrong"));
          }
        },
      }, this.t("end"));
      const stay = h("button", { type: "button", class: "quiet", onclick: () => this.show(null) }, this.t("end_keep"));
      return h(
        "div", { class: "card", role: "group", "aria-labelledby": "end-ask" },
        h("p", { class: "label", id: "end-ask" }, this.t("end_ask")), h("p", { class: "muted" }, this.t("end_help")), error,
        h("div", { class: "row" }, end, stay),
      );
    }

    transcriptSheet() {
      const input = h("input", { type: "email", id: "copy", autocomplete: "email", dir: "ltr", "aria-describedby": "copy-error", maxlength: "320" });
      const error = h("p", { class: "error", id: "copy-error", role: "alert", hidden: true });
      const go = h("button", { class: "primary" }, this.t("send"));
      const submit = async (event) => {
        event.preventDefault();
        const email = input.value.trim();
        if (!/^\S+@\S+\.\S+$/.test(email)) {
          this.wrong({ input, error }, this.t("email_wrong"));
          return input.focus();
        }
        go.disabled = true;
        try {
          await this.talk.ask("transcript/", { email });
          this.show(null);
          this.strip.textContent = this.t("transcript_sent", { email });
          this.strip.hidden = false;
        } catch (problem) {
          go.disabled = false;
          this.wrong({ input, error }, problem.message || this.t("wrong"));
        }
        return undefined;
      };
      const cancel = h("button", { type: "button", class: "quiet", onclick: () => this.show(null) }, this.t("cancel"));
      return h(
        "form", { class: "card", novalidate: true, onsubmit: submit },
        h("div", null, h("label", { for: "copy" }, this.t("transcript_email")), input, error), h("div", { class: "row" }, go, cancel),
      );
    }

    /* --- files --- */

    dropping() {
      const cover = h("div", { class: "drop", hidden: true }, this.t("drop"));
      this.panel.append(cover);
      const carries = (event) => this.view === "talk" && this.info.files?.count && event.dataTransfer?.types.includes("Files");
      this.panel.addEventListener("dragover", (event) => {
        if (!carries(event)) return;
        event.preventDefault();
        cover.hidden = false;
      });
      this.panel.addEventListener("dragleave", (event) => {
        if (!this.panel.contains(event.relatedTarget)) cover.hidden = true;
      });
      this.panel.addEventListener("drop", (event) => {
        cover.hidden = true;
        if (carries(event)) this.addFiles(event.dataTransfer.files, event);
      });
    }

    complain(texts) {
      this.fileErrors.hidden = !texts.length;
      this.fileErrors.replaceChildren(...(texts.length ? [icon("alert"), h("span", null, texts.join(" "))] : []));
    }

    addFiles(list, event) {
      const limits = this.info.files;
      if (!list?.length || !limits?.count) return;
      event?.preventDefault();
      const errors = [];
      for (const file of list) {
        const wrong = this.unfit(file, limits);
        if (wrong) {
          if (!errors.includes(wrong)) errors.push(wrong);
        } else this.uploadFile({ file, name: file.name, size: file.size, type: file.type });
      }
      this.complain(errors);
      this.text.focus();
    }

    unfit(file, limits) {
      const { name } = file;
      const ending = name.includes(".") ? name.split(".").pop().toLowerCase() : "";
      const types = limits.types || [];
      const known = types.some((one) =>
        one.endsWith("/*") ? file.type.startsWith(one.slice(0, -1)) : one === file.type || one.replace(/^\./, "") === ending,
      );
      if (types.length && !known) {
        const named = types.map((one) => one.replace(/^.*[./]/, "").toUpperCase()).filter((one) => /^[A-Z0-9]{2,4}$/.test(one));
        return this.t("wrong_type", { name, types: [...new Set(named)].join(", ") });
      }
      if (!file.size) return this.t("empty_file", { name });
      if (file.size > limits.max_bytes) return this.t("too_large", { name, limit: this.bytes(limits.max_bytes) });
      if (limits.count && this.files.length >= limits.count) return this.t("too_many", { n: limits.count });
      return "";
    }

    async uploadFile(item) {
      if (!this.files.includes(item)) this.files.push(item);
      Object.assign(item, { progress: 0, error: "" });
      this.drawFiles();
      try {
        if (!this.talk.who.token) await this.talk.start({ invitation: this.accepted?.id });
        item.request = this.talk.upload(item.file, (part) => {
          item.progress = part;
          this.drawProgress(item);
        });
        const said = await item.request.done;
        Object.assign(item, { token: said.token, name: said.name || item.name, type: said.type || item.type });
      } catch (problem) {
        item.error = problem.message || this.t("upload_failed", { name: item.name });
      }
      this.drawFiles();
    }

    drawFiles() {
      this.fileList.toggleAttribute("hidden", !this.files.length);
      this.fileList.replaceChildren(...this.files.map((item) => this.fileLine(item)));
      this.grow();
    }

    fileLine(item) {
      const { name } = item;
      const drop = () => {
        item.request?.abort();
        this.files = this.files.filter((one) => one !== item);
        this.drawFiles();
        this.text.focus();
      };
      item.bar = !item.token && !item.error && h("progress", { max: "1", value: item.progress, "aria-label": name });
      item.picture ||= item.file.type.startsWith("image/") ? this.thumbnail(item.file) : icon("file");
      return h(
        "li", null, item.picture,
        h(
          "div", { class: "grow" }, h("span", { dir: "auto" }, name), " ", h("span", { class: "muted" }, this.bytes(item.size)),
          item.bar, item.error && h("p", { class: "error", role: "alert" }, item.error),
        ),
        item.error && h("button", { type: "button", class: "link", onclick: () => this.uploadFile(item) }, this.t("retry")),
        this.iconButton("x", this.t("remove", { name }), drop),
      );
    }

    drawProgress(item) {
      if (item.bar) item.bar.value = item.progress;
    }

    // Drawn, because an address of the picture itself (blob:) would need the host's leave.
    thumbnail(file) {
      const canvas = h("canvas", { width: "80", height: "80", "aria-hidden": "true" });
      createImageBitmap(file).then(
        (picture) => {
          const side = Math.min(picture.width, picture.height);
          const [x, y] = [(picture.width - side) / 2, (picture.height - side) / 2];
          canvas.getContext("2d").drawImage(picture, x, y, side, side, 0, 0, 80, 80);
        },
        () => canvas.replaceWith(icon("file")),
      );
      return canvas;
    }
  }

  /* ---------- The JS API ---------- */

  customElements.define("hospes-chat", Chat);
  const element = () => document.querySelector("hospes-chat");
  const api = {
    open: () => element()?.open(),
    close: () => element()?.close(),
    identify: (jwt) => element()?.talk.identify(jwt),
    cart: (cart) => {
      const chat = element();
      if (chat) chat.talk.cart = cart && { items: cart.items, total: cart.total };
    },
    on: (name, does) => element()?.on(name, does),
  };
  window.hospes = Object.assign(window.hospes || {}, { chat: api });
  const place = () => {
    if (TAG?.dataset.inbox && !element()) document.body.append(document.createElement("hospes-chat"));
  };
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
})();
