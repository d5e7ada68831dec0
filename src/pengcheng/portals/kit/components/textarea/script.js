import { onReady } from "../../scripts/ready.js";

// Counts as a person does: by characters seen, not by UTF-16 halves. Never cuts what was typed.
onReady("[data-counter]", (box) => {
  const area = box.querySelector("textarea");
  const told = box.querySelector(".textarea__count");
  const limit = Number(box.dataset.counter);
  told.setAttribute("aria-live", "polite");
  const count = () => {
    const spare = limit - [...area.value].length;
    told.textContent = (spare < 0 ? box.dataset.counterOver : box.dataset.counterText).replace("{n}", Math.abs(spare));
    told.classList.toggle("textarea__count--over", spare < 0);
    // How much is left is worth saying only when it runs short.
    told.hidden = spare > limit / 5;
  };
  area.addEventListener("input", count);
  count();
});
