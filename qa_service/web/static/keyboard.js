"use strict";
// Keyboard shortcuts. A control names its key in data-key; the key works everywhere
// except in text fields. The key of a text field leads into it.

(() => {
  const FULL_WIDTH = { "？": "?", "／": "/" };

  const SINGLE_KEYS = "single-keys";

  // Single-key shortcuts can be turned off, for users of speech input or with a tremor
  // (WCAG 2.1.4). They stay on in a browser without storage.
  const areSingleKeysOff = () => {
    try {
      return localStorage.getItem(SINGLE_KEYS) === "off";
    } catch {
      return false;
    }
  };

  const switchSingleKeys = (isOn) => {
    try {
      localStorage.setItem(SINGLE_KEYS, isOn ? "on" : "off");
    } catch {
      // No storage: the shortcuts stay on.
    }
    showSingleKeys();
  };

  const showSingleKeys = () => {
    const isOff = areSingleKeysOff();
    document.documentElement.classList.toggle("single-keys-off", isOff);
    const box = document.getElementById("single-keys");
    if (box) box.checked = !isOff;
  };

  const FIELDS = "input:not([type=radio], [type=checkbox], [data-branch]), textarea, select, [contenteditable]";
  const isTyping = (target) => target.closest(FIELDS) !== null;

  // While an input method is composing Chinese, it handles Enter and Escape.
  const isComposing = (event) => event.isComposing || event.keyCode === 229;

  const questionBox = () => document.getElementById("question");

  const focusOutcome = () => {
    // A box of the result that was refused comes before the result.
    const refused = document.querySelector("#result [aria-invalid=true]");
    const outcome = refused || document.querySelector("main [data-focus]");
    if (outcome) outcome.focus();
  };

  const toQuestion = () => {
    const box = questionBox();
    if (!box || box.form.id !== "ask") return false;
    box.focus();
    box.select();
    return true;
  };

  const leaveQuestion = () => {
    const next = document.querySelector("main [data-focus], #waiting a") || document.getElementById("main");
    next.focus();
  };

  const onEnter = (event) => {
    // In a long form Enter in a text box does nothing, so that it does not end the writing.
    if (event.target.matches("[data-enter=none] input:not([type=submit])")) return true;
    // On a screen with one act Enter takes it, wherever no control has Enter for itself.
    const act = document.querySelector("form[data-enter-here]");
    if (act && !event.target.closest("a, button, summary, input, textarea, select")) {
      act.requestSubmit();
      return true;
    }
    if (!event.target.matches("[data-enter-submits]") || event.shiftKey) return false;
    event.target.form.requestSubmit();
    return true;
  };

  const onEscape = (event) => {
    if (event.target === questionBox() && event.target.form.id === "ask") {
      leaveQuestion();
      return true;
    }
    return toQuestion();
  };

  const leavesPage = (control) => control.matches("a[href]:not([href^='#'])");

  const isShown = (control) => control.closest("[hidden]") === null;

  // What the work at hand offers comes before the menu.
  const controlOf = (key) => {
    const wanted = `[data-key="${CSS.escape(key)}"]`;
    return ["main form ", "main ", ""]
      .flatMap((place) => [...document.querySelectorAll(place + wanted)])
      .find(isShown);
  };

  const press = (key) => {
    const control = controlOf(key);
    if (!control || (leavesPage(control) && holdsTypedText())) return false;
    if (control.matches("input, textarea, select")) {
      control.focus();
      control.select?.();
    } else {
      control.click();
    }
    return true;
  };

  // Once a question is handled the first letter begins the next one; only undoing keeps its key.
  const beginsQuestion = (key) => {
    const done = document.querySelector("#result .done");
    if (!done || !/^[\p{L}\p{N}]$/u.test(key)) return false;
    return done.querySelector(`[data-key="${CSS.escape(key)}"]`) === null;
  };

  const TEXT = "textarea, input:not([type]), input[type=text], input[type=tel], input[type=number]";

  // What was typed and not sent yet would be lost with the page. The question of the ask page
  // is sent before other keys work.
  const isUnsaved = (field) => {
    if (field.closest("#ask")) return false;
    // What a caller said comes back from the server as typed, and is not stored by that.
    const stored = field.closest("[data-keeps=tab]") ? "" : field.defaultValue;
    return field.value.trim() !== "" && field.value !== stored;
  };

  const holdsTypedText = () =>
    [
      ...document.querySelectorAll(`main form[method=post]:not([data-keeps=none]) :is(${TEXT})`),
    ].some(isUnsaved);

  const handle = (event) => {
    if (event.key === "Enter") return onEnter(event);
    if (event.key === "Escape") return onEscape(event);
    if (isTyping(event.target) || event.repeat || areSingleKeysOff()) return false;
    const key = FULL_WIDTH[event.key] || event.key;
    if (beginsQuestion(key)) {
      // The key itself is typed into the box.
      toQuestion();
      return false;
    }
    return key === "/" ? toQuestion() : press(key);
  };

  document.addEventListener("keydown", (event) => {
    if (isComposing(event) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (handle(event)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "single-keys") switchSingleKeys(event.target.checked);
  });

  const showOffline = (isOffline) => {
    const notice = document.getElementById("offline");
    if (notice) notice.hidden = !isOffline;
  };

  document.addEventListener("htmx:beforeRequest", () => showOffline(false));
  document.addEventListener("htmx:sendError", () => showOffline(true));
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "result") focusOutcome();
  });
  showSingleKeys();
  focusOutcome();
})();
