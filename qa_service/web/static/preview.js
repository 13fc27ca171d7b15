"use strict";
// Search as you type: after a short rest the answers to the words typed so far stand in the place
// of the result. The service records nothing of it; Enter asks the question. A request whose words
// have changed is aborted. Applies to <form id="ask" data-previews="/path">.

(() => {
  const REST = 250;
  const LONGEST = 300;

  const form = document.getElementById("ask");
  const result = document.getElementById("result");
  if (!form?.dataset.previews || !result) return;
  const box = form.elements.question;

  let waiting = 0;
  let running = null;

  const cancel = () => {
    clearTimeout(waiting);
    running?.abort();
    running = null;
  };

  // A number or reason typed beside the result would be lost with it.
  const holdsTypedText = () =>
    [...result.querySelectorAll("textarea, input:not([type=hidden], [type=radio])")].some(
      (field) => field.value.trim() !== "" && field.value !== field.defaultValue,
    );

  const announce = () => {
    const found = result.querySelectorAll(".found__row").length;
    document.getElementById("announcement").textContent = `预览：${found} 条`;
  };

  const fetchPreview = async (signal) => {
    const answer = await fetch(form.dataset.previews, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      // An expired session is then no redirect, which would be an error in the console.
      headers: { "HX-Request": "true" },
      signal,
    });
    if (answer.status !== 200) return;
    const page = await answer.text();
    if (signal.aborted) return;
    result.innerHTML = page;
    announce();
  };

  const preview = () => {
    const words = box.value.trim();
    if (words === "" || words.length > LONGEST || holdsTypedText()) return;
    running = new AbortController();
    // An aborted or failed preview leaves what is shown; asking says what is wrong.
    fetchPreview(running.signal).catch(() => {});
  };

  const onWords = (event) => {
    if (event.target !== box || event.isComposing) return;
    cancel();
    waiting = setTimeout(preview, REST);
  };

  document.addEventListener("input", onWords);
  document.addEventListener("compositionend", onWords);
  document.addEventListener("submit", cancel);
  document.addEventListener("htmx:beforeRequest", cancel);
})();
