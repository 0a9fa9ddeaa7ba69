// Verdicts in full: the sentence, the numbers, the advice, and what is missing.

import { el } from "./dom.js";
import { confidence, detail, epoch, plural, quantity, step, words } from "./format.js";
import { statusBadge } from "./status.js";

const RANK = { fail: 0, warn: 1, error: 2, undetermined: 3, pass: 4, "not-applicable": 5 };
const HINTS = {
  undetermined: "Could not be decided from what was logged",
  pass: "Looked for and not found",
  "not-applicable": "Nothing to look at",
  error: "The detector itself failed",
};

const MOST_MISSING = 3; // named of what would decide a verdict: it may be the roles of hundreds of curves

/** The list of verdicts, of those on the checkpoint the one numbered `kept` first.
 *
 * `evidence` decides what is on the charts: {has(index), shown(index), toggle(index)}.
 */
export function verdictList(run, kept, evidence) {
  const ranked = run.verdicts.map((verdict, index) => ({ verdict, index }));
  ranked.sort((a, b) => RANK[a.verdict.status] - RANK[b.verdict.status] || (b.verdict.confidence ?? 0) - (a.verdict.confidence ?? 0));
  const of = (...statuses) => ranked.filter(({ verdict }) => statuses.includes(verdict.status));
  const stopping = of("pass").filter(({ verdict }) => verdict.detector === "stopping");
  stopping.sort((a, b) => (b.index === kept) - (a.index === kept));
  const open = [...of("fail", "warn"), ...stopping];
  const parts = byDetector(open).map(([first, ...others]) => card(first, evidence, false, others));
  if (!of("fail", "warn").length) parts.unshift(noFindings(of("pass"), of("undetermined")));
  for (const status of ["error", "undetermined", "pass", "not-applicable"]) {
    const rest = of(status).filter((one) => !open.includes(one));
    if (!rest.length) continue;
    parts.push(
      el(
        "details",
        { class: "rest", open: status === "error" || (status === "undetermined" && !open.length) },
        el("summary", {}, statusBadge(status), el("span", { class: "count" }, step(rest.length)), el("span", { class: "hint" }, HINTS[status])),
        rest.map((one) => card(one, evidence, true)),
      ),
    );
  }
  return el("section", { class: "verdicts", "aria-label": "Verdicts" }, el("h2", {}, "Verdicts"), parts);
}

function noFindings(passed, undecided) {
  const judged = plural(new Set(passed.map(({ verdict }) => verdict.detector)).size, "check");
  const text = passed.length
    ? `${judged} passed${undecided.length ? "; what could not be decided is listed below" : ""}. A pass means: not seen in what was logged.`
    : "No check could be decided from what was logged.";
  return el("article", { class: `verdict ${passed.length ? "pass" : "undetermined"}` }, el("h3", {}, passed.length ? "No findings" : "Nothing decided"), el("p", {}, text));
}

/** Verdicts of one detector on several curves stand together, the worst in full. */
function byDetector(ranked) {
  const groups = new Map();
  for (const one of ranked) {
    if (!groups.has(one.verdict.detector)) groups.set(one.verdict.detector, []);
    groups.get(one.verdict.detector).push(one);
  }
  return [...groups.values()];
}

function card({ verdict, index }, evidence, quiet = false, others = []) {
  const title = el("h3", {}, quiet ? null : statusBadge(verdict.status), el("span", { class: "detector" }, verdict.detector), el("span", { class: "sure" }, confidence(verdict.confidence)));
  const parts = [title, el("p", { class: "summary" }, verdict.summary)];
  if (verdict.missing.length) {
    const named = verdict.missing.slice(0, MOST_MISSING).map((item, i) => [i ? ", " : "", el("code", {}, item)]);
    const more = verdict.missing.length - MOST_MISSING;
    parts.push(el("p", { class: "missing" }, "Would decide it: ", named, more > 0 ? ` and ${step(more)} more` : ""));
  }
  if (verdict.advice) parts.push(el("p", { class: "advice" }, el("span", { class: "label" }, "What to do "), verdict.advice));
  const list = numbers(verdict);
  const buttons = evidence.has(index) ? [evidenceButton(index, evidence)] : [];
  if (list.length) {
    const table = el("dl", {}, list.map(([label, value]) => [el("dt", {}, label), el("dd", {}, value)]));
    buttons.unshift(el("details", { class: "numbers" }, el("summary", {}, "Numbers"), table));
  }
  if (buttons.length) parts.push(el("div", { class: "row" }, buttons));
  if (others.length) {
    const list = others.map((one) => card(one, evidence));
    parts.push(el("details", { class: "others" }, el("summary", {}, `${plural(others.length, "more curve")}: ${others.map((one) => one.verdict.tags[0]?.tag ?? "").join(", ")}`), list));
  }
  return el("article", { class: `verdict ${verdict.status}`, "data-detector": verdict.detector }, parts);
}

function evidenceButton(index, evidence) {
  const button = el(
    "button",
    {
      type: "button",
      class: "quiet on-chart",
      "aria-pressed": String(evidence.shown(index)),
      onclick: () => button.setAttribute("aria-pressed", String(evidence.toggle(index))),
    },
    "On the chart",
  );
  return button;
}

/** What the verdict rests on: [[label, text], ...]. */
function numbers(verdict) {
  const list = [];
  const curves = verdict.tags.map((key) => key.tag);
  if (curves.length) list.push(["curve", [...new Set(curves)].join(", ")]);
  if (verdict.start_step !== null) {
    const end = verdict.end_step === null ? "to the end" : `to ${step(verdict.end_step)}`;
    list.push(["steps", verdict.end_step === verdict.start_step ? step(verdict.start_step) : `${step(verdict.start_step)} ${end}`]);
  }
  if (verdict.start_epoch !== null) {
    list.push(["epochs", verdict.end_epoch === null ? `from ${epoch(verdict.start_epoch)}` : `${epoch(verdict.start_epoch)} to ${epoch(verdict.end_epoch)}`]);
  }
  if (verdict.value !== null) list.push(["value", quantity(verdict.value, verdict.unit)]);
  if (verdict.threshold !== null) list.push(["threshold", quantity(verdict.threshold, verdict.unit)]);
  for (const [key, value] of Object.entries(verdict.details)) list.push([words(key), detail(value)]);
  for (const item of verdict.evidence) {
    if (item.kind === "fact") list.push([item.label, quantity(item.value, item.unit)]);
  }
  return list;
}
