import { AttributionControl, Map as CityMap, Marker, NavigationControl, setWorkerUrl } from "maplibre-gl";
import { addAreaLinks } from "./area_links.js";
import { baseStyle, colours } from "./base.js";
import { addAreas, addPlates, pin, renewAreas } from "./data.js";
import { addPicker } from "./picker.js";
import { addPoints } from "./points.js";

const CITY = { center: [114.11, 22.6], zoom: 8.9 };

const em = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

function dataOf(island) {
  const source = document.getElementById(island.dataset.source);
  return source ? JSON.parse(source.textContent) : {};
}

// Points and plates as they stand now; what stood before is taken away.
function placed(map, island) {
  let placed = [];
  return (data) => {
    for (const takeDown of placed) takeDown();
    placed = [
      addPoints(map, data.points || [], island.dataset.gathered),
      data.plates ? addPlates(map, island, data.plates) : () => {},
      data.areas ? addAreaLinks(map, island, data.areas, island.dataset.label) : () => {},
    ];
  };
}

function overlay(map, data, island) {
  if (data.areas) addAreas(map, data.areas, colours());
  island.dataset.drawn = "1";
}

export function draw(island) {
  const data = dataOf(island);
  const { dataset } = island;
  setWorkerUrl(new URL(dataset.worker, document.baseURI).href);
  const style = () => baseStyle(location.origin, dataset.language, colours());
  let map;
  try {
    map = new CityMap({
      container: island,
      style: style(),
      center: data.center || CITY.center,
      zoom: data.zoom || CITY.zoom,
      bounds: data.bounds,
      fitBoundsOptions: { padding: data.plates?.length ? { top: 4.5 * em(), bottom: 2.5 * em(), left: em(), right: em() } : 24 },
      interactive: !data.still,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      cooperativeGestures: false,
      fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
      locale: { "NavigationControl.ZoomIn": dataset.zoomIn, "NavigationControl.ZoomOut": dataset.zoomOut, "Map.Title": dataset.label },
    });
  } catch (fault) {
    // No WebGL: the table below the map says the same.
    const told = document.createElement("p");
    told.className = "map__failed";
    told.textContent = dataset.failed;
    island.replaceChildren(told);
    const table = island.closest(".map")?.querySelector("details");
    if (table) table.open = true;
    return;
  }
  map.touchZoomRotate.disableRotation();
  if (!data.still) map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
  if (data.credit) map.addControl(new AttributionControl({ customAttribution: data.credit, compact: true }));
  map.on("error", () => {}); // A missing tile leaves the ground; the data above it stay.
  map.on("style.load", () => overlay(map, dataOf(island), island));
  map.once("load", () => {
    const place = placed(map, island);
    place(data);
    island.addEventListener("kit:data", () => {
      const fresh = dataOf(island);
      if (fresh.areas) renewAreas(map, fresh.areas, colours());
      place(fresh);
    });
    if (data.pin) new Marker({ element: pin(), anchor: "bottom" }).setLngLat(data.pin).addTo(map);
    addPicker(map, island, island);
  });
  map.once("idle", () => { island.dataset.idle = "1"; });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.setStyle(style()));
}
