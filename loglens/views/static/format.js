// Numbers and words as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat("en", { maximumFractionDigits: 0, roundingMode: "halfEven" });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
const LEAST = 0.001; // percent

export const step = (value) => (value === null || value === undefined ? "–" : whole.format(value));

/** A measured value in the digits of loglens/digits.py: four; all before the point from ten thousand to a million. */
export function number(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (size < 1e-100) return "0";
  if (size < 1e-4 || size >= 999999.5) return Number(value.toPrecision(4)).toExponential().replace("e+", "e");
  return (size >= 9999.5 ? whole : short).format(value);
}

const COUNTED = ["spikes", "values", "times", "hours"];
const MULTIPLE = 10;

/** A value with its unit, as on the terminal: shares and probabilities in percent, large shares as multiples. */
export function quantity(value, unit) {
  if (typeof value === "number") {
    if (unit.startsWith("share")) {
      const of = unit.slice("share".length);
      return Math.abs(value) < MULTIPLE ? `${inPercent(value)}${of}` : `${number(value)} times${of.replace(/^ of( the)?/, " the")}`;
    }
    if (unit === "probability") return inPercent(value);
    if (value === 1 && COUNTED.includes(unit)) return `1 ${unit.slice(0, -1)}`;
  }
  return `${detail(value)} ${unit}`.trimEnd();
}

/** "1.8 %" of .0184: two digits, whole numbers from ten on, never an exponent. */
function inPercent(share) {
  const value = 100 * share + 0; // no -0
  if (value !== 0 && Math.abs(value) < LEAST) return `less than ${LEAST} %`;
  return `${(Math.abs(value) >= 9.95 ? whole : digits).format(value)} %`;
}

export const epoch = (value) => (value === null || value === undefined ? "" : number(Math.round(value * 10) / 10));

export function confidence(value) {
  if (value === null || value === undefined) return "";
  return value > 0.99 ? "over 99 % sure" : `${percent.format(100 * value)} % sure`; // as loglens.views.text.words has it
}

export const plural = (count, one, many = `${one}s`) => `${step(count)} ${count === 1 ? one : many}`;

export const words = (name) => name.replaceAll("-", " ").replaceAll("_", " ");

const STATUS_WORDS = {
  fail: "Fail",
  warn: "Warning",
  pass: "Pass",
  undetermined: "Undetermined",
  "not-applicable": "Not applicable",
  "not-judged": "Not judged",
  healthy: "Healthy",
  error: "Detector error",
};
export const statusWord = (status) => STATUS_WORDS[status] ?? status;

const UNITS = [
  [86400 * 2, 86400, "days"],
  [3600 * 2, 3600, "hours"],
  [120, 60, "minutes"],
  [0, 1, "seconds"],
];
/** The unit a duration in seconds is best read in: {seconds in one, its name}. */
export function timeUnit(duration) {
  const [, seconds, name] = UNITS.find(([least]) => duration >= least) ?? UNITS[3];
  return { seconds, name };
}

/** A value of a verdict's details or facts as text. */
export function detail(value) {
  if (value === null || value === undefined) return "unknown";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? step(value) : number(value);
  if (Array.isArray(value)) return value.slice(0, 12).map(detail).join(", ") + (value.length > 12 ? ", …" : "");
  if (typeof value === "object") return Object.entries(value).map(([key, item]) => `${words(key)} ${detail(item)}`).join(", ");
  return value;
}
