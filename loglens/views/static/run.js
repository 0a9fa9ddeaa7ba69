// One run: what was found, the curves with the evidence on them, and the roles behind it.

import { ChartColumn } from "./charts.js";
import { el, icon } from "./dom.js";
import { curvesCsv, downloadMenu, fileName, save, saveJson, verdictsCsv } from "./download.js";
import { number, plural, step, words } from "./format.js";
import { optionBar, options } from "./options.js";
import { TRUSTED, rolesLabel, rolesView } from "./roles.js";
import { statusBadge } from "./status.js";
import { verdictList } from "./verdicts.js";

export class RunView {
  #hidden = new Set(); // detector names whose evidence was switched off
  #shown = new Set(); // and on, beyond those that are on by themselves
  #tab = "charts";

  /** `row()` gives the run's line of the table as it is now. */
  constructor(source, name, row, { back, go, order }) {
    this.source = source;
    this.name = name;
    this.row = row;
    this.back = back;
    this.go = go;
    this.order = order;
    this.charts = new ChartColumn(source, options, (index, kind) => this.#isShown(index, kind));
    this.element = el("section", { class: "run-view", "aria-label": `Run ${name}` }, this.#bar(), el("p", { class: "state", role: "status" }, "Opening the run …"));
  }

  async load() {
    let payload;
    try {
      payload = await this.source.run(this.name);
    } catch (error) {
      this.element.lastChild.replaceWith(
        el("div", { class: "state", role: "alert" }, el("h2", {}, "This run cannot be shown"), el("p", {}, `${error.message}`), el("button", { type: "button", onclick: () => this.load() }, "Try again")),
      );
      return;
    }
    const first = this.payload === undefined;
    this.payload = payload;
    await this.#show(first);
  }

  close() {
    this.charts.close();
  }

  #bar() {
    const names = this.order();
    const at = names.indexOf(this.name);
    const move = (by, label, glyph) => {
      const target = names[at + by];
      return el("button", { type: "button", class: "quiet", disabled: at < 0 || target === undefined, "aria-label": label, title: target ?? label, onclick: () => this.go(target) }, icon(glyph));
    };
    return el(
      "nav",
      { class: "crumbs", "aria-label": "Runs" },
      el("button", { type: "button", class: "quiet back", onclick: this.back }, icon("back"), "All runs"),
      el("span", { class: "row" }, at >= 0 ? el("span", { class: "hint" }, `${step(at + 1)} of ${step(names.length)}`) : null, move(-1, "Previous run", "back"), move(1, "Next run", "next")),
    );
  }

  async #show(first) {
    const { run } = this.payload;
    const evidence = {
      has: (index) => run.verdicts[index].evidence.some((item) => item.kind !== "fact"),
      shown: (index) => this.#isShown(index),
      toggle: (index) => this.#toggle(index),
    };
    const tab = (key, label) =>
      el("button", { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `panel-${key}`, "aria-selected": String(this.#tab === key), tabindex: this.#tab === key ? null : "-1", onclick: () => this.#choose(key) }, label);
    this.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Views of the run", onkeydown: (event) => this.#tabKeys(event) }, tab("charts", "Charts"), tab("roles", rolesLabel(this.payload)));
    const axes = new Set(this.payload.figures.flatMap((figure) => figure.layout.meta.axes));
    this.panels = {
      charts: el("div", { role: "tabpanel", id: "panel-charts", "aria-labelledby": "tab-charts" }, optionBar([...axes], () => this.charts.redraw()), this.#noValidation(run), this.charts.element),
      roles: el("div", { role: "tabpanel", id: "panel-roles", "aria-labelledby": "tab-roles" }),
    };
    const scrolled = this.element.querySelector(".run-body")?.scrollTop ?? 0;
    const verdicts = verdictList(run, this.payload.kept, evidence);
    const had = this.element.contains(document.activeElement) ? document.activeElement : null;
    const body = el("div", { class: "run-body" }, verdicts, el("div", { class: "main" }, this.tabs, this.panels.charts, this.panels.roles));
    this.element.replaceChildren(this.#bar(), this.#head(run), body);
    body.scrollTop = scrolled;
    this.#choose(this.#tab);
    if (first || (had && !had.isConnected)) this.element.querySelector("h1").focus({ preventScroll: true });
    await this.charts.show(this.#figures(run));
  }

  #figures(run) {
    return this.payload.figures.map((figure) => {
      const { meta } = figure.layout;
      const phases = figure.data.filter((trace) => trace.meta.curve !== undefined).map((trace) => trace.name);
      const about = new Set([...meta.shapes, ...figure.data.map((trace) => trace.meta)].filter((one) => one.verdict !== undefined).map((one) => one.verdict));
      const said = [...about].map((index) => run.verdicts[index]).filter((verdict) => ["fail", "warn"].includes(verdict.status)).map((verdict) => verdict.summary);
      const note = options.log && !meta.positive ? "holds values at or below zero: linear scale" : "";
      return { figure, payload: this.payload, title: meta.title, note, said: `Curves: ${phases.join(", ")}. ${said.join(" ")}` };
    });
  }

  #head(run) {
    const row = this.row() ?? { state: "not-judged", why: "" };
    const facts = [
      row.why && row.state === "healthy" ? `as far as judged (${row.why})` : row.why,
      run.framework,
      run.steps_per_epoch ? `${number(run.steps_per_epoch)} steps an epoch` : "",
      run.batch_size ? `batch ${step(run.batch_size)}` : "",
      plural(run.curves.length, "curve"),
    ].filter(Boolean);
    const lost = Object.entries(run.lost).filter(([key, count]) => count && !["repeated_steps", "truncated_bytes"].includes(key));
    const notes = [...run.notes];
    if (lost.length) notes.unshift(`Part of this log could not be read: ${lost.map(([key, count]) => `${step(count)} ${words(key)}`).join(", ")}. Verdicts rest on the rest.`);
    if (run.lost.repeated_steps) notes.push(`${plural(run.lost.repeated_steps, "repeated step")}: the last written counts.`);
    const base = fileName(run.name);
    const menu = downloadMenu([
      ["Verdicts as CSV", () => save(`${base}-verdicts.csv`, "text/csv", verdictsCsv([run]))],
      ["Verdicts as JSON", () => saveJson(base, run)],
      ["Curves as shown, CSV", () => save(`${base}-curves.csv`, "text/csv", curvesCsv(this.payload))],
    ]);
    return el(
      "header",
      { class: "run-head" },
      el("div", {}, el("h1", { tabindex: "-1" }, run.name), el("p", { class: "facts" }, statusBadge(row.state), facts.map((fact) => el("span", {}, fact)))),
      menu,
      notes.length ? el("ul", { class: "notes" }, notes.map((note) => el("li", {}, note))) : null,
    );
  }

  #noValidation(run) {
    const found = run.curves.filter((curve) => curve.phase === "validation");
    if (found.some((curve) => curve.role_confidence >= TRUSTED)) return null;
    const lack = found.length
      ? [el("strong", {}, "What is taken for validation is a guess, so it is not judged."), " Settle it under "]
      : [
          el("strong", {}, "No validation curve was found."),
          " Overfitting, the best step and when to stop cannot be judged without one. Log a validation loss under a tag like ",
          el("code", {}, "val/loss"),
          "; if it is there under another name, say so under ",
        ];
    return el(
      "div",
      { class: "hint-box" },
      lack,
      el("button", { type: "button", class: "link", onclick: () => this.#choose("roles") }, "Curves and roles"),
      ".",
    );
  }

  #choose(key) {
    this.#tab = key;
    for (const [name, panel] of Object.entries(this.panels)) panel.hidden = name !== key;
    const { roles } = this.panels;
    if (key === "roles" && !roles.hasChildNodes()) roles.append(rolesView(this.payload.run)); // only when wanted: a run may have thousands
    for (const tab of this.tabs.children) {
      const on = tab.id === `tab-${key}`;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    if (key === "charts") this.charts.redraw();
  }

  #tabKeys(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = this.#tab === "charts" ? "roles" : "charts";
    this.#choose(other);
    this.tabs.querySelector(`#tab-${other}`).focus();
  }

  /** Findings and the best step are on the charts by themselves, derived lines of findings only; the rest on demand. */
  #isShown(index, kind = "marker") {
    const verdict = this.payload.run.verdicts[index];
    const key = `${verdict.detector} ${verdict.tags[0]?.dir} ${verdict.tags[0]?.tag}`;
    if (this.#hidden.has(key)) return false;
    if (this.#shown.has(key) || ["fail", "warn"].includes(verdict.status)) return true;
    return verdict.detector === "stopping" && kind !== "overlay";
  }

  #toggle(index) {
    const verdict = this.payload.run.verdicts[index];
    const key = `${verdict.detector} ${verdict.tags[0]?.dir} ${verdict.tags[0]?.tag}`;
    const on = !this.#isShown(index);
    (on ? this.#shown : this.#hidden).add(key);
    (on ? this.#hidden : this.#shown).delete(key);
    this.charts.redraw();
    return on;
  }
}
