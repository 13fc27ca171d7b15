// The work that a form of the public desk costs before it is sent: the number that was hidden in a
// hash (ALTCHA). In plain SHA-256, because crypto.subtle is missing on pages without HTTPS.
"use strict";

const CHUNK = 5000;
const ROUNDS = (() => {
  const primes = [];
  for (let n = 2; primes.length < 64; n++) { if (primes.every((one) => n % one)) primes.push(n); }
  const part = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
  return { start: primes.slice(0, 8).map((one) => part(Math.sqrt(one))), keys: primes.map((one) => part(Math.cbrt(one))) };
})();
const words = new Int32Array(64);

// The SHA-256, in hex, of at most 55 signs of ASCII: one block.
function hash(text) {
  words.fill(0);
  for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
  words[15] = text.length * 8;
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15], y = words[i - 2];
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + low + words[i - 7] + high) | 0;
  }
  let [a, b, c, d, e, f, g, h] = ROUNDS.start;
  for (let i = 0; i < 64; i++) {
    const big = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + big + ((e & f) ^ (~e & g)) + ROUNDS.keys[i] + words[i]) | 0;
    const small = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (small + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  return [a, b, c, d, e, f, g, h].map((value, i) => ((value + ROUNDS.start[i]) >>> 0).toString(16).padStart(8, "0")).join("");
}

// Looks for the number in pieces, so that the page stays alive; gives "" where there is none.
async function solve(work) {
  for (let from = 0; from <= work.maxnumber; from += CHUNK) {
    const until = Math.min(from + CHUNK, work.maxnumber + 1);
    for (let number = from; number < until; number++) {
      if (hash(work.salt + number) === work.challenge) return btoa(JSON.stringify({ ...work, number }));
    }
    await new Promise((go) => setTimeout(go));
  }
  return "";
}

for (const form of document.querySelectorAll("form[data-works]")) {
  const field = form.querySelector("[data-work]");
  const button = form.querySelector("button[type=submit]");
  const solved = solve(JSON.parse(field.dataset.work));
  let isSent = false;
  form.addEventListener("submit", async (sending) => {
    sending.preventDefault();
    if (isSent) return;
    isSent = true;
    button.textContent = form.dataset.works;
    field.value = await solved;
    form.submit();
  });
}

// A page that is shown again from the browser's memory holds what the last visitor of a shared screen
// typed, and a form that was sent. It is asked for anew, by GET: to reload would send the form again.
const fresh = new URL(document.currentScript.dataset.fresh || location.href, location.href);
fresh.searchParams.delete("q");
fresh.hash = "";
window.addEventListener("pageshow", (shown) => {
  if (!shown.persisted) return;
  document.documentElement.hidden = true;
  location.replace(fresh);
});
