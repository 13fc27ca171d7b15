// Shows the search of the public desk in another site's page, in a frame without scripts or cookies:
// <script src="https://DESK/desk/embed/widget.js" data-area="养老" data-size="large" data-height="640"></script>
"use strict";

(() => {
  const script = document.currentScript;
  const address = new URL("../embed", script.src);
  if (script.dataset.area) address.searchParams.set("area", script.dataset.area);
  if (script.dataset.script === "hant") address.searchParams.set("script", "hant");
  if (script.dataset.size === "large") address.searchParams.set("type", "large");
  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = "政策咨询自助查询";
  frame.loading = "lazy";
  frame.referrerPolicy = "no-referrer";
  // No allow-scripts and no allow-same-origin: the frame can search and open links, and no more.
  frame.sandbox = "allow-forms allow-popups allow-popups-to-escape-sandbox";
  frame.width = "100%";
  frame.height = String(Number(script.dataset.height) || 560);
  frame.style.border = "0";
  script.after(frame);
})();
