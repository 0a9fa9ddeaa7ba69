// Where the page lives: inside TensorBoard's frame or alone in a file. Theme, address and the reload button.

const framed = window.parent !== window;

/** The page around TensorBoard's frame, or null when there is none that may be touched. */
function outer() {
  try {
    return framed && window.parent.document.body ? window.parent : null;
  } catch {
    return null;
  }
}

export const isPanel = framed && document.querySelector("base") !== null;

/** Follows TensorBoard's dark mode switch, or the system's setting when alone. `apply(dark)` is called at once. */
export function followTheme(apply) {
  const host = isPanel ? outer() : null;
  if (host) {
    const read = () => host.document.body.classList.contains("dark-mode");
    apply(read());
    new MutationObserver(() => apply(read())).observe(host.document.body, { attributes: true, attributeFilter: ["class"] });
    return;
  }
  const query = matchMedia("(prefers-color-scheme: dark)");
  apply(query.matches);
  query.addEventListener("change", () => apply(query.matches));
}

const PREFIX = isPanel ? "p.loglens." : "";

/** What the address asks for: {run: [names], compare: [names]}. */
export function readAddress() {
  const place = isPanel ? outer() : window;
  const parts = new URLSearchParams((place?.location.hash ?? "").replace(/^#/, ""));
  return { run: parts.getAll(`${PREFIX}run`), compare: parts.getAll(`${PREFIX}compare`) };
}

/** Puts the view into the address, so that it can be copied: `names` under `run` or `compare`, or nothing. */
export function writeAddress(kind, names) {
  const place = isPanel ? outer() : window;
  if (!place) return;
  const parts = new URLSearchParams(place.location.hash.replace(/^#/, ""));
  for (const key of ["run", "compare"]) parts.delete(PREFIX + key);
  for (const name of names) parts.append(PREFIX + kind, name);
  const plugin = isPanel ? "loglens" : "";
  const rest = [...parts].filter(([key]) => key !== plugin && key !== "").map((pair) => pair.map(encodeURIComponent).join("="));
  const hash = [plugin, ...rest].filter(Boolean).join("&");
  if (place.location.hash.replace(/^#/, "") === hash) return;
  const url = `${place.location.pathname}${place.location.search}${hash ? `#${hash}` : ""}`;
  if (isPanel) place.history.replaceState(place.history.state, "", url);
  else place.history.pushState(null, "", url);
}

export function onAddress(react) {
  const place = isPanel ? outer() : window;
  place?.addEventListener("hashchange", react);
  if (!isPanel) window.addEventListener("popstate", react);
}

/** TensorBoard's reload button, heard over its experimental message channel; silent where there is none. */
export function onReload(react) {
  if (!isPanel) return;
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.isReply) return;
    if (message.type === "experimental.DataReloaded") react();
    channel.port1.postMessage(JSON.stringify({ ...message, payload: null, error: null, isReply: true }));
  };
  window.parent.postMessage("experimental.bootstrap", "*", [channel.port2]);
}
