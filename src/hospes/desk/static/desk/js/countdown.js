/** Counts down to a moment, second by second: <time datetime data-countdown>. At its end it says so to the page. */

import { tell } from "./state.js";

const language = document.documentElement.lang || "en";
let format;
try {
  format = new Intl.NumberFormat(language, { numberingSystem: "latn", style: "unit", unit: "second", unitDisplay: "short" });
} catch {
  format = new Intl.NumberFormat("en", { style: "unit", unit: "second", unitDisplay: "short" });
}

function count() {
  for (const element of document.querySelectorAll("time[data-countdown]")) {
    const left = Math.max(0, Math.round((Date.parse(element.dateTime) - Date.now()) / 1000));
    if (Number.isNaN(left)) continue;
    const words = format.format(left);
    if (element.textContent !== words) element.textContent = words;
    if (!left && !element.dataset.over) {
      element.dataset.over = "1";
      tell("countdown-over", element);
    }
  }
}

setInterval(count, 500);
