import { BarChart, LineChart, SankeyChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { optionsFor } from "./options.js";

use([BarChart, LineChart, SankeyChart, GridComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

export function draw(island) {
  const data = () => JSON.parse(document.getElementById(island.dataset.source).textContent);
  const chart = init(island);
  const paint = () => {
    chart.setOption(optionsFor(island.dataset.kind, data(), island.dataset.unit, { height: island.clientHeight, width: island.clientWidth }), true);
    island.dataset.drawn = "1";
  };
  paint();
  island.addEventListener("kit:data", paint);
  new ResizeObserver(() => chart.resize()).observe(island);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}
