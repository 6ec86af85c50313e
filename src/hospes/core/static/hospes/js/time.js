/** Keeps "4 min" true while the page stays open: <time data-ago> and <time data-left> in the page's language. */

const language = document.documentElement.lang || "en";
const units = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const formats = new Map();

function format(unit, value, style) {
  const key = `${unit}/${style}`;
  if (!formats.has(key)) {
    let made;
    try {
      made = new Intl.NumberFormat(language, { numberingSystem: "latn", style: "unit", unit, unitDisplay: style, maximumFractionDigits: 0 });
    } catch {
      made = new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: style });
    }
    formats.set(key, made);
  }
  return formats.get(key).format(value);
}

/** A span of seconds as one short unit: "4m", "3h", "2d" (or longer words with style "short"). */
export function span(seconds, wanted = "narrow") {
  const style = language.startsWith("fa") ? "short" : wanted; // Persian has no narrow units of its own
  const size = Math.abs(seconds);
  for (const [unit, length] of units) if (size >= length) return format(unit, Math.floor(size / length), style);
  return format("minute", 0, style);
}

export function refreshTimes(root = document) {
  const now = Date.now();
  for (const element of root.querySelectorAll("time[data-ago], time[data-left]")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    const seconds = Math.round((at - now) / 1000);
    const words = span(seconds, element.dataset.style ?? "narrow");
    if (element.textContent !== words) element.textContent = words;
    if (element.hasAttribute("data-left")) {
      element.classList.toggle("late", seconds < 0);
      element.classList.toggle("soon", seconds >= 0 && seconds < 1800);
    }
  }
}

refreshTimes();
setInterval(() => document.visibilityState === "visible" && refreshTimes(), 20000);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refreshTimes());
