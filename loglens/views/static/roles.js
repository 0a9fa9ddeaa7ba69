// The roles that were inferred, why, and the lines of config that say otherwise.

import { el } from "./dom.js";
import { step } from "./format.js";

const CHOICES = {
  phase: ["train", "validation", "test", "none"],
  quantity:
    "loss loss-part regularizer rl-loss gan-loss accuracy error-rate metric perplexity reward entropy kl learning-rate gradient-norm parameter-norm hyperparameter counter time throughput memory system diagnostic other".split(" "),
  direction: ["min", "max", "none"],
};
export const TRUSTED = 0.8; // loglens.runs.curve.TRUSTED_CONFIDENCE: below it a curve is described, not judged

/** `Curves and roles (12, 2 guessed)`: what is described, not judged, is told before anybody looks there. */
export function rolesLabel({ run, guessed }) {
  return `Curves and roles (${step(run.curves.length)}${guessed ? `, ${step(guessed)} guessed` : ""})`;
}

export function rolesView(run) {
  const changes = new Map();
  const output = el("textarea", { readonly: true, rows: "6", spellcheck: "false", "aria-label": "Lines for loglens.toml" });
  const copied = el("span", { class: "said", role: "status" });
  const copy = el("button", { type: "button", onclick: () => copyText(output, copied) }, "Copy");
  const box = el(
    "div",
    { class: "override", hidden: true },
    el("p", {}, "Paste this into ", el("code", {}, "loglens.toml"), ", which the command line finds by itself and TensorBoard takes with ", el("code", {}, "--loglens_config"), "."),
    output,
    el("div", { class: "row" }, copy, copied),
  );
  const refresh = () => {
    const tables = run.curves.filter((curve) => changes.has(curve)).map((curve) => override(run, curve, changes.get(curve)));
    box.hidden = tables.length === 0;
    output.value = tables.join("\n\n");
    output.rows = Math.min(16, output.value.split("\n").length + 1);
    copied.textContent = "";
  };
  const select = (curve, key) => {
    const choice = el(
      "select",
      {
        "aria-label": `${key} of ${curve.tag}`,
        onchange: () => {
          const change = { ...changes.get(curve), [key]: choice.value };
          if (choice.value === curve[key]) delete change[key];
          choice.classList.toggle("changed", choice.value !== curve[key]);
          if (Object.keys(change).length) changes.set(curve, change);
          else changes.delete(curve);
          refresh();
        },
      },
      CHOICES[key].map((value) => el("option", { value }, value)),
    );
    choice.value = curve[key];
    return choice;
  };
  const line = (curve) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("span", { class: "tag" }, curve.tag), el("span", { class: "dir" }, curve.dir)),
      ...Object.keys(CHOICES).map((key) => el("td", { "data-label": key }, select(curve, key))),
      el("td", { "data-label": "sure" }, sureness(curve.role_confidence)),
      el("td", { class: "why", "data-label": "why" }, curve.role_reason, curve.pair ? `. Paired with ${curve.pair.tag}${curve.pair.dir === curve.dir ? "" : ` in ${curve.pair.dir}`}.` : ""),
      el("td", { class: "numeric", "data-label": "points" }, step(curve.points), curve.non_finite ? ` (${step(curve.non_finite)} not finite)` : ""),
    );
  return el(
    "section",
    { class: "roles", "aria-label": "Curves and their roles" },
    el("p", { class: "lead" }, "Verdicts rest on what each tag was taken for. Where a guess is wrong, choose what is right and paste the lines that appear."),
    box,
    el(
      "div",
      { class: "wide" },
      el(
        "table",
        {},
        el("caption", { class: "sr" }, "Curves with the role each was given and the reason"),
        el("thead", {}, el("tr", {}, ["Curve", "Phase", "Quantity", "Better", "Sure", "Why", "Points"].map((label) => el("th", { scope: "col" }, label)))),
        el("tbody", {}, run.curves.map(line)),
      ),
    ),
  );
}

function sureness(value) {
  const text = `${Math.round(value * 100)} %`;
  return value >= TRUSTED ? text : el("span", { class: "badge warn", title: "Too unsure: described, not judged" }, `${text}, not judged`);
}

function override(run, curve, change) {
  const elsewhere = curve.dir !== run.name && !curve.dir.startsWith(`${run.name}#`);
  const entries = { run: elsewhere ? curve.dir : run.name, tag: curve.tag, ...change };
  return ["[[role]]", ...Object.entries(entries).map(([key, value]) => `${key} = ${toml(value)}`)].join("\n");
}

/** A basic TOML string: JSON's escapes, and the one control character JSON leaves as it is. */
const toml = (text) => JSON.stringify(text).replaceAll("\u007f", "\\u007f");

async function copyText(area, said) {
  area.select();
  try {
    await navigator.clipboard.writeText(area.value);
    said.textContent = "Copied";
  } catch {
    said.textContent = document.execCommand("copy") ? "Copied" : "Selected: press Ctrl+C";
  }
}
