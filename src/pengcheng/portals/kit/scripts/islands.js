// Maps and charts are heavy: their scripts come only when one nears the window.
import { onReady } from "./ready.js";

const styles = new Set();

function load(island) {
  const { island: address, islandStyle } = island.dataset;
  if (islandStyle && !styles.has(islandStyle)) {
    styles.add(islandStyle);
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = islandStyle;
    document.head.append(link);
  }
  import(new URL(address, document.baseURI).href)
    .then((module) => module.draw(island))
    .catch((fault) => {
      // The table beside the island says the same; the reader loses nothing but the picture.
      island.classList.add("island--broken");
      console.error(fault);
    });
}

const near = "IntersectionObserver" in window
  ? new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (!entry.isIntersecting) continue;
          near.unobserve(entry.target);
          load(entry.target);
        }
      },
      { rootMargin: "200px" },
    )
  : { observe: load };

onReady("[data-island]", (island) => near.observe(island));
