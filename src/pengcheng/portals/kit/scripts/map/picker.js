// A pin that stays in the middle while the map moves under it: works by thumb and by arrow keys.
import { pin } from "./data.js";

const PLACES = 6;

export function addPicker(map, frame, island) {
  const box = island.closest("[data-picker]");
  if (!box) return;
  const aim = document.createElement("div");
  aim.className = "map-aim";
  aim.append(pin());
  frame.append(aim);
  const field = (name) => box.querySelector(`[data-picker-${name}]`);
  let own = false;
  map.on("moveend", (event) => {
    if (!event.originalEvent && !own) return;
    own = false;
    const { lng, lat } = map.getCenter();
    field("lon").value = lng.toFixed(PLACES);
    field("lat").value = lat.toFixed(PLACES);
    field("accuracy").value = "";
    box.dispatchEvent(new CustomEvent("kit:place", { bubbles: true, detail: { lon: lng, lat } }));
  });
  box.addEventListener("kit:go", (event) => {
    own = false;
    map.jumpTo({ center: event.detail.at, zoom: 16 });
  });
  // Arrow keys move the map without an original event in some browsers.
  map.getCanvas().addEventListener("keydown", () => { own = true; });
}
