// Reading aloud, copying and printing at the public desk. Without this file everything else works.
"use strict";

const speech = window.speechSynthesis;

function readAloud(button) {
  if (speech.speaking) {
    speech.cancel();
    button.textContent = "朗读";
    return;
  }
  const spoken = new SpeechSynthesisUtterance(document.getElementById(button.dataset.reads).textContent);
  spoken.lang = "zh-CN";
  spoken.onend = spoken.onerror = () => { button.textContent = "朗读"; };
  button.textContent = "停止朗读";
  speech.speak(spoken);
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copies);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "已复制";
  } catch {
    button.textContent = "请按 Ctrl+C 复制";
  }
}

for (const button of document.querySelectorAll("[data-reads]")) {
  button.hidden = !speech;
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
