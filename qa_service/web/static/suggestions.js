"use strict";
// Fills an input's datalist with the service's suggestions for the words typed so far. The
// native list keeps the browser's keyboard handling. If the request fails, the list stays
// unchanged and any text can still be submitted.
// Applies to <input list="id of a datalist" data-suggestions="/path">.

(() => {
  const PAUSE = 150;
  let waiting = 0;
  let latest = 0;

  const suggest = async (box) => {
    const turn = ++latest;
    const answer = await fetch(`${box.dataset.suggestions}?q=${encodeURIComponent(box.value)}`, {
      redirect: "error",
    });
    if (!answer.ok) return;
    const names = await answer.json();
    if (turn !== latest) return;
    box.list.replaceChildren(...names.map((name) => new Option("", name)));
  };

  const ask = (box) => suggest(box).catch(() => {});

  document.addEventListener("input", (event) => {
    const box = event.target;
    if (!box.dataset.suggestions || !box.list) return;
    clearTimeout(waiting);
    // The value was chosen from the list: no request is needed.
    if ([...box.list.options].some((option) => option.value === box.value)) return;
    waiting = setTimeout(ask, PAUSE, box);
  });

  document.addEventListener("focusin", (event) => {
    const box = event.target;
    if (box.dataset?.suggestions && box.list) ask(box);
  });
})();
