// Elder mode can have the page read out, by the voices the device has.
import { onReady } from "./ready.js";

function words(main) {
  const skipped = "script, style, svg, table, [hidden], .visually-hidden, .with-script [data-island], details:not([open]) > :not(summary)";
  const copy = main.cloneNode(true);
  for (const one of copy.querySelectorAll(skipped)) one.remove();
  const blocks = copy.querySelectorAll("h1, h2, h3, h4, p, li, dt, dd, label, legend, .list-row__title, .list-row__sub, button");
  const said = [...blocks].filter((block) => !block.querySelector("p, li, dd")).map((block) => block.textContent.trim().replace(/\s+/g, " "));
  return said.filter(Boolean);
}

onReady("[data-aloud]", (button) => {
  if (!("speechSynthesis" in window)) return;
  button.hidden = false;
  const speech = window.speechSynthesis;
  const show = (speaking) => button.setAttribute("aria-pressed", String(speaking));
  button.addEventListener("click", () => {
    if (speech.speaking) {
      speech.cancel();
      return show(false);
    }
    const said = words(document.getElementById("main")).map((text) => {
      const utterance = new SpeechSynthesisUtterance(text);
      utterance.lang = document.documentElement.lang === "en" ? "en" : "zh-CN";
      utterance.rate = 0.9;
      return utterance;
    });
    if (!said.length) return undefined;
    said.at(-1).onend = () => show(false);
    for (const utterance of said) speech.speak(utterance);
    return show(true);
  });
  window.addEventListener("pagehide", () => speech.cancel());
});
