"use strict";
// Counts characters while typing (the limit itself is enforced by the server) and ticks
// all rows of a list at once.

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

  for (const all of document.querySelectorAll("[data-check-all]")) {
    const rows = [...document.querySelectorAll(`input[type=checkbox][name="${all.dataset.checkAll}"]`)];
    const show = () => {
      const ticked = rows.filter((row) => row.checked).length;
      all.checked = ticked > 0 && ticked === rows.length;
      all.indeterminate = ticked > 0 && ticked < rows.length;
    };
    all.addEventListener("change", () => {
      for (const row of rows) row.checked = all.checked;
    });
    for (const row of rows) row.addEventListener("change", show);
    all.hidden = false;
    show();
  }
})();
