import { onReady } from "../../scripts/ready.js";

onReady("[data-slider]", (slider) => {
  const [input, output] = [slider.querySelector("input"), slider.querySelector("output")];
  input.addEventListener("input", () => { output.textContent = slider.dataset.slider.replace("{n}", input.value); });
});
