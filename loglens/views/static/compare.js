// Several runs over one another: one chart for each tag and phase that they share.

import { ChartColumn } from "./charts.js";
import { el, icon } from "./dom.js";
import { number, plural, step } from "./format.js";
import { optionBar, options } from "./options.js";
import { positions } from "./plot.js";
import { chips } from "./status.js";

const DASHES = ["solid", "dash", "dot", "dashdot"];
const COLOURS = 8; // --ink-run-0 ... in style.css; further runs take the next dash
const MOST = 16; // beyond, no eye tells the lines apart

export class CompareView {
  constructor(source, names, rows, { back, open }) {
    this.source = source;
    this.names = names.slice(0, MOST);
    this.left = names.length - this.names.length;
    this.rows = rows;
    this.back = back;
    this.open = open;
    this.charts = new ChartColumn(source, options, () => true);
    this.said = el("p", { class: "state", role: "status" }, "Opening the runs …");
    this.element = el("section", { class: "run-view compare", "aria-label": "Runs overlaid" }, this.#bar(), this.said);
  }

  async load() {
    const results = await Promise.allSettled(this.names.map((name) => this.source.run(name)));
    const payloads = results.filter((result) => result.status === "fulfilled").map((result) => result.value);
    const failed = this.names.filter((_, i) => results[i].status === "rejected");
    const figures = overlay(payloads);
    const notes = [];
    if (failed.length) notes.push(`Not found: ${failed.join(", ")}.`);
    if (this.left) notes.push(`The first ${MOST} are shown; ${plural(this.left, "run")} left out.`);
    if (!figures.length) notes.push("These runs share no curve that could be drawn.");
    const axes = new Set(figures.flatMap(({ figure }) => figure.layout.meta.axes));
    const body = el("div", { class: "run-body" }, this.#legend(), el("div", { class: "main" }, optionBar([...axes], () => this.charts.redraw()), notes.map((note) => el("p", { class: "hint-box" }, note)), this.charts.element));
    this.element.replaceChildren(this.#bar(), el("header", { class: "run-head" }, el("h1", { tabindex: "-1" }, `${plural(payloads.length, "run")} overlaid`)), body);
    this.element.querySelector("h1").focus({ preventScroll: true });
    await this.charts.show(figures);
  }

  close() {
    this.charts.close();
  }

  #bar() {
    return el("nav", { class: "crumbs", "aria-label": "Runs" }, el("button", { type: "button", class: "quiet back", onclick: this.back }, icon("back"), "All runs"));
  }

  #legend() {
    const items = this.names.map((name, i) => {
      const row = this.rows(name);
      return el(
        "li",
        {},
        el("span", { class: `swatch ${DASHES[Math.floor(i / COLOURS) % DASHES.length]}`, style: `--swatch:var(--ink-run-${i % COLOURS})`, "aria-hidden": "true" }),
        el("button", { type: "button", class: "link", onclick: () => this.open(name) }, name),
        row ? el("span", { class: "row" }, chips(row, 2)) : null,
        row && row.best_step !== null ? el("span", { class: "hint" }, `best ${row.best_tag} ${number(row.best_value)} at step ${step(row.best_step)}`) : null,
      );
    });
    return el("section", { class: "verdicts", "aria-label": "Runs shown" }, el("h2", {}, "Runs"), el("ol", { class: "run-list" }, items));
  }
}

/** Text for plotly, which takes tags in names for markup. */
const plainText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** One figure for each (tag, phase) that at least two of the runs have, their curves in the runs' colours. */
function overlay(payloads) {
  const display = [];
  const shared = new Map();
  payloads.forEach((payload, i) => {
    const start = Math.min(...payload.display.map((curve) => curve.wall_times[0] ?? Infinity));
    for (const figure of payload.figures) {
      for (const trace of figure.data) {
        if (trace.meta.curve === undefined) continue;
        const curve = payload.display[trace.meta.curve];
        const key = `${curve.tag}\n${trace.meta.phase}`;
        if (!shared.has(key)) shared.set(key, { layout: figure.layout, tag: curve.tag, phase: trace.meta.phase, traces: [], runs: new Set() });
        const at = positions(curve, start);
        display.push({ ...curve, wall_times: at.time });
        const one = shared.get(key);
        one.runs.add(i);
        one.traces.push({
          ...trace,
          mode: "lines",
          name: plainText(payload.run.name),
          line: { width: 1.8, dash: DASHES[Math.floor(i / COLOURS) % DASHES.length] },
          meta: { ...trace.meta, curve: display.length - 1, ink: `run-${i % COLOURS}` },
        });
      }
    }
  });
  const later = (one) => Number(one.phase !== "validation"); // what generalises is compared first
  return [...shared.values()]
    .filter((one) => one.runs.size > 1)
    .sort((a, b) => later(a) - later(b))
    .map((one) => {
      const axes = one.traces.every((trace) => display[trace.meta.curve].epochs) ? ["step", "epoch", "time"] : ["step", "time"];
      const positive = one.traces.every((trace) => display[trace.meta.curve].values.every((value) => value === null || value > 0));
      const meta = { ...one.layout.meta, axes, positive, shapes: [] };
      const figure = { data: one.traces, layout: { ...one.layout, shapes: [], showlegend: false, hovermode: "closest", meta } };
      const phase = one.phase === "none" ? "" : ` · ${one.phase}`;
      return { figure, payload: { display }, title: `${one.tag}${phase}`, note: "", said: plural(one.traces.length, "curve") };
    });
}
