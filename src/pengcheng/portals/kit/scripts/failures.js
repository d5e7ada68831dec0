// What HTMX could not send or the server could not do is said, never swallowed.
import { say } from "./say.js";

document.addEventListener("htmx:sendError", () => say(document.body.dataset.offlineText));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) say(document.body.dataset.brokenText);
});
