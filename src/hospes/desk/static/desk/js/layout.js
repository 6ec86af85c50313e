/** Panes: their widths are remembered; drawers on narrow screens; tips with their keys. */

import { facts } from "./net.js";

const root = document.querySelector(".desk");
const main = document.getElementById("main");
const rtl = document.documentElement.dir === "rtl";
const LIMITS = { list: [260, 560], customer: [240, 460] };

function setWidth(name, pixels) {
  const [least, most] = LIMITS[name];
  const width = Math.round(Math.min(most, Math.max(least, pixels)));
  root.style.setProperty(`--${name}`, `${width}px`);
  const divider = document.querySelector(`[data-resizes="${name}"]`);
  divider?.setAttribute("aria-valuenow", String(width));
  return width;
}

for (const divider of document.querySelectorAll("[data-resizes]")) {
  const name = divider.dataset.resizes;
  const pane = document.getElementById(name);
  const [least, most] = LIMITS[name];
  divider.setAttribute("aria-valuemin", String(least));
  divider.setAttribute("aria-valuemax", String(most));
  divider.setAttribute("aria-valuenow", String(Math.round(pane.offsetWidth) || least));
  const kept = Number(localStorage.getItem(`width:${name}`));
  if (kept) setWidth(name, kept);
  const sign = (name === "list" ? 1 : -1) * (rtl ? -1 : 1);
  divider.addEventListener("pointerdown", (event) => {
    const start = event.clientX;
    const before = pane.offsetWidth;
    divider.setPointerCapture(event.pointerId);
    divider.classList.add("moving");
    const move = (to) => setWidth(name, before + sign * (to.clientX - start));
    divider.addEventListener("pointermove", move);
    divider.addEventListener(
      "lostpointercapture",
      () => {
        divider.removeEventListener("pointermove", move);
        divider.classList.remove("moving");
        localStorage.setItem(`width:${name}`, String(pane.offsetWidth));
      },
      { once: true },
    );
  });
  divider.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
    if (!step) return;
    event.preventDefault();
    localStorage.setItem(`width:${name}`, String(setWidth(name, pane.offsetWidth + sign * step)));
  });
}

if (localStorage.getItem("customer-pane") === "0") main?.classList.add("hide-customer");

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-customer-pane]")) {
    if (innerWidth < 1280) main.classList.toggle("show-customer");
    else localStorage.setItem("customer-pane", main.classList.toggle("hide-customer") ? "0" : "1");
    return;
  }
  if (!event.target.closest("#customer, [data-customer-pane]")) main?.classList.remove("show-customer");
  const views = document.getElementById("views");
  if (event.target.closest("[data-views]")) views.classList.toggle("open");
  else if (!event.target.closest("#views")) views?.classList.remove("open");
  const back = event.target.closest("[data-back]");
  if (back) {
    event.preventDefault();
    import("./pane.js").then((pane) => pane.close());
  }
});

/* Tips: what a button of one sign does, and its key. */
let tip = null;
let tipTimer = 0;

function hideTip() {
  clearTimeout(tipTimer);
  if (tip?.matches(":popover-open")) tip.hidePopover();
}

function showTip(anchor) {
  tip ??= Object.assign(document.createElement("div"), { className: "tip", popover: "manual" });
  tip.setAttribute("role", "tooltip");
  if (!tip.isConnected) document.body.append(tip);
  tip.textContent = anchor.dataset.tip;
  const key = anchor.dataset.tipKey;
  if (key && (facts.single_keys || key.length > 1)) {
    const sign = document.createElement("kbd");
    sign.textContent = key;
    tip.append(sign);
  }
  tip.showPopover();
  const box = anchor.getBoundingClientRect();
  const inRail = anchor.closest(".rail") && innerWidth > 640;
  const x = inRail ? (rtl ? box.left - tip.offsetWidth - 8 : box.right + 8) : box.left + box.width / 2 - tip.offsetWidth / 2;
  const below = box.bottom + 6 + tip.offsetHeight < innerHeight;
  const y = inRail ? box.top + box.height / 2 - tip.offsetHeight / 2 : below ? box.bottom + 6 : box.top - tip.offsetHeight - 6;
  tip.style.setProperty("left", `${Math.max(4, Math.min(x, innerWidth - tip.offsetWidth - 4))}px`);
  tip.style.setProperty("top", `${y}px`);
}

document.addEventListener("pointerover", (event) => {
  const anchor = event.target.closest?.("[data-tip]");
  hideTip();
  if (anchor && event.pointerType === "mouse") tipTimer = setTimeout(() => anchor.isConnected && showTip(anchor), 450);
});
document.addEventListener("focusin", (event) => {
  hideTip();
  const anchor = event.target.closest?.("[data-tip]");
  if (anchor?.matches(":focus-visible")) tipTimer = setTimeout(() => anchor.isConnected && showTip(anchor), 450);
});
for (const name of ["pointerdown", "keydown", "scroll"]) document.addEventListener(name, hideTip, true);
