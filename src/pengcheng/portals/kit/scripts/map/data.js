// What a page lays over the base: shaded areas, points, plates.
const FEW = 12;
const ROOMY = 480;
const LEVEL_LAYERS = { district: "districts", sub_district: "sub_districts", community: "communities", grid: "grid" };

function shading(areas, c) {
  const shade = ["step", ["coalesce", ["get", ["to-string", ["get", "code"]], ["literal", areas.values]], -1], c.land];
  shade.push(-0.5, c.shades[0]);
  areas.steps.forEach((limit, index) => shade.push(limit, c.shades[index + 1]));
  return { "fill-color": shade, "fill-opacity": Object.keys(areas.values).length ? 0.92 : 0 };
}

function labelled(areas) {
  const features = (areas.labels || []).map(({ at, text, value }) => ({
    type: "Feature", geometry: { type: "Point", coordinates: at }, properties: { text, value: String(value), n: Number(String(value).replace(/[^0-9.]/g, "")) },
  }));
  return { type: "FeatureCollection", features };
}

// White on the darker shades of both looks, ink on the lighter ones, each held by what is around it.
function lettering(areas, c) {
  const onDark = (yes, no) => ["case", [">=", ["get", "n"], areas.steps[2]], yes, no];
  return {
    "text-color": c.dark ? c.ink : onDark("#fff", c.ink),
    "text-halo-color": c.dark ? c.land : onDark(c.shades[4], c.shades[0]),
    "text-halo-width": 1,
  };
}

// A name with its figure under it, in the middle of each area; the base's own names step back.
function addLabels(map, areas, c) {
  if (!areas.labels) return;
  for (const layer of ["names-district", "names-sub-district", "names-community"]) {
    if (map.getLayer(layer)) map.setLayoutProperty(layer, "visibility", "none");
  }
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  map.addSource("area-labels", { type: "geojson", data: labelled(areas) });
  map.addLayer({
    id: "area-labels", type: "symbol", source: "area-labels",
    layout: {
      "text-field": ["format", ["get", "text"], { "font-scale": 1 }, "\n", {}, ["get", "value"], { "font-scale": 1.25 }],
      "text-font": map.getLayoutProperty("waters", "text-font"), "text-size": 13 * size, "text-line-height": 1.25, "text-padding": 0,
      // A figure of a few areas is never left out where there is room; else the largest stand.
      "text-allow-overlap": areas.labels.length <= FEW && map.getContainer().clientWidth >= ROOMY * size,
      "symbol-sort-key": ["*", -1, ["to-number", ["get", "value"], 0]],
    },
    paint: lettering(areas, c),
  });
}

// The figures changed: the map stays where its reader put it.
export function renewAreas(map, areas, c) {
  if (!map.getLayer("areas")) return;
  for (const [name, value] of Object.entries(shading(areas, c))) map.setPaintProperty("areas", name, value);
  if (map.getLayer("area-labels")) for (const [name, value] of Object.entries(lettering(areas, c))) map.setPaintProperty("area-labels", name, value);
  map.getSource("area-labels")?.setData(labelled(areas));
}

export function addAreas(map, areas, c) {
  const source = areas.geojson ? "areas" : "city";
  if (areas.geojson) map.addSource("areas", { type: "geojson", data: areas.geojson, promoteId: "code" });
  const layer = areas.geojson ? {} : { "source-layer": LEVEL_LAYERS[areas.level] };
  const below = map.getLayer("districts") ? "districts" : undefined;
  map.addLayer({ id: "areas", type: "fill", source, ...layer, paint: shading(areas, c) }, below);
  map.addLayer({ id: "area-lines", type: "line", source, ...layer, paint: { "line-color": c.land, "line-width": 1.2 } });
  addLabels(map, areas, c);
  if (!areas.hrefs) return;
  map.on("click", "areas", (event) => {
    const href = areas.hrefs[String(event.features[0].properties.code)];
    if (href) location.assign(href);
  });
  map.on("mouseenter", "areas", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "areas", () => { map.getCanvas().style.cursor = ""; });
}

export function pin() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 34 42");
  svg.setAttribute("class", "map-pin");
  svg.setAttribute("aria-hidden", "true");
  for (const [tag, parts] of [
    ["path", { fill: "currentColor", stroke: "#fff", "stroke-width": "1.5", d: "M17 1C8.700 1 2 7.600 2 15.800 2 27 17 41 17 41s15-14 15-25.200C32 7.600 25.300 1 17 1z" }],
    ["circle", { cx: "17", cy: "16", r: "5.500", fill: "#fff" }],
  ]) {
    const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(parts)) part.setAttribute(name, value);
    svg.append(part);
  }
  return svg;
}

export function pointElement(point) {
  const element = document.createElement(point.href ? "a" : "span");
  element.className = `map-point ${point.state || ""}`;
  element.title = point.text || "";
  element.setAttribute("role", point.href ? "link" : "img");
  element.setAttribute("aria-label", point.text || "");
  if (point.href) element.href = point.href;
  return element;
}

// Plates hang at the top and bottom edge on straight leader lines, so that they never hide the place.
// Returns what takes them down again.
export function addPlates(map, frame, plates) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "map-plates");
  svg.setAttribute("aria-hidden", "true");
  frame.append(svg);
  const hung = plates.map((plate) => {
    const link = document.createElement("a");
    link.className = "map-plate";
    link.href = plate.href || "#";
    const text = document.createElement("span");
    text.textContent = plate.text;
    const note = document.createElement("span");
    note.textContent = plate.note || "";
    note.className = plate.state || "late";
    link.append(text, note);
    frame.append(link);
    const part = (tag) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      made.setAttribute("class", plate.state || "late");
      svg.append(made);
      return made;
    };
    return { plate, link, line: part("line"), dot: part("circle") };
  });
  const place = () => hang(map, frame, hung);
  map.on("move", place);
  map.on("resize", place);
  place();
  return () => {
    map.off("move", place);
    map.off("resize", place);
    svg.remove();
    for (const { link } of hung) link.remove();
  };
}

// Plates of one edge, from west to east: each over its place, moved no more than its neighbours need.
function spread(row, width) {
  row.sort((one, other) => one.at.x - other.at.x);
  let groups = [];
  for (const item of row) {
    groups.push({ items: [item], want: item.at.x, size: item.link.offsetWidth + GAP });
    for (let last = groups.length - 1; last > 0; last = groups.length - 1) {
      const [before, here] = [groups[last - 1], groups[last]];
      if (before.want + before.size / 2 <= here.want - here.size / 2) break;
      const items = [...before.items, ...here.items];
      groups = [...groups.slice(0, last - 1), { items, size: before.size + here.size, want: items.reduce((sum, one) => sum + one.at.x, 0) / items.length }];
    }
  }
  for (const group of groups) {
    let left = Math.min(Math.max(group.want - group.size / 2, GAP / 2), width - group.size - GAP / 2);
    for (const item of group.items) {
      item.left = left + GAP / 2;
      left += item.link.offsetWidth + GAP;
    }
  }
}

const GAP = 12;

const long = (row) => row.reduce((sum, item) => sum + item.link.offsetWidth + GAP, GAP);

function show({ link, line, dot }, shown) {
  link.toggleAttribute("hidden", !shown);
  for (const part of [line, dot]) part.style.display = shown ? "" : "none";
}

function hang(map, frame, hung) {
  const radius = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.36;
  const { clientWidth: width, clientHeight: height } = frame;
  const edges = { top: [], bottom: [] };
  for (const item of hung) {
    item.at = map.project(item.plate.at);
    const inside = item.at.x > 0 && item.at.y > 0 && item.at.x < width && item.at.y < height;
    show(item, inside);
    if (inside) edges[item.at.y < height * 0.62 ? "top" : "bottom"].push(item);
  }
  // Where an edge has no room for all, the lowest place's plate hangs at the other edge.
  while (edges.top.length > 1 && long(edges.top) > width) {
    edges.bottom.push(edges.top.sort((one, other) => one.at.y - other.at.y).pop());
  }
  // What neither edge can hold is left to the list: the first plates matter most.
  for (const row of Object.values(edges)) {
    while (row.length > 1 && long(row) > width) show(row.sort((one, other) => hung.indexOf(one) - hung.indexOf(other)).pop(), false);
  }
  for (const [edge, row] of Object.entries(edges)) {
    spread(row, width);
    for (const { at, left, link, line, dot } of row) {
      const y = edge === "top" ? GAP : height - link.offsetHeight - GAP;
      link.style.left = `${left}px`;
      link.style.top = `${y}px`;
      const foot = edge === "top" ? y + link.offsetHeight : y;
      // Upright where the plate stands over its place, else from its nearer corner.
      const x = Math.min(Math.max(at.x, left + GAP), left + link.offsetWidth - GAP);
      for (const [name, value] of [["x1", x], ["y1", foot], ["x2", at.x], ["y2", at.y]]) line.setAttribute(name, value);
      for (const [name, value] of [["cx", at.x], ["cy", at.y], ["r", radius]]) dot.setAttribute(name, value);
    }
  }
}
