/** Makes the customer's forms nicer where scripts run; every page works without this file. */
import { work } from "./work.js";
import { sendWithProgress } from "./upload.js";

/* The reader's time zone, so that promised times are shown in it from the next page on. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes("hospes_zone=")) {
  document.cookie = `hospes_zone=${zone}; path=/portal/; max-age=31536000; SameSite=Lax`;
}

export function enliven(root) {
  for (const form of root.querySelectorAll("form[data-upload]")) sendWithProgress(form, enliven);
  for (const form of root.querySelectorAll("form[data-bits]")) {
    work(form.dataset.token, Number(form.dataset.bits)).then((proof) => (form.elements.proof.value = proof));
  }
  for (const frame of root.querySelectorAll("iframe[data-fit]")) fit(frame);
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/* A mail's document is as high as what it holds. */
function fit(frame) {
  const measure = () => {
    const page = frame.contentDocument?.documentElement;
    if (page?.scrollHeight) frame.style.blockSize = `${Math.min(page.scrollHeight + 4, 4000)}px`;
  };
  frame.addEventListener("load", measure);
  if (frame.contentDocument?.readyState === "complete") measure();
}

enliven(document);
