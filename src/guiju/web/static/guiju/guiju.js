"use strict";

/* The picker: a text field that suggests while one types (WAI-ARIA combobox with list autocomplete). */
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
    list.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("input", (event) => {
    const input = pickerOf(event.target);
    if (!input) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(input), WAIT_MS);
  });

  document.addEventListener("keydown", (event) => {
    const input = pickerOf(event.target);
    if (!input || event.isComposing) return;
    if (listOf(input).hidden) {
      if (event.key === "ArrowDown" && input.value.trim()) {
        event.preventDefault();
        suggest(input);
      }
      return;
    }
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

  // What was picked before is replaced by typing, without clearing it first.
  document.addEventListener("focusin", (event) => pickerOf(event.target)?.select());

  document.addEventListener("focusout", (event) => {
    const input = pickerOf(event.target);
    if (input) close(input);
  });
})();

/* While an input method composes (pinyin on its way to characters) nothing searches or suggests. */
(() => {
  document.addEventListener("input", (event) => event.isComposing && event.stopImmediatePropagation(), true);
  document.addEventListener("compositionend", (event) =>
    event.target.dispatchEvent(new Event("input", { bubbles: true })),
  );
})();

/* Forms: the first mistake has the focus; a form that was sent shows that it is under way. */
(() => {
  document.addEventListener("DOMContentLoaded", () => document.querySelector("[aria-invalid=true]")?.focus());
  document.addEventListener("submit", (event) => {
    // A download leaves the page where it is: nothing would tell when it is done.
    const stays = ["hx-post", "hx-get", "data-downloads"].some((name) => event.target.hasAttribute(name));
    if (!stays) {
      event.submitter?.classList.add("btn-loading");
    }
  });
  window.addEventListener("pageshow", () =>
    document.querySelectorAll(".btn-loading").forEach((button) => button.classList.remove("btn-loading")),
  );
})();

/* Pieces of a page that the server exchanges (htmx): trouble is told, and old answers are marked as old. */
(() => {
  const tell = (sentence) => {
    const place = document.getElementById("trouble");
    if (place) place.textContent = sentence;
    if (place) place.hidden = !sentence;
  };
  document.addEventListener("htmx:beforeRequest", () => tell(""));
  document.addEventListener("htmx:sendError", () => tell("没有连上服务器，页面上的内容没有更新：请稍候再试。"));
  document.addEventListener("htmx:responseError", () => tell("服务器没有办成，页面上的内容没有更新：请稍候再试。"));

  // An element names with data-answers the form whose answer it shows.
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[id]");
    const answer = form && document.querySelector(`[data-answers="${form.id}"]`);
    if (answer?.firstElementChild) answer.classList.add("stale");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.target;
    if (!place.hasAttribute?.("data-answers")) return;
    place.classList.remove("stale");
    if (place.getBoundingClientRect().top > window.innerHeight / 2) place.scrollIntoView();
  });
})();

/* An activation link carries its code behind the #, which no server and no log sees: #name/code. */
(() => {
  const form = document.querySelector("[data-from-address]");
  const [name, code] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (!form || !code) return;
  form.elements.username.value = name;
  form.elements.secret.value = code;
  history.replaceState(null, "", location.pathname);
  form.elements.new.focus();
})();

/* A choice that decides what the page shows sends its form by itself, or leads to its page. */
document.addEventListener("change", (event) => {
  if (!(event.target instanceof HTMLElement)) return;
  if (event.target.hasAttribute("data-ticks")) {
    // Those of the form wherever they stand: the pages of a list have a form of their own between them.
    const boxes = [...(event.target.form?.elements ?? [])].filter((one) => one.name === event.target.dataset.ticks);
    for (const box of boxes) box.checked = event.target.checked;
  }
  if (event.target.hasAttribute("data-submits")) event.target.form?.requestSubmit();
  if (event.target.hasAttribute("data-goes-to")) location.assign(event.target.value);
});
