import { keyPressed } from "../../scripts/keys.js";

keyPressed("?", () => {
  const dialog = document.querySelector("[data-keyboard-help]");
  if (!dialog || dialog.open) return false;
  dialog.showModal();
  return true;
});

keyPressed("/", () => {
  const boxes = [...document.querySelectorAll("[data-search]")];
  const box = boxes.find((one) => one.offsetParent !== null);
  if (!box) return false;
  box.focus();
  box.select();
  return true;
});
