/** Keeps the pages of incidents fresh: a part with data-live is fetched anew when something happened to it. */

import { refreshTimes } from "../../hospes/js/time.js";
import { fragment } from "./net.js";

const soon = new Map();

function busy(part) {
  const focused = document.activeElement;
  return part.contains(focused) && focused.matches("input, textarea, select");
}

async function draw(part) {
  soon.delete(part);
  if (busy(part)) return later(part, 3000);
  try {
    const html = await fragment(part.dataset.live, { low: true });
    if (busy(part)) return later(part, 3000);
    const opened = part.querySelectorAll("#places > li").length > 51; // further pages were fetched: leave them
    if (opened) return;
    part.innerHTML = html;
    window.htmx?.process(part);
    refreshTimes(part);
  } catch {
    // the bar at the top tells when there is no connection; the next event tries again
  }
}

function later(part, pause) {
  if (!soon.has(part)) soon.set(part, setTimeout(() => draw(part), pause));
}

function heard(event) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const { liveSubjects = "", liveId } = part.dataset;
    const about = event.ticket ? event.data?.incident_id : event.subject_id;
    if (!event.ticket && !liveSubjects.split(" ").includes(event.subject)) continue;
    if (event.ticket && !/Incident$/.test(event.name)) continue;
    if (liveId && String(about) !== liveId) continue;
    later(part, 400);
  }
}

document.addEventListener("hospes:event", (event) => heard(event.detail));
document.addEventListener("hospes:resync", () => document.querySelectorAll("[data-live]").forEach((part) => later(part, 100)));
document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());
