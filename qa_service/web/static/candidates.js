"use strict";
// The list of candidates and the answer chosen from it: a click or ↑ and ↓ choose, buttons copy.
// <a data-shows="id"> shows the answer of that id and hides the others; <button data-copies="id">
// copies its script with the branch that was chosen.

(() => {
  const COPIED_SHOWN = 1500;

  const links = () =>
    [...document.querySelectorAll(".found [data-shows]")].filter(
      (link) => link.closest("details:not([open])") === null,
    );
  const isCurrent = (link) => link.getAttribute("aria-current") === "true";

  const show = (chosen) => {
    for (const link of document.querySelectorAll(".found [data-shows]")) {
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      document.getElementById(link.dataset.shows).hidden = link !== chosen;
    }
  };

  // Below each other on a narrow screen, the answer would stay out of sight.
  const bringIntoSight = (chosen) => {
    const answer = document.getElementById(chosen.dataset.shows);
    if (answer.getBoundingClientRect().top > innerHeight - 100) answer.scrollIntoView();
  };

  const move = (step) => {
    const all = links();
    const next = all[all.findIndex(isCurrent) + step];
    if (!next) return all.length > 0;
    show(next);
    if (all.includes(document.activeElement)) next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };

  const scriptOf = (id) => {
    const answer = document.getElementById(id);
    const chosen = [...answer.querySelectorAll("[data-branch]:checked")].map((box) =>
      box.closest("fieldset").querySelector(`.asks__${box.value} [data-branch-text]`),
    );
    return [answer.querySelector("[data-script]"), ...chosen].map((part) => part.textContent.trim()).join("\n");
  };

  const copyByCommand = (text) => {
    const box = document.createElement("textarea");
    box.value = text;
    box.className = "visually-hidden";
    const before = document.activeElement;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    before?.focus();
  };

  const copy = async (button, text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without HTTPS there is no clipboard; the older command works there.
      copyByCommand(text);
    }
    button.dataset.copied = "";
    document.getElementById("announcement").textContent = "已复制";
    setTimeout(() => delete button.dataset.copied, COPIED_SHOWN);
  };

  const textFor = ({ copies, copiesText, copiesLink }) => {
    if (copies) return scriptOf(copies);
    if (copiesText) return document.getElementById(copiesText).textContent.trim();
    return new URL(copiesLink, location.href).href;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-shows]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      show(link);
      bringIntoSight(link);
    }
    const button = event.target.closest("[data-copies], [data-copies-text], [data-copies-link]");
    if (button) copy(button, textFor(button.dataset));
  });

  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, video") || document.querySelector("dialog[open]")) return;
    if (move(step)) event.preventDefault();
  });
})();
