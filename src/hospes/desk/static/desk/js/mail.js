/** Mail in its frame: as tall as what is in it, its pictures only when asked for. */

const watched = new WeakSet();

function fit(frame) {
  const inside = frame.contentDocument;
  if (!inside?.body) return;
  const style = getComputedStyle(frame);
  const edge = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
  const height = edge + Math.ceil(Math.max(inside.body.scrollHeight, inside.documentElement.getBoundingClientRect().height));
  frame.style.setProperty("height", `${Math.min(Math.max(height, 24), 20000)}px`);
}

function ready(frame) {
  const inside = frame.contentDocument;
  if (!inside?.body) return;
  fit(frame);
  const observer = new ResizeObserver(() => fit(frame));
  observer.observe(inside.documentElement);
  for (const picture of inside.images) picture.addEventListener("load", () => fit(frame));
  inside.addEventListener("toggle", () => fit(frame), true);
  /* Keys pressed inside the mail count as pressed on the page. */
  inside.addEventListener("keydown", (event) => {
    const copy = new KeyboardEvent("keydown", {
      key: event.key, code: event.code, ctrlKey: event.ctrlKey, metaKey: event.metaKey, shiftKey: event.shiftKey, altKey: event.altKey, bubbles: true, cancelable: true,
    });
    frame.dispatchEvent(copy);
    if (copy.defaultPrevented) event.preventDefault();
  });
}

export function watchFrames(root) {
  for (const frame of root.querySelectorAll("iframe.mail")) {
    if (watched.has(frame)) continue;
    watched.add(frame);
    frame.addEventListener("load", () => ready(frame));
    if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.body?.childElementCount) ready(frame);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show-images]");
  if (!button) return;
  const frame = button.closest(".content").querySelector("iframe.mail");
  frame.src = `${frame.dataset.src}?images=1`;
  button.parentElement.remove();
});
