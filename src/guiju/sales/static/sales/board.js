"use strict";

/* The board: a card dropped on a stage sends its own form, as if the stage had been chosen in it. */
(() => {
  let dragged = null;
  const stageAt = (event) => (event.target instanceof Element ? event.target.closest("[data-stage]") : null);
  const clear = () => document.querySelectorAll(".board-over").forEach((one) => one.classList.remove("board-over"));

  document.addEventListener("dragstart", (event) => {
    dragged = event.target instanceof Element ? event.target.closest(".board-card") : null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector("a").textContent);
    dragged.classList.add("board-dragged");
  });

  document.addEventListener("dragover", (event) => {
    const stage = dragged && stageAt(event);
    clear();
    if (!stage) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    stage.classList.add("board-over");
  });

  document.addEventListener("drop", (event) => {
    const stage = dragged && stageAt(event);
    if (!stage) return;
    event.preventDefault();
    const form = dragged.querySelector("form[data-move]");
    const isSame = dragged.closest("[data-stage]") === stage;
    form.elements.stage.value = stage.dataset.stage;
    if (!isSame) form.requestSubmit();
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("board-dragged");
    dragged = null;
    clear();
  });
})();
