/* 投诉 button for any page of the company: <script src="https://…/widget.js" data-company="统一社会信用代码" defer></script>
   No cookie, nothing stored, nothing sent to anybody. What the page's own policy has to allow: docs/投诉入口.md */
(() => {
  "use strict";

  const script = document.currentScript || document.querySelector('script[data-company][src*="/widget.js"]');
  if (!script || !script.dataset.company) return;
  const host = new URL(script.src).origin;
  const language = (script.dataset.lang || document.documentElement.lang || "zh-Hans").toLowerCase();
  const english = language.startsWith("en");
  const words = english
    ? { open: "Complaint", title: "Complain to the company", close: "Close", apart: "Open in a new window" }
    : { open: "投诉", title: "向公司投诉", close: "关闭", apart: "在新窗口打开" };
  const label = script.dataset.label || words.open;
  const address = `${host}/complain/${encodeURIComponent(script.dataset.company)}/?from=widget`;

  const make = (name, attributes, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };

  const look = `
    :host { all: initial; }
    * { box-sizing: border-box; font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
    .open { position: fixed; inset-block-end: 16px; inset-inline-end: 16px; z-index: 2147483000; min-width: 44px;
      min-height: 44px; padding: 8px 20px; border: 2px solid #fff; border-radius: 24px; background: #0b5cad; color: #fff;
      cursor: pointer; box-shadow: 0 2px 8px #0006; }
    .open:focus-visible, .close:focus-visible, a:focus-visible { outline: 3px solid #f59f00; outline-offset: 2px; }
    dialog { width: min(560px, 100vw); max-width: 100vw; height: min(800px, 100vh); max-height: 100vh; padding: 0;
      border: 0; border-radius: 8px; background: #fff; color: #182433; }
    dialog[open] { display: flex; flex-direction: column; }
    dialog::backdrop { background: #0008; }
    .bar { display: flex; align-items: center; gap: 8px; padding: 4px 8px 4px 16px; border-bottom: 1px solid #ccd; }
    .bar span { flex: 1; font-weight: 600; }
    .close { min-width: 44px; min-height: 44px; border: 0; background: none; color: inherit; cursor: pointer; }
    a { color: #0b5cad; padding: 8px; }
    iframe { flex: 1; width: 100%; border: 0; }
    @media (max-width: 600px) { dialog { height: 100vh; border-radius: 0; } }
    @media (prefers-reduced-motion: no-preference) { dialog[open] { animation: come .15s; } }
    @keyframes come { from { opacity: 0; } }`;

  const place = make("div", { lang: english ? "en" : "zh-Hans" });
  const root = place.attachShadow({ mode: "open" });
  // A sheet that is made here is no inline style: the page's own policy needs nothing for it.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(look);
  root.adoptedStyleSheets = [sheet];

  const close = make("button", { class: "close", type: "button" }, words.close);
  const apart = make("a", { href: address, target: "_blank", rel: "noopener" }, words.apart);
  const bar = make("div", { class: "bar" }, make("span", { id: "title" }, words.title), apart, close);
  const dialog = make("dialog", { "aria-labelledby": "title" }, bar);
  let frame = null;
  let before = null;

  const elsewhere = () => {
    if (dialog.open) dialog.close();
    window.open(address, "_blank", "noopener");
  };

  // A page whose policy lets no frame of ours in gets a window of its own instead.
  let refused = false;
  document.addEventListener("securitypolicyviolation", (event) => {
    if (!/^(frame|child|default)-src/.test(event.effectiveDirective) || !event.blockedURI.startsWith(host)) return;
    refused = true;
    if (dialog.open) elsewhere();
  });

  const open = (event) => {
    event.preventDefault();
    if (refused || typeof dialog.showModal !== "function") return elsewhere();
    before = event.currentTarget;
    if (!frame) {
      frame = make("iframe", { title: words.title, src: address });
      dialog.append(frame);
    }
    dialog.showModal();
  };

  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => before && before.focus());

  const start = () => {
    root.append(dialog);
    // The page's own buttons open it too; where there are none, one stands in the corner.
    const own = document.querySelectorAll("[data-guiju-complain]");
    own.forEach((one) => one.addEventListener("click", open));
    if (!own.length) {
      const button = make("button", { class: "open", type: "button", "aria-haspopup": "dialog" }, label);
      button.addEventListener("click", open);
      root.append(button);
    }
    document.body.append(place);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
