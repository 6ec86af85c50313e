/** Lists whose lines can be dragged into another order: <ol data-sortable="address"><li data-id draggable>. */

import { toast } from "../../hospes/js/toast.js";
import { post } from "./net.js";

for (const list of document.querySelectorAll("[data-sortable]")) {
  let dragged = null;
  let before = "";
  const order = () => [...list.querySelectorAll(":scope > [data-id]")].map((line) => line.dataset.id);
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-id]");
    if (!dragged) return;
    before = order().join();
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("dragged");
  });
  list.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const over = event.target.closest("[data-id]");
    if (!over || over === dragged || over.parentElement !== list) return;
    const box = over.getBoundingClientRect();
    list.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", async () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    if (order().join() === before) return;
    const data = new FormData();
    for (const id of order()) data.append("order", id);
    try {
      await post(list.dataset.sortable, data);
      location.reload(); // the buttons of the first and the last line change
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  });
}
