"use strict";
// Fills the list of an input with what the service suggests for the words typed so far. The
// browser's own list is used, so the keyboard works as everywhere. Without an answer the list
// stays as it is: whatever is typed can be sent nonetheless.
// Marked: <input list="id of a datalist" data-suggestions="/path">.

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
    // One that was chosen from the list needs no other.
    if ([...box.list.options].some((option) => option.value === box.value)) return;
    waiting = setTimeout(ask, PAUSE, box);
  });

  document.addEventListener("focusin", (event) => {
    const box = event.target;
    if (box.dataset?.suggestions && box.list) ask(box);
  });
})();
