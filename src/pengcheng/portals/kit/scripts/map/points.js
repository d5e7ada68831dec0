// Points as links of the size that a finger needs. Those that would cover one another are gathered
// under their number; pressing it comes nearer, and where that parts them no more, the list tells.
import { LngLatBounds, Marker, Popup } from "maplibre-gl";
import { pointElement } from "./data.js";

const APART = 44; // pixels between two points that can both be pressed
const NEAREST = 17;

function gathered(map, points) {
  const groups = [];
  for (const point of points) {
    const at = map.project(point.at);
    const near = groups.find((group) => Math.abs(group.at.x - at.x) < APART && Math.abs(group.at.y - at.y) < APART);
    if (near) near.points.push(point);
    else groups.push({ at, points: [point] });
  }
  return groups;
}

function gatherElement(map, group, words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `map-gather${group.points.some((point) => point.state === "late") ? " late" : ""}`;
  button.textContent = group.points.length;
  button.setAttribute("aria-label", words.replace("{n}", group.points.length));
  button.addEventListener("click", () => {
    const bounds = group.points.reduce((box, point) => box.extend(point.at), new LngLatBounds(group.points[0].at, group.points[0].at));
    if (map.getZoom() < NEAREST - 0.5) map.fitBounds(bounds, { padding: 64, maxZoom: NEAREST });
    else map.getContainer().closest(".map")?.querySelector("details")?.setAttribute("open", "");
  });
  return button;
}

function single(map, point) {
  const marker = new Marker({ element: pointElement(point) }).setLngLat(point.at);
  if (!point.href && point.text) marker.setPopup(new Popup({ closeButton: false }).setText(point.text));
  return marker.addTo(map);
}

// Lays points on a map and gathers them anew as it moves; returns what takes them away.
export function addPoints(map, points, words) {
  let markers = [];
  const clear = () => markers.splice(0).forEach((marker) => marker.remove());
  const lay = () => {
    const { width, height } = map.getCanvas().getBoundingClientRect();
    clear();
    markers = gathered(map, points)
      .filter(({ at }) => at.x > -APART && at.y > -APART && at.x < width + APART && at.y < height + APART)
      .map((group) =>
        group.points.length === 1
          ? single(map, group.points[0])
          : new Marker({ element: gatherElement(map, group, words) }).setLngLat(map.unproject(group.at)).addTo(map),
      );
  };
  map.on("moveend", lay);
  map.on("resize", lay);
  lay();
  return () => {
    map.off("moveend", lay);
    map.off("resize", lay);
    clear();
  };
}
