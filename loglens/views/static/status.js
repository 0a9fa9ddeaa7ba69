// Verdicts in small: a chip says its status by shape and word, never by colour alone.

import { el, icon } from "./dom.js";
import { confidence, statusWord } from "./format.js";

export const STATES = ["fail", "warn", "not-judged", "healthy"]; // of a run, as in loglens.health

/** The word for a verdict's status or a run's state, with its sign. */
export function statusBadge(status) {
  return el("span", { class: `badge ${status}` }, icon(status), statusWord(status));
}

/** What a row says: its findings, worst first, or its state when there is none. */
export function chips(row, most = 3) {
  if (!row.findings.length) {
    const text = statusWord(row.state);
    const why = { healthy: `, as far as judged (${row.why})`, "not-judged": `: ${row.why}` }[row.state];
    return [el("span", { class: `chip ${row.state}`, title: row.why }, icon(row.state), el("span", { class: "text" }, row.why ? `${text}${why}` : text))];
  }
  const shown = row.findings.slice(0, most).map((finding) =>
    el(
      "span",
      { class: `chip ${finding.status}`, title: `${finding.summary} ${confidence(finding.confidence)}`.trim() },
      icon(finding.status),
      el("span", { class: "sr" }, `${statusWord(finding.status)}: `),
      finding.detector,
    ),
  );
  const more = row.findings.length - shown.length;
  if (more > 0) {
    const rest = row.findings.slice(most).map((finding) => finding.detector);
    shown.push(el("span", { class: "chip more", title: rest.join(", ") }, `+${more}`, el("span", { class: "sr" }, ` more: ${rest.join(", ")}`)));
  }
  return shown;
}
