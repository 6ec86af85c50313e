/** Sends a form that holds files with a visible progress; chosen files survive an answer that asks again. */

export function sendWithProgress(form, enliven) {
  const files = form.querySelector("input[type=file]");
  if (!files) return;
  for (const kind of ["dragenter", "dragover"]) files.addEventListener(kind, () => files.classList.add("over"));
  for (const kind of ["dragleave", "drop"]) files.addEventListener(kind, () => files.classList.remove("over"));
  form.addEventListener("submit", (event) => {
    if (!files.files.length) return;
    event.preventDefault();
    const large = form.querySelector("[data-upload-large]");
    large.hidden = !tooLarge(files);
    if (!large.hidden) return;
    send(form, files, event.submitter, enliven);
  });
}

function tooLarge(files) {
  const sizes = [...files.files].map((file) => file.size);
  const together = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.some((size) => size > Number(files.dataset.each)) || together > Number(files.dataset.all);
}

function send(form, files, button, enliven) {
  const shown = form.querySelector("[data-progress]");
  const bar = shown.querySelector("progress");
  const failed = form.querySelector("[data-upload-failed]");
  const request = new XMLHttpRequest();
  const busy = (on) => {
    shown.hidden = !on;
    if (button) button.disabled = on;
  };
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = Math.round((event.loaded / event.total) * 100);
  });
  request.addEventListener("load", () => {
    const came = new URL(request.responseURL);
    const taken = request.status < 400;
    if (taken && came.pathname !== location.pathname) {
      location.assign(came);
      return;
    }
    busy(false);
    if (request.status === 413 && !request.responseText.includes("<main")) {
      form.querySelector("[data-upload-large]").hidden = false;
      return;
    }
    showAnswer(request.responseText, taken ? null : files, enliven);
  });
  for (const kind of ["error", "abort", "timeout"]) {
    request.addEventListener(kind, () => {
      busy(false);
      failed.hidden = false;
      failed.scrollIntoView({ block: "nearest" });
    });
  }
  failed.hidden = true;
  busy(true);
  request.open("POST", form.action || location.href);
  request.send(new FormData(form));
}

/* The page that came back takes this one's place; files that it did not take stay chosen. */
function showAnswer(text, files, enliven) {
  const answer = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  const main = document.querySelector("main");
  if (!answer || !main) return;
  const place = answer.querySelector("form[data-upload] input[type=file]");
  if (place && files) {
    files.removeAttribute("aria-describedby");
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (place.hasAttribute(name)) files.setAttribute(name, place.getAttribute(name));
    }
    place.replaceWith(files);
  }
  main.replaceWith(document.adoptNode(answer));
  enliven(answer);
  answer.querySelector("[role=alert]:not([hidden]), [aria-invalid=true], .banner:not([hidden])")?.scrollIntoView({ block: "center" });
  answer.querySelector("[aria-invalid=true]")?.focus();
}
