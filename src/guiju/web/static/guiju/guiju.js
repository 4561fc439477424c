/* The picker: a text field that suggests while one types (WAI-ARIA combobox with list autocomplete). */
"use strict";
(() => {
  const WAIT_MS = 150;
  let waiting = 0;

  const pickerOf = (target) => (target instanceof HTMLElement ? target.closest("[role=combobox]") : null);
  const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
  const activeIn = (list) => list.querySelector("[aria-selected=true]");

  function close(input) {
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    listOf(input).hidden = true;
  }

  function activate(input, option) {
    const list = listOf(input);
    activeIn(list)?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function pick(input, option) {
    input.value = option.dataset.value;
    close(input);
  }

  async function suggest(input) {
    const asked = input.value.trim();
    const list = listOf(input);
    if (!asked) return close(input);
    const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(asked)}`).catch(() => null);
    if (!answer?.ok || answer.redirected || input.value.trim() !== asked) return;
    list.innerHTML = await answer.text();
    list.querySelectorAll("[role=option]").forEach((option, place) => (option.id = `${list.id}_${place}`));
    list.hidden = document.activeElement !== input;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  }

  document.addEventListener("input", (event) => {
    const input = pickerOf(event.target);
    if (!input) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(input), WAIT_MS);
  });

  document.addEventListener("keydown", (event) => {
    const input = pickerOf(event.target);
    if (!input || listOf(input).hidden) return;
    const options = [...listOf(input).querySelectorAll("[role=option]")];
    const place = options.indexOf(activeIn(listOf(input)));
    if (event.key === "ArrowDown" && options.length) activate(input, options[(place + 1) % options.length]);
    else if (event.key === "ArrowUp" && options.length) activate(input, options.at(place < 1 ? -1 : place - 1));
    else if (event.key === "Enter" && place >= 0) pick(input, options[place]);
    else if (event.key === "Escape") close(input);
    else return;
    event.preventDefault();
  });

  // On pointerdown the field would lose the focus, and the list with it, before the click arrives.
  document.addEventListener("pointerdown", (event) => {
    const option = event.target instanceof HTMLElement ? event.target.closest(".picker [role=option]") : null;
    if (!option) return;
    event.preventDefault();
    pick(option.closest(".picker").querySelector("[role=combobox]"), option);
  });

  document.addEventListener("focusout", (event) => {
    const input = pickerOf(event.target);
    if (input) close(input);
  });
})();
