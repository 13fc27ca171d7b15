"use strict";
// Keeps what is typed into the forms of a page in this browser until the server has taken it,
// so that neither an expired session nor a lost connection loses it. Drafts are kept under the
// user's id and removed at sign-out. Applies to every <form method="post"> with a text field,
// but not to one with a password or a code, or with data-keeps="none", such as a search. <form data-keeps="tab"> may hold what a caller says:
// its drafts stay in this tab and come back after a sign-in alone. <form data-server-draft> is kept on
// the server too, for another computer; a page behind a one-time link keeps it here alone.

(() => {
  const PREFIX = "qa-draft:";
  const SENT = "qa-draft-sent";
  const SIGNED_OUT = "qa-signed-out";
  const SERVED_AFTER = 3000;
  const LONGEST = 7 * 24 * 3600 * 1000;
  const TYPED = "textarea, select, input:not([type=hidden], [type=submit], [type=button], [type=file])";
  const TEXT = "textarea, input:not([type]), input[type=text], input[type=tel], input[type=date], input[type=number]";
  const SECRET = "input[type=password], [autocomplete=one-time-code]";

  const OF_LINK = document.querySelector("form[data-keeps=link]") ? "0" : "";
  const { user = OF_LINK, outcome = "", method = "GET" } = document.body.dataset;
  let isSignedOut = false;

  // Storage may be disabled or full; forms then work without drafts.
  const storage = (act) => {
    try {
      return act();
    } catch {
      return null;
    }
  };
  const read = (place, key) => storage(() => JSON.parse(place().getItem(key)));
  const write = (place, key, value) => storage(() => place().setItem(key, JSON.stringify(value)));
  const remove = (place, key) => storage(() => place().removeItem(key));
  const local = () => localStorage;
  const tab = () => sessionStorage;

  const pathOf = (form) => new URL(form.getAttribute("action") || "", location.href).pathname;
  const isKept = (form) =>
    form?.method === "post" &&
    form.dataset.keeps !== "none" &&
    form.querySelector(TEXT) !== null &&
    form.querySelector(SECRET) === null;
  const keptForms = () => [...document.forms].filter(isKept);
  const placeOf = (form) => (form.dataset.keeps === "tab" ? tab : local);
  const keyOf = (form) => {
    const path = pathOf(form);
    const place = keptForms().filter((other) => pathOf(other) === path).indexOf(form);
    return `${PREFIX}${user}:${path}#${place}`;
  };

  const boxes = (form) => [...form.elements].filter((box) => box.name && box.matches(TYPED));
  const isTick = (box) => box.type === "checkbox" || box.type === "radio";
  const typed = (form) =>
    boxes(form).map((box) => (isTick(box) ? [box.name, box.value, box.checked] : [box.name, box.value]));

  const fill = (form, values) => {
    const left = [...values];
    for (const box of boxes(form)) {
      const at = left.findIndex(([name, value]) => name === box.name && (!isTick(box) || value === box.value));
      if (at < 0) continue;
      const [[, value, isTicked]] = left.splice(at, 1);
      if (isTick(box)) box.checked = isTicked;
      else box.value = value;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  // On the server drafts lie under the form's path and place, for whoever is signed in.
  const isServed = (form) => user !== OF_LINK && form.dataset.serverDraft !== undefined;
  const servedName = (key) => key.slice(`${PREFIX}${user}:`.length);
  const waiting = new Map();

  const tellServer = (path, form, fields) =>
    fetch(path, {
      method: "POST",
      keepalive: true,
      headers: { "HX-Request": "true" },
      body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value, ...fields }),
    }).catch(() => {});

  const serve = (form) => {
    if (!user || isSignedOut || !isServed(form)) return;
    clearTimeout(waiting.get(form));
    const send = () =>
      tellServer("/drafts", form, { form: servedName(keyOf(form)), values: JSON.stringify(typed(form)) });
    waiting.set(form, setTimeout(send, SERVED_AFTER));
  };

  // Any form of the page has the token by which a draft is forgotten.
  const unserve = (key) => {
    const form = [...document.forms].find((one) => one.elements.csrf_token);
    if (form && user && user !== OF_LINK) tellServer("/drafts/drop", form, { form: servedName(key) });
  };

  const keep = (form) => {
    if (!user || isSignedOut || !isKept(form)) return;
    write(placeOf(form), keyOf(form), { at: Date.now(), values: typed(form) });
    serve(form);
  };

  // The server takes spaces off both ends and may add an empty row or box: without them nothing is lost.
  const inWords = (values) =>
    JSON.stringify(
      values
        .map(([name, value, ...tick]) => [name, value.trim(), ...tick])
        .filter(([, value, isTicked]) => isTicked ?? value),
    );
  const isDifferent = (form, draft) => inWords(draft.values) !== inWords(typed(form));

  const tell = (form, words, buttons) => {
    const panel = form.closest("details") || form;
    if (panel.previousElementSibling?.matches("[data-draft]")) panel.previousElementSibling.remove();
    const box = document.createElement("div");
    box.className = "notice notice--ask";
    box.dataset.draft = "";
    box.setAttribute("role", "status");
    const line = document.createElement("p");
    line.textContent = words;
    box.append(line);
    for (const [label, act] of buttons) {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = label;
      made.addEventListener("click", () => {
        act();
        box.remove();
      });
      box.append(made, " ");
    }
    panel.before(box);
  };

  // As pages write it: 2026-11-24 10:00.
  const timeOf = (draft) => new Date(draft.at).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 16);

  const offer = (form) => {
    const place = placeOf(form);
    const key = keyOf(form);
    const draft = read(place, key);
    if (form.dataset.keeps === "tab") return;
    if (!draft || !isDifferent(form, draft)) {
      if (isServed(form)) offerServed(form, key);
      return;
    }
    tell(form, `◔ 本浏览器留有您 ${timeOf(draft)} 没有保存的内容。`, [
      ["恢复", () => fill(form, draft.values)],
      [
        "丢弃",
        () => {
          remove(place, key);
          unserve(key);
        },
      ],
    ]);
  };

  // A draft of another computer, or of a browser that was emptied.
  const offerServed = async (form, key) => {
    const answer = await fetch(`/drafts?form=${encodeURIComponent(servedName(key))}`).catch(() => null);
    if (answer?.status !== 200 || !answer.headers.get("content-type").includes("json")) return;
    const found = await answer.json();
    const draft = { at: found.at, values: JSON.parse(found.values) };
    if (!isDifferent(form, draft)) return;
    tell(form, `◔ 服务器留有您 ${timeOf(draft)} 没有提交的内容。`, [
      ["恢复", () => fill(form, draft.values)],
      ["丢弃", () => unserve(key)],
    ]);
  };

  // Puts back what was sent and not taken; returns whether its form is on this page.
  const restore = (sent) => {
    const form = keptForms().find((one) => keyOf(one) === sent.key);
    if (!form) return false;
    const place = placeOf(form);
    const draft = read(place, sent.key);
    if (!draft || !isDifferent(form, draft)) return true;
    const panel = form.closest("details");
    if (panel) panel.open = true;
    const before = typed(form);
    fill(form, draft.values);
    tell(form, `◔ 已恢复您 ${timeOf(draft)} 填写、尚未提交成功的内容，请核对后重新提交。`, [
      [
        "丢弃",
        () => {
          fill(form, before);
          remove(place, sent.key);
        },
      ],
    ]);
    return true;
  };

  const drop = (key) => {
    remove(local, key);
    remove(tab, key);
    unserve(key);
  };

  // A page that answers the form itself, or to which its answer led.
  const isAnswerTo = (sent) => {
    if (method === "POST") return true;
    const [visit] = performance.getEntriesByType("navigation");
    const cameFrom = document.referrer && new URL(document.referrer).pathname;
    return visit?.type === "navigate" && visit.redirectCount > 0 && cameFrom === sent.from;
  };

  const settle = () => {
    const sent = read(tab, SENT);
    if (!sent) return;
    if (!user) {
      // The sign-in pages: the form was not taken.
      write(tab, SENT, { ...sent, isLost: true });
      return;
    }
    if (sent.user === user && (sent.isLost || outcome === "refused")) {
      if (!restore(sent) && sent.isLost) return;
    } else if (sent.user === user && isAnswerTo(sent)) {
      drop(sent.key);
    }
    remove(tab, SENT);
  };

  const removeAll = (place, isOld) =>
    storage(() => {
      for (const key of Object.keys(place())) {
        if (key.startsWith(PREFIX) && isOld(key)) place().removeItem(key);
      }
    });

  const isOutdated = (key) => {
    const draft = read(local, key);
    // Earlier releases kept drafts under no user.
    return !/^qa-draft:\d+:/.test(key) || !draft || Date.now() - draft.at > LONGEST;
  };

  const forget = () => {
    isSignedOut = true;
    for (const timer of waiting.values()) clearTimeout(timer);
    const isOwn = (key) => key.startsWith(`${PREFIX}${user}:`);
    removeAll(local, isOwn);
    removeAll(tab, isOwn);
    remove(tab, SENT);
  };

  const onSubmit = (event) => {
    const form = event.target;
    if (pathOf(form) === "/logout") {
      forget();
      // Other tabs of this user stop keeping drafts, too.
      write(local, SIGNED_OUT, { user, at: Date.now() });
      return;
    }
    if (!isKept(form)) return;
    keep(form);
    clearTimeout(waiting.get(form));
    if (navigator.onLine === false) {
      event.preventDefault();
      event.stopPropagation();
      tell(form, "✘ 网络已断开，没有提交。填写的内容仍在，网络恢复后请再次提交。", []);
      return;
    }
    write(tab, SENT, { user, key: keyOf(form), from: location.pathname });
  };

  const onAnswer = (event) => {
    const { successful, xhr } = event.detail;
    const sent = read(tab, SENT);
    if (!sent || !successful || xhr.getResponseHeader("HX-Redirect")) return;
    drop(sent.key);
    remove(tab, SENT);
  };

  document.addEventListener("input", (event) => keep(event.target.form));
  document.addEventListener("change", (event) => keep(event.target.form));
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("htmx:afterRequest", onAnswer);
  window.addEventListener("storage", (event) => {
    if (event.key === SIGNED_OUT && read(local, SIGNED_OUT)?.user === user) forget();
  });

  removeAll(local, isOutdated);
  settle();
  if (user && outcome !== "refused") {
    for (const form of keptForms()) {
      const panel = form.closest("details") || form;
      if (!panel.previousElementSibling?.matches("[data-draft]")) offer(form);
    }
  }
})();
