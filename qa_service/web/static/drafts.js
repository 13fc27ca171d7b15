"use strict";
// Saves the input of a long form in this browser until the server has stored it, so that
// neither an expired session nor a lost connection loses it. Applies to <form data-keeps="name">.

(() => {
  const PREFIX = "qa-draft:";
  const SENT = "qa-draft-sent";
  const NOT_TYPED = new Set(["csrf_token", "seen"]);

  const typed = (form) =>
    [...form.elements]
      .filter((box) => box.name && !NOT_TYPED.has(box.name) && box.type !== "submit")
      .map((box) => [box.name, box.type === "checkbox" ? String(box.checked) : box.value]);

  const fill = (form, values) => {
    const left = [...values];
    for (const box of form.elements) {
      const at = left.findIndex(([name]) => name === box.name);
      if (at < 0 || NOT_TYPED.has(box.name) || box.type === "submit") continue;
      const [[, value]] = left.splice(at, 1);
      if (box.type === "checkbox") box.checked = value === "true";
      else box.value = value;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  // Storage may be disabled or full; the form then works without saved input.
  const storage = (act) => {
    try {
      return act();
    } catch {
      return null;
    }
  };

  const offer = (form, key, kept) => {
    const box = document.createElement("div");
    box.className = "notice notice--ask";
    box.setAttribute("role", "status");
    const words = document.createElement("p");
    const time = new Date(kept.at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" });
    words.textContent = `◔ 本浏览器留有 ${time} 没有保存的内容。`;
    const button = (label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = label;
      made.addEventListener("click", () => {
        act();
        box.remove();
      });
      return made;
    };
    box.append(
      words,
      button("恢复", () => fill(form, kept.values)),
      " ",
      button("丢弃", () => storage(() => localStorage.removeItem(key))),
    );
    form.before(box);
  };

  const isStored = () => {
    if (document.querySelector("[data-error-page]")) return false;
    const form = document.querySelector("form[data-keeps]");
    return form ? form.dataset.state === "stored" : /^\/(pairs|policies|words)\//.test(location.pathname);
  };

  const sent = storage(() => sessionStorage.getItem(SENT));
  if (sent) {
    if (isStored()) storage(() => localStorage.removeItem(sent));
    storage(() => sessionStorage.removeItem(SENT));
  }

  for (const form of document.querySelectorAll("form[data-keeps]")) {
    const key = PREFIX + form.dataset.keeps;
    const kept = storage(() => JSON.parse(localStorage.getItem(key)));
    const shown = JSON.stringify(typed(form));
    if (kept && form.dataset.state === "stored" && JSON.stringify(kept.values) !== shown) {
      offer(form, key, kept);
    }
    form.addEventListener("input", () =>
      storage(() => localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: typed(form) }))),
    );
    form.addEventListener("submit", () => storage(() => sessionStorage.setItem(SENT, key)));
  }
})();
