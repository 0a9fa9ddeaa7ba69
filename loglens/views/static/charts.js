// A column of charts that are drawn when they come into sight, and again when anything about them changes.

import { el } from "./dom.js";
import { saveJson, fileName } from "./download.js";
import { draw } from "./plot.js";

const EAGER = 2; // charts drawn without being scrolled to: what fits on a screen

export class ChartColumn {
  #charts = [];
  #watch = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "200px" });
  #size = new ResizeObserver(() => this.#fit());

  /** `shown(verdict, kind)` says whether that evidence of a verdict is wanted. */
  constructor(source, options, shown) {
    this.source = source;
    this.options = options;
    this.shown = shown;
    this.element = el("div", { class: "charts" });
    this.#size.observe(this.element);
  }

  /** `figures`: [{figure, payload, title, said}]. */
  show(figures) {
    for (const chart of this.#charts) this.#watch.unobserve(chart.node);
    this.#charts = figures.map((one, index) => this.#chart(one, index));
    this.element.replaceChildren(...this.#charts.map((chart) => chart.element));
    return this.#drawFirst(this.#charts.slice(0, EAGER));
  }

  /** One after the other, each on screen before the next is begun. */
  async #drawFirst(charts) {
    for (const chart of charts) {
      await this.#draw(chart);
      await new Promise((done) => setTimeout(done));
    }
  }

  /** Only what was drawn for another width is drawn again: an observer's first call tells nothing new. */
  #fit() {
    for (const chart of this.#charts) if (chart.drawn && chart.width !== chart.node.clientWidth) this.#draw(chart);
  }

  redraw() {
    for (const chart of this.#charts) if (chart.drawn) this.#draw(chart);
  }

  close() {
    this.#watch.disconnect();
    this.#size.disconnect();
    for (const chart of this.#charts) if (chart.drawn) window.Plotly?.purge(chart.node);
  }

  #chart({ figure, payload, title, said, note }, index) {
    const node = el("div", { class: "plot", role: "img", "aria-label": `${title}. ${said}`, style: `height:${figure.layout.height}px` });
    const chart = { figure, payload, node, drawn: false };
    const png = el("button", { type: "button", class: "quiet", title: "Download as PNG", onclick: () => this.#png(chart, title) }, "PNG");
    const json = el("button", { type: "button", class: "quiet", title: "Download the figure for plotly", onclick: () => saveJson(fileName(title), plain(node)) }, "JSON");
    const head = el("figcaption", {}, el("h3", {}, title), el("span", { class: "said" }, note ?? ""), el("span", { class: "row" }, png, json));
    chart.element = el("figure", { class: "chart" }, head, node);
    if (index >= EAGER) this.#watch.observe(node);
    return chart;
  }

  #seen(entries) {
    for (const entry of entries) {
      const chart = this.#charts.find((one) => one.node === entry.target);
      if (entry.isIntersecting && chart && !chart.drawn) this.#draw(chart);
    }
  }

  async #draw(chart) {
    if (!chart.node.isConnected || !chart.node.clientWidth) return;
    chart.drawn = true;
    chart.width = chart.node.clientWidth;
    try {
      await draw(this.source, chart.node, chart.payload, chart.figure, this.options, this.shown);
      chart.node.dataset.drawn = String(Number(chart.node.dataset.drawn ?? 0) + 1);
    } catch (error) {
      chart.drawn = false;
      chart.node.replaceChildren(el("p", { class: "state" }, `This chart could not be drawn: ${error.message}.`));
    }
  }

  async #png(chart, title) {
    await this.#draw(chart);
    await window.Plotly.downloadImage(chart.node, { format: "png", width: 1200, height: 600, scale: 2, filename: fileName(title) });
  }
}

const plain = (node) => ({ data: node.data, layout: node.layout });
