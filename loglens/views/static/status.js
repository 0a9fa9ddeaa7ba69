// Verdicts in small: a chip says its status by shape and word, never by colour alone.

import { el, icon } from "./dom.js";
import { confidence, statusWord, words } from "./format.js";

export const STATUSES = ["fail", "warn", "error", "undetermined", "pass", "not-applicable"];

export function statusBadge(status) {
  return el("span", { class: `badge ${status}` }, icon(status), statusWord(status));
}

/** What a row says: its findings, worst first, or one word when there is none. */
export function chips(row, most = 3) {
  if (!row.findings.length) {
    const text = { pass: "No findings", error: "Detector error" }[row.status] ?? "Not judged";
    return [el("span", { class: `chip ${row.status}`, title: row.why }, icon(row.status), row.why ? `${text}: ${row.why}` : text)];
  }
  const shown = row.findings.slice(0, most).map((finding) =>
    el(
      "span",
      { class: `chip ${finding.status}`, title: `${finding.summary} ${confidence(finding.confidence)}`.trim() },
      icon(finding.status),
      el("span", { class: "sr" }, `${statusWord(finding.status)}: `),
      words(finding.detector),
    ),
  );
  const more = row.findings.length - shown.length;
  if (more > 0) {
    const rest = row.findings.slice(most).map((finding) => words(finding.detector));
    shown.push(el("span", { class: "chip more", title: rest.join(", ") }, `+${more}`, el("span", { class: "sr" }, ` more: ${rest.join(", ")}`)));
  }
  return shown;
}
