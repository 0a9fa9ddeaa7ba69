// The table of runs: search, filter, sort, groups of seeds; only the rows in sight exist, so thousands stay fluid.

import { debounce, el, icon } from "./dom.js";
import { number, plural, statusWord, step } from "./format.js";
import { sparkline } from "./spark.js";
import { STATES, chips } from "./status.js";

const COLUMNS = [
  { key: "name", label: "Run", sort: (row) => row.rank, ascending: true },
  { key: "severity", label: "Verdicts", sort: (row) => row.weight, ascending: false },
  { key: "spark", label: "Course" },
  { key: "best_step", label: "Best step", sort: (row) => row.best_step, ascending: true },
  { key: "best_value", label: "Best value", sort: (row) => row.best_value, ascending: true },
  { key: "last_step", label: "Last step", sort: (row) => row.last_step, ascending: false },
];
const NARROW = matchMedia("(max-width: 700px)"); // as in style.css: a row is two lines, with room for one chip
const BEYOND = 6; // rows drawn above and below what is in sight

export class RunTable {
  query = "";
  state = "";
  detector = "";
  sortKey = "severity";
  ascending = false;
  grouped = false;
  closed = new Set();
  selected = new Set();
  rows = [];
  lines = [];
  #drawn = new Map();

  /** `open(name)` opens a run, `compare(names)` overlays several. */
  constructor({ open, compare }) {
    this.open = open;
    this.compare = compare;
    this.element = this.#build();
    new ResizeObserver(() => this.#draw(true)).observe(this.scroller);
  }

  /** All rows, whenever some of them changed. */
  update(rows) {
    const collator = new Intl.Collator("en", { numeric: true });
    const names = [...rows].sort((a, b) => collator.compare(a.name, b.name));
    names.forEach((row, rank) => (row.rank = rank));
    for (const row of rows) row.weight = row.severity.reduce((sum, part) => sum * 100 + part, 0);
    this.rows = rows;
    this.haystack = new Map(rows.map((row) => [row, `${row.name} ${row.group}`.toLowerCase()]));
    this.#filters();
    this.arrange();
  }

  /** The names in the order they are shown: what "next run" goes through. */
  order() {
    return this.lines.filter((line) => line.row).map((line) => line.row.name);
  }

  arrange() {
    const terms = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    let rows = this.rows.filter(
      (row) =>
        (!this.state || row.state === this.state) &&
        (!this.detector || ["fail", "warn"].includes(row.statuses[this.detector])) &&
        terms.every((term) => this.haystack.get(row).includes(term)),
    );
    const column = COLUMNS.find((one) => one.key === this.sortKey);
    const sign = this.ascending ? 1 : -1;
    const value = column.sort;
    const compare = (a, b) => {
      const [left, right] = [value(a), value(b)];
      const missing = (left ?? null) === null;
      if (missing !== ((right ?? null) === null)) return missing ? 1 : -1;
      return sign * ((left ?? 0) - (right ?? 0)) || a.rank - b.rank;
    };
    rows = rows.sort(compare);
    this.lines = this.grouped ? this.#withGroups(rows) : rows.map((row) => ({ row }));
    this.count = rows.length;
    this.#draw(true);
    this.#say();
  }

  focusRow(name) {
    const index = this.lines.findIndex((line) => line.row?.name === name);
    if (index >= 0) this.#focus(index);
  }

  #withGroups(rows) {
    const groups = new Map();
    for (const row of rows) {
      if (!groups.has(row.group)) groups.set(row.group, []);
      groups.get(row.group).push(row);
    }
    const lines = [];
    for (const [name, members] of groups) {
      if (members.length === 1) {
        lines.push({ row: members[0] });
        continue;
      }
      lines.push({ group: name, members });
      if (!this.closed.has(name)) lines.push(...members.map((row) => ({ row, inside: true })));
    }
    return lines;
  }

  #build() {
    const search = el("input", {
      type: "search",
      placeholder: "Search runs",
      "aria-label": "Search runs by name",
      autocomplete: "off",
      spellcheck: "false",
      oninput: debounce(80, () => {
        this.query = search.value;
        this.scroller.scrollTop = 0;
        this.arrange();
      }),
    });
    this.statusBar = el("div", { class: "segments", role: "group", "aria-label": "Filter by status" });
    this.detectorSelect = el("select", {
      "aria-label": "Filter by verdict",
      onchange: () => {
        this.detector = this.detectorSelect.value;
        this.arrange();
      },
    });
    const sortSelect = el(
      "select",
      { "aria-label": "Sort by", onchange: () => this.#sortBy(sortSelect.value) },
      COLUMNS.filter((column) => column.sort).map((column) => el("option", { value: column.key }, column.label)),
    );
    sortSelect.value = this.sortKey;
    this.sortSelect = sortSelect;
    const grouping = el("input", {
      type: "checkbox",
      onchange: () => {
        this.grouped = grouping.checked;
        this.arrange();
      },
    });
    this.grouping = grouping;
    this.compareButton = el("button", { type: "button", class: "primary", onclick: () => this.compare([...this.selected]) }, "Overlay");
    this.clearButton = el("button", { type: "button", class: "quiet", onclick: () => this.#select([...this.selected], false) }, "Clear");
    this.selection = el("div", { class: "selection", hidden: true, role: "group", "aria-label": "Selected runs" });
    this.counter = el("p", { class: "counter", role: "status" });
    const bar = el(
      "div",
      { class: "toolbar" },
      el("label", { class: "search" }, icon("search"), search),
      this.statusBar,
      el("label", { class: "field" }, el("span", {}, "Verdict"), this.detectorSelect),
      el("label", { class: "field sort" }, el("span", {}, "Sort"), sortSelect),
    );
    const under = el("div", { class: "under" }, this.counter, el("label", { class: "check" }, grouping, "Group seeds"));
    this.headers = COLUMNS.map((column) => this.#header(column));
    this.body = el("tbody", { onkeydown: (event) => this.#keys(event) });
    this.table = el(
      "table",
      { class: "runs" },
      el("caption", { class: "sr" }, "Training runs and what was found in them, worst first unless sorted otherwise"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "pick" }, el("span", { class: "sr" }, "Select to overlay")), this.headers)),
      this.body,
    );
    this.scroller = el("div", { class: "scroller", tabindex: "-1" }, this.table);
    this.scroller.addEventListener("scroll", () => this.#draw(false), { passive: true });
    this.none = el(
      "div",
      { class: "state", hidden: true },
      el("h2", {}, "No run matches"),
      el("p", {}, "Nothing fits the search and the filters."),
      el("button", { type: "button", onclick: () => this.#clear(search, sortSelect) }, "Clear search and filters"),
    );
    return el("section", { class: "table-view", "aria-label": "Runs" }, bar, under, this.scroller, this.none, this.selection);
  }

  #clear(search) {
    search.value = this.query = this.state = this.detector = "";
    this.#filters();
    this.arrange();
    search.focus();
  }

  #header(column) {
    if (!column.sort) return el("th", { scope: "col", class: column.key }, column.label);
    const button = el("button", { type: "button", onclick: () => this.#sortBy(column.key) }, column.label, icon("down"));
    return el("th", { scope: "col", class: column.key, "data-key": column.key }, button);
  }

  #sortBy(key) {
    const column = COLUMNS.find((one) => one.key === key);
    this.ascending = this.sortKey === key ? !this.ascending : column.ascending;
    this.sortKey = key;
    this.sortSelect.value = key;
    this.scroller.scrollTop = 0;
    this.arrange();
  }

  #filters() {
    const counts = new Map();
    const detectors = new Map();
    for (const row of this.rows) {
      counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
      for (const finding of row.findings) detectors.set(finding.detector, (detectors.get(finding.detector) ?? 0) + 1);
    }
    const choose = (state) => () => {
      this.state = state;
      this.#filters();
      this.arrange();
    };
    const segment = (state, label, count) =>
      el(
        "button",
        { type: "button", class: state, "aria-pressed": String(this.state === state), onclick: choose(state) },
        state ? icon(state) : null,
        el("span", {}, label),
        el("span", { class: "count" }, step(count)),
      );
    const present = STATES.filter((state) => counts.has(state) || this.state === state);
    const had = this.statusBar.contains(document.activeElement) ? document.activeElement.className : null;
    this.statusBar.replaceChildren(
      segment("", "All", this.rows.length),
      ...present.map((state) => segment(state, statusWord(state), counts.get(state) ?? 0)),
    );
    if (had !== null) [...this.statusBar.children].find((button) => button.className === had)?.focus();
    const ordered = [...detectors].sort((a, b) => b[1] - a[1]);
    const options = [el("option", { value: "" }, "Any")];
    for (const [name, count] of ordered) options.push(el("option", { value: name }, `${name} (${count})`));
    this.detectorSelect.replaceChildren(...options);
    if (detectors.has(this.detector)) this.detectorSelect.value = this.detector;
    else this.detector = "";
    const groups = new Set(this.rows.map((row) => row.group));
    this.grouping.disabled = groups.size === this.rows.length;
    this.grouping.parentElement.title = this.grouping.disabled ? "No two runs differ only in their seed" : "Runs that differ only in their seed";
  }

  #say() {
    const all = this.rows.length;
    this.counter.textContent = this.count === all ? plural(all, "run") : `${step(this.count)} of ${plural(all, "run")}`;
    const empty = this.count === 0 && all > 0;
    this.none.hidden = !empty;
    this.scroller.hidden = empty;
    for (const th of this.headers) {
      const sorted = th.dataset.key === this.sortKey;
      if (sorted) th.setAttribute("aria-sort", this.ascending ? "ascending" : "descending");
      else th.removeAttribute("aria-sort");
    }
  }

  /** Brings the rows in sight into the table; `afresh` when their content or order changed. */
  #draw(afresh) {
    const height = parseFloat(getComputedStyle(this.table).getPropertyValue("--row")) || 48;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / height) - BEYOND);
    const last = Math.min(this.lines.length, first + Math.ceil(this.scroller.clientHeight / height) + 2 * BEYOND + 1);
    if (!afresh && first === this.first && last === this.last) return;
    [this.first, this.last] = [first, last];
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    const wanted = focused && { key: focused.closest("tr").dataset.key, kind: focused.dataset.kind };
    if (afresh) this.#drawn.clear();
    const kept = new Map();
    const rows = [];
    for (let i = first; i < last; i++) {
      const line = this.lines[i];
      const key = line.row ? `r${line.row.name}` : `g${line.group}`;
      const row = this.#drawn.get(key) ?? (line.row ? this.#row(line, key) : this.#groupRow(line, key));
      row.setAttribute("aria-rowindex", i + 2);
      kept.set(key, row);
      rows.push(row);
    }
    this.#drawn = kept;
    this.table.setAttribute("aria-rowcount", this.lines.length + 1);
    this.body.replaceChildren(spacer(first * height), ...rows, spacer((this.lines.length - last) * height));
    if (wanted) {
      const again = kept.get(wanted.key)?.querySelector(`[data-kind="${wanted.kind}"]`);
      (again ?? this.scroller).focus({ preventScroll: true });
    }
  }

  #row(line, key) {
    const { row } = line;
    const pick = el("input", {
      type: "checkbox",
      "data-kind": "pick",
      "aria-label": `Select ${row.name}`,
      onchange: () => this.#select([row.name], pick.checked),
    });
    pick.checked = this.selected.has(row.name);
    const cut = row.name.lastIndexOf("/") + 1;
    const [head, tail] = [row.name.slice(0, cut), row.name.slice(cut)]; // the end tells runs apart: the head gives way
    const link = el(
      "a",
      {
        href: `#run=${encodeURIComponent(row.name)}`,
        "data-kind": "open",
        title: row.name,
        "aria-label": row.name,
        onclick: (event) => {
          if (event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          this.open(row.name);
        },
      },
      head ? el("span", { class: "head" }, head) : null,
      el("span", { class: "tail" }, tail),
    );
    const [low, high] = row.best_set ?? [];
    const set =
      low === null || low === undefined
        ? ""
        : `Where ${row.best_tag} is best; steps ${step(low)} to ${step(high)} cannot be told from it`;
    const tr = el(
      "tr",
      { class: line.inside ? "inside" : "", "data-key": key, "data-run": row.name },
      el("td", { class: "pick" }, pick),
      el("th", { scope: "row", class: "name" }, link, row.lost ? el("span", { class: "note", title: "Part of its files could not be read" }, "damaged log") : null),
      el("td", { class: "severity" }, chips(row, NARROW.matches ? 1 : 3)),
      el("td", { class: "spark", title: row.spark ? `${row.spark.tag} (${row.spark.phase})` : "" }, sparkline(row)),
      el("td", { class: "best_step", title: set || null, "data-label": "best" }, step(row.best_step)),
      el("td", { class: "best_value" }, number(row.best_value)),
      el("td", { class: "last_step", title: step(row.last_step) }, step(row.last_step)),
    );
    tr.addEventListener("click", (event) => {
      if (!event.target.closest("a, input, button")) this.open(row.name);
    });
    return tr;
  }

  #groupRow(line, key) {
    const open = !this.closed.has(line.group);
    const counts = new Map();
    for (const member of line.members) {
      for (const finding of member.findings) counts.set(finding.detector, (counts.get(finding.detector) ?? 0) + 1);
    }
    const found = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3);
    const said = found.map(([name, count]) => `${name} in ${count} of ${line.members.length}`).join(" · ") || states(line.members);
    const toggle = () => {
      if (open) this.closed.add(line.group);
      else this.closed.delete(line.group);
      this.arrange();
    };
    return el(
      "tr",
      { class: `group${open ? " open" : ""}`, "data-key": key },
      el("td", { class: "pick" }),
      el(
        "th",
        { scope: "rowgroup", colspan: "6" },
        el("button", { type: "button", "data-kind": "open", "aria-expanded": String(open), onclick: toggle }, icon("down"), el("span", { class: "group-name" }, line.group)),
        el("span", { class: "group-said" }, `${plural(line.members.length, "seed")} · ${said}`),
        el("button", { type: "button", class: "quiet", onclick: () => this.compare(line.members.map((row) => row.name)) }, "Overlay"),
      ),
    );
  }

  #select(names, on) {
    for (const name of names) {
      if (on) this.selected.add(name);
      else this.selected.delete(name);
    }
    const count = this.selected.size;
    this.selection.hidden = count === 0;
    this.compareButton.disabled = count < 2;
    this.compareButton.textContent = count < 2 ? "Select one more to overlay" : `Overlay ${count} runs`;
    this.selection.replaceChildren(el("span", {}, `${plural(count, "run")} selected`), this.clearButton, this.compareButton);
    for (const box of this.body.querySelectorAll('input[data-kind="pick"]')) {
      box.checked = this.selected.has(box.closest("tr").dataset.run);
    }
  }

  #keys(event) {
    const row = event.target.closest("tr");
    const at = this.first + [...this.body.children].indexOf(row) - 1;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / row.offsetHeight) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.#focus(Math.min(this.lines.length - 1, Math.max(0, at + moves[event.key])), event.target.dataset.kind);
  }

  #focus(index, kind = "open") {
    const height = parseFloat(getComputedStyle(this.table).getPropertyValue("--row")) || 48;
    const head = this.table.tHead.offsetHeight;
    const view = this.scroller.clientHeight - head;
    const top = index * height;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + height > this.scroller.scrollTop + view) this.scroller.scrollTop = top + height - view;
    this.#draw(false);
    const row = this.body.children[index - this.first + 1];
    (row?.querySelector(`[data-kind="${kind}"]`) ?? row?.querySelector('[data-kind="open"]'))?.focus({ preventScroll: true });
  }
}

/** "3 healthy, 1 not judged": what the members of a group without findings are. */
function states(members) {
  const counted = STATES.map((state) => [state, members.filter((row) => row.state === state).length]);
  return counted.filter(([, count]) => count).map(([state, count]) => `${step(count)} ${statusWord(state).toLowerCase()}`).join(", ");
}

function spacer(height) {
  return el("tr", { class: "spacer", "aria-hidden": "true", style: `height:${height}px` });
}
