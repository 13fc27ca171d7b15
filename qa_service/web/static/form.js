"use strict";
// Counts characters while typing; the limit itself is enforced by the server.

(() => {
  const showCount = (box) => {
    const counter = document.getElementById(box.dataset.counter);
    const limit = Number(box.dataset.limit);
    const length = [...box.value.trim()].length;
    const over = length - limit;
    counter.textContent = over > 0 ? `✘ ${length} / ${limit} 个字，超出 ${over} 个字` : `${length} / ${limit} 个字`;
    counter.classList.toggle("counter--over", over > 0);
  };

  for (const box of document.querySelectorAll("[data-counter]")) {
    box.addEventListener("input", () => showCount(box));
    showCount(box);
  }
})();
