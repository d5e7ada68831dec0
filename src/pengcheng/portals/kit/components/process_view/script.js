import { onReady } from "../../scripts/ready.js";

const STEP = 1.25;
// Smaller than this its words cannot be read: a narrow screen pans instead.
const LEGIBLE = 0.85;

onReady("[data-process]", (frame) => {
  const svg = frame.querySelector("svg");
  if (!svg) return;
  const natural = svg.viewBox.baseVal.width || svg.getBoundingClientRect().width;
  let scale = Math.max(LEGIBLE, Math.min(1, (frame.clientWidth - 32) / natural)) || 1;
  const fit = () => { svg.style.width = `${natural * scale}px`; };
  frame.parentElement.addEventListener("click", (event) => {
    const button = event.target.closest("[data-process-zoom]");
    if (!button) return;
    scale = Math.min(Math.max(scale * STEP ** Number(button.dataset.processZoom), 0.25), 3);
    fit();
  });
  fit();
});
