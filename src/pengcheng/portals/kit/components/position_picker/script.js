import { onReady } from "../../scripts/ready.js";

onReady("[data-picker]", (box) => {
  const here = box.querySelector("[data-picker-here]");
  const told = box.querySelector(".picker__told");
  const field = (name) => box.querySelector(`[data-picker-${name}]`);
  const changed = () => field("lon").dispatchEvent(new Event("change", { bubbles: true }));

  box.addEventListener("kit:place", () => {
    told.textContent = box.dataset.pickerMoved;
    changed();
  });
  if (!navigator.geolocation) {
    here.hidden = true;
    return;
  }
  here.addEventListener("click", () => {
    told.textContent = box.dataset.pickerFinding;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field("lon").value = coords.longitude.toFixed(6);
        field("lat").value = coords.latitude.toFixed(6);
        field("accuracy").value = Math.round(coords.accuracy);
        told.textContent = box.dataset.pickerFound.replace("{n}", Math.round(coords.accuracy));
        box.dispatchEvent(new CustomEvent("kit:go", { detail: { at: [coords.longitude, coords.latitude] } }));
        changed();
      },
      () => { told.textContent = box.dataset.pickerRefused; },
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 30000 },
    );
  });
});
