"use strict";
// The call around the questions: the caller's number, the address of the page, and the way from
// one question to the next for those who write with an input method.

(() => {
  const INPUT_METHOD = "qa-input-method";
  const question = () => document.getElementById("question");

  // Storage may be disabled; then the first letter is typed without the input method.
  const storage = (act) => {
    try {
      return act();
    } catch {
      return null;
    }
  };

  // The number that the hotline put into the address stays in no history.
  // The service may lie below a path of the host.
  if (location.pathname.endsWith("/call")) {
    const call = document.querySelector("#call-bar [name=call_id]").value;
    const home = location.pathname.slice(0, -"call".length);
    history.replaceState(null, "", call ? `${home}call?call_id=${encodeURIComponent(call)}` : home);
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "caller-phone" || event.key !== "Enter" || event.isComposing) return;
    // Leaving the box looks the number up.
    event.preventDefault();
    question().focus();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id !== "caller-phone") return;
    const box = document.getElementById("asker-phone");
    if (box && box.value === "") box.value = event.target.value;
  });

  // An input method takes part only in what is typed into a text field: where one is used, the
  // box has the focus before the first letter, and Esc leads to the record and its keys.
  document.addEventListener("compositionstart", (event) => {
    if (event.target === question()) storage(() => sessionStorage.setItem(INPUT_METHOD, "used"));
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "result" || !document.querySelector("#result .done")) return;
    if (storage(() => sessionStorage.getItem(INPUT_METHOD)) !== "used") return;
    question().focus();
    question().select();
  });
})();
