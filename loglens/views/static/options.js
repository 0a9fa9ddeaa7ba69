// How charts are shown: axis, scale, smoothing. For the eyes only; every verdict was made before, from every point.

import { el, uniqueId } from "./dom.js";

export const options = { axis: "step", log: false, smoothing: 0 };

/** The controls; `available` are the axes that can be chosen, `changed()` is called after every choice. */
export function optionBar(available, changed) {
  const labels = { step: "Step", epoch: "Epoch", time: "Time" };
  const name = uniqueId("axis");
  const current = available.includes(options.axis) ? options.axis : "step";
  const axis = el(
    "fieldset",
    { class: "segments" },
    el("legend", { class: "sr" }, "Horizontal axis"),
    ["step", "epoch", "time"].map((key) => {
      const input = el("input", {
        type: "radio",
        name,
        value: key,
        disabled: !available.includes(key),
        onchange: () => {
          options.axis = key;
          changed();
        },
      });
      input.checked = key === current;
      const why = available.includes(key) ? null : "How many steps make an epoch is not known for this run";
      return el("label", { title: why }, input, el("span", {}, labels[key]));
    }),
  );
  const log = el("input", {
    type: "checkbox",
    onchange: () => {
      options.log = log.checked;
      changed();
    },
  });
  log.checked = options.log;
  const smoothing = el("input", {
    type: "range",
    min: "0",
    max: "0.95",
    step: "0.05",
    "aria-label": "Smoothing, for display only",
    oninput: () => {
      options.smoothing = Number(smoothing.value);
      shown.textContent = smoothing.value;
      changed();
    },
  });
  smoothing.value = String(options.smoothing);
  const shown = el("output", {}, String(options.smoothing));
  return el(
    "div",
    { class: "options" },
    axis,
    el("label", { class: "check" }, log, "Log scale"),
    el("label", { class: "field", title: "For display only: verdicts use every point as logged" }, el("span", {}, "Smoothing"), smoothing, shown),
  );
}
