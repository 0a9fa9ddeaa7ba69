// Building the page: elements with text and attributes. Nothing here, or anywhere, parses markup from data.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `on*` attributes are listeners; false and null are left out; strings among the children become text. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const ICONS = {
  fail: "M8 1.5A6.5 6.5 0 1 1 8 14.5 6.5 6.5 0 0 1 8 1.5Z M5.7 5.7 10.3 10.3 M10.3 5.7 5.7 10.3",
  warn: "M8 1.8 15 14.2H1Z M8 6.2V10 M8 12V12.3",
  pass: "M2.5 8.5 6.2 12.2 13.5 4.2",
  undetermined: "M5.4 5.8A2.7 2.7 0 1 1 8 8.6V10 M8 12.4V12.7",
  "not-applicable": "M4 8H12",
  "not-judged": "M5.4 5.8A2.7 2.7 0 1 1 8 8.6V10 M8 12.4V12.7",
  healthy: "M2.5 8.5 6.2 12.2 13.5 4.2",
  error: "M8 2.5V9.5 M8 12.6V13",
  back: "M10 3 5 8 10 13",
  next: "M6 3 11 8 6 13",
  search: "M7 2.5A4.5 4.5 0 1 1 7 11.5 4.5 4.5 0 0 1 7 2.5Z M10.4 10.4 14 14",
  down: "M3.5 6 8 10.5 12.5 6",
  light: "M8 5A3 3 0 1 1 8 11 3 3 0 0 1 8 5Z M8 1V2.5 M8 13.5V15 M1 8H2.5 M13.5 8H15 M3 3 4 4 M12 12 13 13 M13 3 12 4 M4 12 3 13",
};

/** A line icon; decoration only, since the words beside it say the same. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

let ids = 0;
export const uniqueId = (prefix) => `${prefix}-${++ids}`;

export function debounce(wait, action) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...given), wait);
  };
}
