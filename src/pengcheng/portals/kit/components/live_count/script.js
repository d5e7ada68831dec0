import { onReady } from "../../scripts/ready.js";

// New work is counted, never pushed under the reader's eyes: their place does not move.
onReady("[data-live]", (link) => {
  if (!("EventSource" in window)) return;
  const text = link.querySelector(".live-count__text");
  const seen = new Set();
  let source;
  const open = () => {
    source = new EventSource(link.dataset.live);
    source.addEventListener(link.dataset.liveEvent, (event) => {
      seen.add(event.lastEventId || event.data || String(seen.size));
      const words = seen.size === 1 ? link.dataset.liveOne : link.dataset.liveMany;
      text.textContent = words.replace("{n}", seen.size);
      link.hidden = false;
      link.dispatchEvent(new CustomEvent("kit:live", { bubbles: true, detail: { count: seen.size } }));
    });
  };
  open();
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && open());
});
