// A message of the page's own, in the same place and look as those the server sends.
const SHOWN_MS = 12000;

export function say(text, kind = "info") {
  const place = document.getElementById("toasts");
  if (!place) return;
  const toast = document.createElement("div");
  toast.className = `toast toast--${kind}`;
  toast.setAttribute("role", "status");
  const words = document.createElement("span");
  words.className = "toast__text";
  words.textContent = text;
  toast.append(words);
  place.append(toast);
  if (!document.documentElement.hasAttribute("data-elder")) setTimeout(() => toast.remove(), SHOWN_MS);
}
