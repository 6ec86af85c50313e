/** Small helps on sign-in pages: strength in words, showing a password, passkeys where the browser has them, printing. */
import { strengthOf } from "./strength.js";

for (const part of document.querySelectorAll("[data-needs-passkeys]")) part.hidden = !window.PublicKeyCredential;

/* allauth's scripts tell of a refused or broken passkey by this event. */
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const banner = document.querySelector("[data-passkey-failed]");
  if (banner) banner.hidden = false;
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const input of document.querySelectorAll("input[data-strength]")) {
  const line = document.createElement("div");
  const meter = document.createElement("meter");
  const words = document.createElement("span");
  line.className = "strength";
  line.hidden = true;
  Object.assign(meter, { min: 0, max: 3, low: 1, high: 2, optimum: 3 });
  meter.setAttribute("aria-hidden", "true");
  words.setAttribute("role", "status");
  line.append(meter, words);
  input.after(line);
  input.addEventListener("input", () => {
    const strength = strengthOf(input.value);
    line.hidden = !input.value;
    meter.value = strength;
    words.textContent = [input.dataset.short, input.dataset.weak, input.dataset.good, input.dataset.strong][strength];
  });
}
