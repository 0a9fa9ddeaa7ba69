// Downloads: the report or a run as CSV or JSON, a chart as PNG. Made here; nothing is sent anywhere.

import { el } from "./dom.js";

export function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export const saveJson = (name, value) => save(`${name}.json`, "application/json", `${JSON.stringify(value, null, 1)}\n`);

const COLUMNS = ["detector", "status", "confidence", "start_step", "end_step", "start_epoch", "end_epoch", "value", "threshold", "unit", "summary", "advice"];

/** One line a verdict. */
export function verdictsCsv(runs) {
  const lines = [["run", "group", "dir", "tag", ...COLUMNS]];
  for (const run of runs) {
    for (const verdict of run.verdicts) {
      const { dir, tag } = verdict.tags[0] ?? { dir: "", tag: "" };
      lines.push([run.name, run.group, dir, tag, ...COLUMNS.map((column) => verdict[column])]);
    }
  }
  return csv(lines);
}

/** One line a drawn point; at most 500 a curve, as displayed. `loglens export` gives every point. */
export function curvesCsv(payload) {
  const lines = [["run", "dir", "tag", "step", "epoch", "wall_time", "value"]];
  for (const curve of payload.display) {
    curve.steps.forEach((step, i) => {
      lines.push([payload.run.name, curve.dir, curve.tag, step, curve.epochs?.[i], curve.wall_times[i], curve.values[i]]);
    });
  }
  return csv(lines);
}

function csv(lines) {
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

/** Quoted where needed; a text that a spreadsheet would take for a formula is kept a text. */
function field(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const fileName = (text) => text.replace(/[^\w.-]+/g, "_").replace(/^_+|_+$/g, "") || "run";

/** A button that opens a short list of downloads. `choices`: [[label, action], ...]. */
export function downloadMenu(choices) {
  const menu = el("details", { class: "menu" }, el("summary", {}, "Download"));
  const close = () => {
    menu.open = false;
  };
  const list = el(
    "div",
    { class: "menu-list" },
    choices.map(([label, action]) =>
      el(
        "button",
        {
          type: "button",
          onclick: async () => {
            close();
            await action();
          },
        },
        label,
      ),
    ),
  );
  menu.append(list);
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      close();
      menu.querySelector("summary").focus();
    }
  });
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget) && event.relatedTarget) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target)) close();
  });
  return menu;
}
