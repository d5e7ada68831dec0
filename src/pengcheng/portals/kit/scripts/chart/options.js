// Colours come from the page's tokens, so that a chart is right in every look.
function look() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const dark = style.colorScheme.includes("dark");
  const series = [1, 2, 3, 4, 5, 6, 7].map((n) => of(`series-${n}`));
  return {
    ink: of("ink"), quiet: of("ink-2"), line: of("line"), faint: of("ink-3"), surface: of("surface"), ground: of("ground"), watch: of("watch"),
    bay: of("bay"), series: dark ? [of("bay"), ...series.slice(1)] : series,
    faces: of("faces"), size: Math.max(13, parseFloat(style.fontSize) * 0.8125),
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
}

function shared(c, unit) {
  return {
    animation: !c.still,
    animationDuration: 300,
    textStyle: { fontFamily: c.faces, fontSize: c.size, color: c.quiet },
    tooltip: {
      trigger: "axis",
      // Drawn on the canvas: the page allows no inline style, which the other way would need.
      renderMode: "richText",
      backgroundColor: c.surface,
      borderColor: c.line,
      textStyle: { color: c.ink, fontFamily: c.faces, fontSize: c.size },
      valueFormatter: (value) => (value === null || value === undefined ? "-" : `${value.toLocaleString()} ${unit || ""}`.trim()),
    },
  };
}

// About how many ems a text is wide: a Latin letter is little more than half a Chinese one.
const wide = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1 : 0.58), 0);

// The target is told at the right end, outside the drawing, where no line runs through it.
function axes(c, data) {
  const text = { color: c.quiet, fontSize: c.size, fontFamily: c.faces };
  return {
    grid: { left: 4, right: data.target ? wide(data.target.text) * c.size + 10 : 12, top: 14, bottom: 2, containLabel: true },
    xAxis: {
      type: "category", data: data.labels, boundaryGap: data.boundary !== false,
      axisLine: { lineStyle: { color: c.line } }, axisTick: { show: false }, axisLabel: { ...text, hideOverlap: true, margin: c.size * 0.6 },
    },
    yAxis: {
      type: "value", min: data.from, max: data.to, interval: data.from !== undefined && data.to !== undefined ? (data.to - data.from) / 2 : undefined, splitNumber: c.height && c.height < c.size * 9 ? 2 : 3,
      splitLine: { lineStyle: { color: c.line } }, axisLabel: text,
    },
  };
}

function targetLine(c, target) {
  if (!target) return undefined;
  return {
    silent: true, symbol: "none",
    lineStyle: { color: c.watch, type: "dashed", width: Math.max(1, c.size / 13) },
    label: { formatter: target.text, position: "end", color: c.watch, fontSize: c.size, fontFamily: c.faces },
    data: [{ yAxis: target.value }],
  };
}

function lines(c, data, unit) {
  const drawn = data.series.map((series, index) => {
    const before = series.style === "before";
    const colour = before ? c.faint : c.series[index % c.series.length];
    const last = series.values.reduce((found, value, at) => (value === null ? found : at), -1);
    return {
      type: "line", name: series.name, symbol: "circle",
      symbolSize: (_, at) => (series.style === "now" && at.dataIndex === last ? c.size * 0.6 : 0),
      showAllSymbol: true,
      data: series.values,
      lineStyle: { width: (before ? 0.115 : 0.19) * c.size, color: colour, type: series.style === "estimate" ? "dashed" : "solid" },
      itemStyle: { color: colour },
      markLine: index === 0 ? targetLine(c, data.target) : undefined,
    };
  });
  return { ...shared(c, unit), ...axes(c, { ...data, boundary: false }), series: drawn };
}

function bars(c, data, unit) {
  const drawn = data.series.map((series, index) => {
    const estimate = series.style === "estimate";
    const colour = series.style === "before" ? c.faint : c.series[index % c.series.length];
    return {
      type: "bar", name: series.name, stack: data.stacked ? "all" : undefined, data: series.values, barMaxWidth: c.size * 2.8, barGap: "10%", barCategoryGap: "25%",
      itemStyle: { color: estimate ? "transparent" : colour, borderColor: estimate ? c.faint : colour, borderType: estimate ? "dashed" : "solid", borderRadius: [3, 3, 0, 0] },
      markLine: index === 0 ? targetLine(c, data.target) : undefined,
    };
  });
  return { ...shared(c, unit), ...axes(c, data), series: drawn };
}

// A unit's name has the room it needs, or two lines in more than half of the drawing where the
// drawing is high enough for them; the table tells each name whole.
function flow(c, data, unit) {
  const ends = new Set(data.links.map((link) => link.to));
  const longest = c.size * (Math.max(...[...ends].map(wide), 0) + 0.5);
  const names = Math.min(longest, c.width * 0.58);
  const line = c.size * 1.2;
  const rows = longest > names && c.height > ends.size * line * 2.2 ? 2 : 1;
  const edge = line * rows * 0.6;
  const apart = rows === 2 ? line * 1.9 : c.size * 1.05;
  const options = shared(c, unit);
  return {
    ...options,
    tooltip: { ...options.tooltip, trigger: "item" },
    series: [{
      type: "sankey", left: 4, right: names + c.size, top: edge, bottom: edge, nodeWidth: c.size * 0.75, nodeGap: apart, draggable: false,
      data: data.nodes.map((name, index) => ({ name, itemStyle: { color: c.series[index % c.series.length] } })),
      links: data.links.map((link) => ({ source: link.from, target: link.to, value: link.value })),
      label: { color: c.ink, fontSize: c.size, fontFamily: c.faces, lineHeight: line, overflow: rows === 2 ? "break" : "truncate", lineOverflow: "truncate", height: rows * line, width: names },
      lineStyle: { color: "source", opacity: 0.28 },
      emphasis: { focus: "adjacency" },
    }],
  };
}

export function optionsFor(kind, data, unit, { height = 0, width = 0 } = {}) {
  const c = { ...look(), height, width };
  return { line: lines, bar: bars, flow }[kind](c, data, unit);
}
