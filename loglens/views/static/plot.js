// Drawing figures: picks an axis, a scale, a smoothing and the theme's colours; the figure itself came from Python.

import { el } from "./dom.js";
import { timeUnit } from "./format.js";

let loading = null;

/** plotly.js, loaded once and only when the first chart is wanted. */
export function loadPlotly(source) {
  loading ??= source.plotlyUrl().then(
    (url) =>
      new Promise((resolve, reject) => {
        const script = el("script", { src: url });
        script.addEventListener("load", () => resolve(window.Plotly));
        script.addEventListener("error", () => reject(new Error("the chart library could not be loaded")));
        document.head.append(script);
      }),
  );
  loading.catch(() => (loading = null));
  return loading;
}

/** The theme's colour of a meaning: train, validation, fail, text, grid, ... */
export const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--ink-${name}`).trim();

const CONFIG = { displaylogo: false, showSendToCloud: false, responsive: false, doubleClick: "reset" };
const REMOVED = ["select2d", "lasso2d", "autoScale2d", "toImage", "zoomIn2d", "zoomOut2d"];

/** Draws `figure` into `node`. `shown(verdict, kind)` says whether that evidence of that verdict is wanted. */
export async function draw(source, node, payload, figure, options, shown) {
  const Plotly = await loadPlotly(source);
  const start = Math.min(...payload.display.map((curve) => curve.wall_times[0] ?? Infinity));
  const axis = figure.layout.meta.axes.includes(options.axis) ? options.axis : "step";
  const unit = timeUnit(duration(payload.display, start));
  const place = (at) => (axis === "time" ? at.time.map((seconds) => seconds / unit.seconds) : (at[axis] ?? at.step));
  const data = [];
  const told = new Set(); // the legend names each kind of evidence once, among what is shown
  for (const trace of figure.data) {
    if (trace.meta.curve !== undefined) {
      const curve = payload.display[trace.meta.curve];
      data.push(...lines(trace, curve, place(positions(curve, start)), options.smoothing));
    } else if (shown(trace.meta.verdict, trace.mode === "lines" ? "overlay" : "marker")) {
      data.push({ ...evidence(trace, place(trace.meta)), showlegend: !told.has(trace.legendgroup) });
      told.add(trace.legendgroup);
    }
  }
  const title = axis === "time" ? `${unit.name} since the run began` : axis === "epoch" ? "epoch" : figure.layout.meta.steps;
  const layout = themed(figure.layout, title, options);
  layout.shapes = figure.layout.shapes.flatMap((shape, i) => {
    const at = figure.layout.meta.shapes[i];
    if (!shown(at.verdict, "interval")) return [];
    const [x0, x1] = place(at);
    const first = shape.showlegend && !told.has(shape.name);
    told.add(shape.name);
    const label = shape.label && { ...shape.label, font: { ...shape.label.font, color: ink(at.ink) } };
    return [{ ...shape, x0, x1, fillcolor: ink(at.ink), showlegend: first, ...(label ? { label } : {}) }];
  });
  layout.width = node.clientWidth || undefined;
  await Plotly.react(node, data, layout, { ...CONFIG, modeBarButtonsToRemove: REMOVED });
  return Plotly;
}

export function positions(curve, start) {
  return { step: curve.steps, epoch: curve.epochs, time: curve.wall_times.map((seconds) => seconds - start) };
}

export function duration(display, start) {
  return Math.max(0, ...display.map((curve) => (curve.wall_times.at(-1) ?? start) - start));
}

/** A curve as it is or, smoothed, over its faint raw self: the eye sees both, and no verdict has seen either. */
export function lines(trace, curve, x, smoothing, colour = ink(trace.meta.ink)) {
  const line = { ...trace.line, color: colour };
  const raw = { ...trace, x, y: curve.values, line, marker: { ...trace.marker, color: colour } };
  if (!smoothing) return [raw];
  return [
    { ...raw, opacity: 0.28, hoverinfo: "skip", showlegend: false, mode: "lines" },
    { ...raw, y: smooth(curve.values, smoothing), mode: "lines" },
  ];
}

/** An exponential moving average without the bias to its start, as TensorBoard's slider does; gaps stay gaps. */
export function smooth(values, weight) {
  let sum = 0;
  let mass = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * weight + (1 - weight) * value;
    mass = mass * weight + (1 - weight);
    return sum / mass;
  });
}

function evidence(trace, x) {
  const colour = ink(trace.meta.ink);
  const dressed = { ...trace, x };
  if (trace.line) dressed.line = { ...trace.line, color: colour };
  if (trace.marker) dressed.marker = { ...trace.marker, color: colour, line: { width: 1.5, color: ink("paper") } };
  return dressed;
}

export function themed(layout, title, options) {
  const axis = { gridcolor: ink("grid"), tickcolor: ink("grid"), linecolor: ink("grid") };
  return {
    ...layout,
    font: { ...layout.font, color: ink("text") },
    hoverlabel: { bgcolor: ink("paper"), bordercolor: ink("grid"), font: { color: ink("text") } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: ink("faint"), activecolor: ink("text") },
    xaxis: { ...layout.xaxis, ...axis, title: { text: title, font: { size: 12 }, standoff: 6 } },
    yaxis: { ...layout.yaxis, ...axis, type: options.log && layout.meta.positive ? "log" : "linear" },
  };
}
