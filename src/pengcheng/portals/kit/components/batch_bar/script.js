import { onReady } from "../../scripts/ready.js";

onReady("[data-batch]", (bar) => {
  const form = bar.closest("form");
  if (!form) return;
  const told = bar.querySelector(".batch-bar__count");
  const chosen = () => form.querySelectorAll("[data-row] input[type=checkbox]:checked");
  const tell = () => {
    const count = chosen().length;
    bar.classList.toggle("batch-bar--on", count > 0);
    told.textContent = bar.dataset.batchText.replace("{n}", count);
  };
  form.addEventListener("change", tell);
  bar.querySelector("[data-batch-clear]").addEventListener("click", () => {
    for (const tick of chosen()) tick.checked = false;
    tell();
  });
  tell();
});
