// The calm base: grey-blue, few names, so that data speak. Layer names are those of the city's own
// tiles (engines.areas): water green roads labels districts sub_districts communities grid.
// No glyphs address: names are drawn with the reader's own faces, nothing is fetched from outside.
const FACES = ["PingFang SC", "HarmonyOS Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "sans-serif"];

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    land: of("map-land"), water: of("map-water"), green: of("map-green"), road: of("map-road"), line: of("map-line"),
    ink: of("ink"), ink2: of("ink-2"), ink3: of("ink-3"), ground: of("ground"), surface: of("surface"),
    bay: of("bay"), late: of("late"), watch: of("watch-rule"), good: of("good"),
    shades: [1, 2, 3, 4, 5].map((step) => of(`shade-${step}`)),
    scale: parseFloat(style.fontSize) / 16,
    dark: style.colorScheme.includes("dark"),
  };
}

function outline(id, layer, minzoom, paint) {
  return { id, type: "line", source: "city", "source-layer": layer, minzoom, paint };
}

export function baseStyle(origin, language, c) {
  const name = language === "en" ? ["coalesce", ["get", "name_en"], ["get", "name"]] : ["get", "name"];
  const label = (id, kinds, minzoom, size, colour) => ({
    id, type: "symbol", source: "city", "source-layer": "labels", minzoom,
    filter: ["in", ["get", "kind"], ["literal", kinds]],
    layout: { "text-field": name, "text-font": FACES, "text-size": size * c.scale, "text-padding": 6, "text-max-width": 8 },
    paint: { "text-color": colour, "text-halo-color": c.land, "text-halo-width": 1.4 },
  });
  return {
    version: 8,
    sources: { city: { type: "vector", tiles: [`${origin}/tiles/{z}/{x}/{y}.mvt`], minzoom: 5, maxzoom: 15 } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": c.land } },
      { id: "surroundings", type: "fill", source: "city", "source-layer": "surroundings", paint: { "fill-color": c.land } },
      { id: "green", type: "fill", source: "city", "source-layer": "green", paint: { "fill-color": c.green } },
      { id: "water", type: "fill", source: "city", "source-layer": "water", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c.water } },
      outline("rivers", "water", 9, { "line-color": c.water, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.6, 15, 4] }),
      outline("roads-local", "roads", 13, { "line-color": c.road, "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 13, 1, 17, 12] }),
      outline("roads", "roads", 9, {
        "line-color": c.road,
        "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 9, 0.8, 13, ["match", ["get", "kind"], "local", 1.5, 4], 17, ["match", ["get", "kind"], "local", 10, 20]],
      }),
      outline("grid", "grid", 15, { "line-color": c.line, "line-width": 0.5, "line-dasharray": [2, 3] }),
      outline("communities", "communities", 13, { "line-color": c.line, "line-width": 0.6, "line-dasharray": [3, 2] }),
      outline("sub-districts", "sub_districts", 11, { "line-color": c.line, "line-width": 0.8 }),
      outline("districts", "districts", 0, { "line-color": c.line, "line-width": 1.2 }),
      {
        id: "road-names", type: "symbol", source: "city", "source-layer": "roads", minzoom: 13,
        layout: { "symbol-placement": "line", "text-field": name, "text-font": FACES, "text-size": 13 },
        paint: { "text-color": c.ink2, "text-halo-color": c.road, "text-halo-width": 1.5 },
      },
      label("waters", ["sea", "bay", "water", "river", "reservoir"], 7, 13, c.ink3),
      label("neighbours", ["neighbour", "city"], 7, 13, c.ink3),
      label("names-community", ["community"], 13, 13, c.ink2),
      label("names-sub-district", ["sub_district"], 11, 13, c.ink2),
      label("names-district", ["district"], 8, 14, c.ink),
    ].filter((layer) => layer.id !== "roads-local"),
  };
}
