// The page: what TensorBoard's tab loads, and what the shareable file starts. Holds the rows and chooses the view.

import { CompareView } from "./compare.js";
import { el, icon } from "./dom.js";
import { downloadMenu, save, saveJson, verdictsCsv } from "./download.js";
import { plural, step } from "./format.js";
import { followTheme, isPanel, onAddress, onReload, readAddress, writeAddress } from "./host.js";
import { loadPlotly } from "./plot.js";
import { RunView } from "./run.js";
import { openSource } from "./source.js";
import { RunTable } from "./table.js";

export function render() {
  document.documentElement.lang = "en";
  if (isPanel) document.head.append(el("link", { rel: "stylesheet", href: "./static/style.css" }));
  new Page(openSource()).start();
}

class Page {
  rows = new Map();
  state = "reading";
  view = null;
  problem = "";

  constructor(source) {
    this.source = source;
    this.table = new RunTable({ open: (name) => this.#go("run", [name]), compare: (names) => this.#go("compare", names) });
    this.progress = el("div", { class: "progress", role: "progressbar", "aria-label": "Reading runs", "aria-valuemin": "0", hidden: true }, el("span", {}));
    this.banner = el("div", { class: "banners" });
    this.place = el("div", { class: "place" }, skeleton());
    this.said = el("p", { class: "sr", role: "status" });
  }

  start() {
    this.menu = downloadMenu([
      ["Verdicts as CSV", async () => save("loglens-verdicts.csv", "text/csv", verdictsCsv((await this.source.report()).runs))],
      ["Report as JSON", async () => saveJson("loglens-report", await this.source.report())],
    ]);
    const theme = isPanel ? null : el("button", { type: "button", class: "quiet", "aria-label": "Switch between light and dark", title: "Light or dark", onclick: () => this.#theme(document.documentElement.dataset.theme !== "dark") }, icon("light"));
    this.top = el("header", { class: "top" }, el("span", { class: "mark" }, "LogLens"), (this.subtitle = el("span", { class: "hint" })), el("span", { class: "row end" }, this.menu, theme));
    const main = el("main", { id: "loglens" }, this.top, this.progress, this.banner, this.place, this.said);
    document.body.append(main);
    followTheme((dark) => this.#theme(dark));
    onAddress(() => this.#route());
    onReload(() => this.source.refresh());
    this.source.start(
      (update) => this.#update(update),
      (error) => this.#failed(error),
    );
  }

  #theme(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    this.view?.charts.redraw();
  }

  #update(update) {
    const first = this.rows.size === 0;
    if (update.full) this.rows.clear();
    for (const name of update.removed) this.rows.delete(name);
    for (const row of update.rows) this.rows.set(row.name, row);
    const changed = update.full || update.rows.length > 0 || update.removed.length > 0;
    const was = this.state;
    this.state = update.state;
    this.problem = update.state === "error" ? update.message : "";
    this.#showProgress(update);
    this.#showBanners(update);
    if (changed) this.table.update([...this.rows.values()]);
    if (first && this.rows.size) {
      this.#route();
      whenIdle(() => loadPlotly(this.source).catch(() => null)); // a chart that needs it tries again and tells
    } else if (was !== this.state || !this.view) this.#place();
    if (changed && !first && this.view?.name && update.rows.some((row) => row.name === this.view.name)) this.view.load();
    if (was === "reading" && this.state === "ready") this.said.textContent = `${plural(this.rows.size, "run")} read.`;
  }

  #failed(error) {
    this.state = this.rows.size ? this.state : "error";
    this.problem = `The data cannot be reached (${error.message}).`;
    this.banner.replaceChildren(
      el("div", { class: "banner error", role: "alert" }, `${this.problem} ${this.source.follows ? "Is TensorBoard still running? Trying again every few seconds." : "The file may have been cut off: please fetch it again."}`),
    );
    this.#place();
  }

  #showProgress(update) {
    const { done, total } = update.progress ?? { done: 0, total: 0 };
    const reading = update.state === "reading";
    this.progress.hidden = !reading;
    this.progress.setAttribute("aria-valuemax", String(total));
    this.progress.setAttribute("aria-valuenow", String(done));
    this.progress.firstChild.style.width = `${total ? Math.max(2, (100 * done) / total) : 4}%`;
    const text = reading ? (total ? `reading ${step(done)} of ${step(total)}` : "looking for runs") : "";
    this.subtitle.textContent = text || (this.source.follows ? "" : `version ${update.loglens_version}`);
  }

  #showBanners(update) {
    const banners = [];
    if (update.sampled) {
      banners.push(
        el("div", { class: "banner warn" }, icon("warn"), el("span", {}, el("strong", {}, "Sampled, approximate. "), update.sampled)),
      );
    }
    if (update.unreadable.length) {
      const list = update.unreadable.slice(0, 200).map((item) => el("li", {}, el("code", {}, item.path), ` ${item.reason}`));
      banners.push(el("details", { class: "banner" }, el("summary", {}, `${plural(update.unreadable.length, "file or folder gave", "files or folders gave")} nothing`), el("ul", {}, list)));
    }
    const said = JSON.stringify([update.sampled, update.unreadable]);
    if (said !== this.bannersSaid || this.banner.querySelector(".error")) this.banner.replaceChildren(...banners);
    this.bannersSaid = said;
  }

  #go(kind, names) {
    writeAddress(kind, names);
    this.#route();
  }

  #route() {
    const { run, compare } = readAddress();
    const wanted = run.length ? `run\n${run[0]}` : compare.length > 1 ? `compare\n${compare.join("\n")}` : "";
    if (this.view && this.shown === wanted) return;
    const left = this.view?.name;
    this.view?.close();
    this.view = null;
    this.shown = wanted;
    const back = () => this.#go("run", []);
    if (run.length) {
      this.view = new RunView(this.source, run[0], () => this.rows.get(run[0]), { back, go: (name) => this.#go("run", [name]), order: () => this.table.order() });
    } else if (compare.length > 1) {
      this.view = new CompareView(this.source, compare, (name) => this.rows.get(name), { back, open: (name) => this.#go("run", [name]) });
    }
    this.#place();
    this.view?.load();
    if (!this.view && left) this.table.focusRow(left);
  }

  #place() {
    const content = this.view?.element ?? (this.rows.size ? this.table.element : this.#nothing());
    this.menu.hidden = this.view !== null || !this.rows.size;
    if (this.place.firstChild !== content) this.place.replaceChildren(content);
  }

  #nothing() {
    if (this.state === "reading") return this.place.querySelector(".skeleton") ?? skeleton();
    const title = this.state === "error" ? "The logs cannot be read" : "No runs yet";
    const text = this.problem || "No TensorBoard event files with scalars were found in the log directory.";
    return el(
      "div",
      { class: "state", role: this.state === "error" ? "alert" : null },
      el("h2", {}, title),
      text.split("\n").map((line) => el("p", {}, line)),
      this.source.follows ? el("p", { class: "hint" }, "This page looks again by itself; runs appear as soon as they log something.") : null,
    );
  }
}

/** After the table is on screen and nothing else is due. */
function whenIdle(work) {
  requestAnimationFrame(() => setTimeout(() => (window.requestIdleCallback ?? setTimeout)(work)));
}

function skeleton() {
  return el("div", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: 8 }, () => el("div", {})));
}
