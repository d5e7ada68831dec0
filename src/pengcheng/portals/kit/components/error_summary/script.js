import { onReady } from "../../scripts/ready.js";

// A link to a fault puts the cursor into the field, not only the page at its place.
onReady("[data-focus]", (summary) => {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    const input = field.matches("fieldset") ? field.querySelector("input, select, textarea") : field;
    event.preventDefault();
    (input || field).focus();
    field.scrollIntoView({ block: "center" });
  });
});
