import { onReady } from "../../scripts/ready.js";

const SHOWN_MS = 10000;

// A message goes by itself only when it asks nothing; in elder mode nothing goes by itself.
onReady("[data-toast]", (toast) => {
  toast.querySelector("[data-toast-close]")?.addEventListener("click", () => toast.remove());
  const stays = toast.querySelector("form") || document.documentElement.hasAttribute("data-elder") || !toast.closest(".toasts");
  if (stays) return;
  let timer = setTimeout(() => toast.remove(), SHOWN_MS);
  const hold = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), SHOWN_MS); });
});
