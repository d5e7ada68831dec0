import { keyPressed } from "../../scripts/keys.js";

const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
const linkOf = (row) => row.querySelector("a");

function move(by) {
  const all = rows();
  if (!all.length) return false;
  const held = all.findIndex((row) => row.contains(document.activeElement));
  const shown = all.findIndex((row) => row.querySelector("[aria-current]"));
  const from = held >= 0 ? held : shown;
  const to = Math.min(Math.max(from + by, 0), all.length - 1);
  linkOf(all[to]).focus();
  all[to].scrollIntoView({ block: "nearest" });
  return true;
}

keyPressed("j", () => move(1));
keyPressed("k", () => move(-1));
keyPressed("x", () => {
  const row = document.activeElement?.closest?.("[data-row]");
  const tick = row?.querySelector("input[type=checkbox]");
  if (!tick) return false;
  tick.click();
  return true;
});
