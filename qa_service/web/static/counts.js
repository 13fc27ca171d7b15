"use strict";
// Keeps the numbers of the menu true on a page that stays open: asks for them every minute
// while the page is seen, and when it is seen again. The request does not keep an idle session
// alive; once the session has ended, no more are made.

(() => {
  const menu = document.querySelector("[data-counts]");
  if (!menu) return;

  const PAUSE = 60 * 1000;
  const LEAST_PAUSE = 10 * 1000;
  let askedAt = Date.now();
  let hasEnded = false;

  const show = (counts) => {
    for (const mark of menu.querySelectorAll("[data-count]")) {
      const count = counts[mark.dataset.count] || 0;
      mark.textContent = count < 100 ? String(count) : "99+";
      mark.hidden = count === 0;
    }
  };

  const ask = async () => {
    if (hasEnded || document.hidden || navigator.onLine === false) return;
    if (Date.now() - askedAt < LEAST_PAUSE) return;
    askedAt = Date.now();
    const answer = await fetch(menu.dataset.counts, {
      headers: { "X-Background": "counts" },
      redirect: "manual",
    });
    // A redirect leads to the sign-in page.
    if (answer.type === "opaqueredirect") hasEnded = true;
    else if (answer.ok) show(await answer.json());
  };

  const askQuietly = () => ask().catch(() => {});

  setInterval(askQuietly, PAUSE);
  window.addEventListener("focus", askQuietly);
  document.addEventListener("visibilitychange", askQuietly);
})();
