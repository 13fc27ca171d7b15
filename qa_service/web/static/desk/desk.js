// Reading aloud, copying and printing at the public desk. Without this file everything else works.
// What a button says then stands in the page, which may be in Traditional characters.
"use strict";

const speech = window.speechSynthesis;

function readAloud(button) {
  if (speech.speaking) {
    speech.cancel();
    button.textContent = button.dataset.first;
    return;
  }
  const spoken = new SpeechSynthesisUtterance(document.getElementById(button.dataset.reads).textContent);
  spoken.lang = "zh-CN";
  spoken.onend = spoken.onerror = () => { button.textContent = button.dataset.first; };
  button.textContent = button.dataset.then;
  speech.speak(spoken);
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copies);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.then;
  } catch {
    button.textContent = button.dataset.failed;
  }
}

for (const button of document.querySelectorAll("[data-reads]")) {
  button.hidden = !speech;
  button.dataset.first = button.textContent;
  button.addEventListener("click", () => readAloud(button));
}
for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
window.addEventListener("pagehide", () => { if (speech) speech.cancel(); });
