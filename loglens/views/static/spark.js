// A sparkline: the course of the curve that matters, its best step, and the stretch a finding speaks of.

import { svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 28;
const EDGE = 3;

export function sparkline(row) {
  const spark = row.spark;
  if (!spark || spark.x.length < 2) return null;
  const x = (value) => EDGE + (value / 100) * (WIDTH - 2 * EDGE);
  const y = (value) => HEIGHT - EDGE - (value / 100) * (HEIGHT - 2 * EDGE);
  let path = "";
  let pen = false;
  spark.x.forEach((at, i) => {
    if (spark.y[i] === null) {
      pen = false;
      return;
    }
    path += `${pen ? "L" : "M"}${x(at).toFixed(1)} ${y(spark.y[i]).toFixed(1)}`;
    pen = true;
  });
  const parts = [];
  if (spark.onset !== null && row.findings.length) {
    const from = x(spark.onset);
    const width = Math.max(1.5, WIDTH - EDGE - from);
    parts.push(svg("rect", { class: `stretch ${row.findings[0].status}`, x: from, y: 0, width, height: HEIGHT }));
  }
  parts.push(svg("path", { class: "line", d: path }));
  if (spark.best !== null) {
    const i = nearest(spark.x, spark.best);
    if (spark.y[i] !== null) parts.push(svg("circle", { class: "best", cx: x(spark.best), cy: y(spark.y[i]), r: 2.6 }));
  }
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" }, parts);
}

function nearest(sorted, value) {
  let best = 0;
  sorted.forEach((item, i) => {
    if (Math.abs(item - value) < Math.abs(sorted[best] - value)) best = i;
  });
  return best;
}
