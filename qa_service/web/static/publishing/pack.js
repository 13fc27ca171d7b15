"use strict";
// The search of a fallback pack: it lists what holds the words typed and never says which is meant.
const LISTED = 20;
const LEAST = 0.4; // Part of the question's pairs of characters that an answer must hold.
const page = document.body;
const simple = JSON.parse(page.dataset.simple);
const found = document.getElementById("found");
const all = document.getElementById("all");
const told = document.getElementById("told");
const form = document.getElementById("search");
const box = document.getElementById("words");
const today = new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10); // In Beijing.

function plain(text) {
  const folded = text.normalize("NFKC").toLowerCase();
  return [...folded].map((one) => simple[one] || one).join("");
}

function pairsOf(text) {
  const pairs = new Set();
  for (const run of plain(text).match(/[\p{L}\p{N}]+/gu) || []) {
    if (run.length === 1) pairs.add(run);
    for (let at = 0; at + 1 < run.length; at += 1) pairs.add(run.slice(at, at + 2));
  }
  return [...pairs];
}

const answers = [...document.querySelectorAll("article")].filter((one) => {
  const isOver = one.dataset.until && one.dataset.until < today;
  if (isOver) one.remove();
  return !isOver;
}).map((node) => {
  const mark = document.createComment("");
  return { node, mark, asked: node.dataset.words, text: plain(node.textContent) };
});

function score(answer, pairs) {
  let asked = 0;
  let said = 0;
  for (const pair of pairs) {
    if (answer.asked.includes(pair)) asked += 1;
    else if (answer.text.includes(pair)) said += 1;
  }
  const part = (asked + said) / pairs.length;
  return part < LEAST ? 0 : (asked * 3 + said) / pairs.length;
}

function putBack() {
  for (const { node, mark } of answers) if (mark.parentNode) mark.replaceWith(node);
}

function search() {
  putBack();
  const pairs = pairsOf(box.value);
  const isAsked = pairs.length > 0;
  all.hidden = isAsked;
  found.hidden = !isAsked;
  if (!isAsked) {
    told.textContent = "";
    return;
  }
  const near = answers.map((answer) => ({ answer, points: score(answer, pairs) }))
    .filter((one) => one.points > 0)
    .sort((a, b) => b.points - a.points);
  for (const { answer } of near.slice(0, LISTED)) {
    answer.node.replaceWith(answer.mark);
    found.append(answer.node);
  }
  told.textContent = near.length
    ? `${near.length} 条含有这些字${near.length > LISTED ? `，列出前 ${LISTED} 条` : ""}。请核对问题、适用对象一致再告知；都不是的，纸面登记，恢复后补录。`
    : "没有含有这些字的答复。请换一种说法；仍没有的，纸面登记，恢复后补录。";
}

document.getElementById("expired").hidden = today <= page.dataset.validUntil;
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(search));
box.addEventListener("input", search);
