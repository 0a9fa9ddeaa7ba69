// Where the data comes from: TensorBoard's plugin over HTTP, or what is embedded in the file. One interface for both.

import { isPanel } from "./host.js";

const READING_MS = 600;
const FOLLOWING_MS = 5000;
const RETRY_MS = 4000;

export function openSource() {
  return isPanel ? new PanelSource() : new FileSource();
}

/** Asks the plugin for what has changed: often while it reads, now and then while a training may be running. */
class PanelSource {
  follows = true;
  #revision = 0;
  #timer = 0;
  #asking = false;

  start(onUpdate, onError) {
    this.onUpdate = onUpdate;
    this.onError = onError;
    document.addEventListener("visibilitychange", () => !document.hidden && this.refresh());
    this.#ask();
  }

  refresh() {
    this.#ask();
  }

  async run(name) {
    return getJson(`./run?${new URLSearchParams({ name })}`);
  }

  async report() {
    return getJson("./report");
  }

  plotlyUrl() {
    return Promise.resolve("./plotly.min.js");
  }

  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    let wait = FOLLOWING_MS;
    try {
      const update = await getJson(`./table?since=${this.#revision}`);
      this.#revision = update.revision;
      wait = update.state === "reading" ? READING_MS : FOLLOWING_MS;
      this.onUpdate(update);
    } catch (error) {
      wait = RETRY_MS;
      this.onError(error);
    } finally {
      this.#asking = false;
      this.#timer = setTimeout(() => (document.hidden ? null : this.#ask()), wait);
    }
  }
}

async function getJson(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Error(answer.message ?? `the server answered ${response.status}`);
  }
  return response.json();
}

/** Unpacks what the file holds; each run only when it is opened. */
class FileSource {
  follows = false;
  #index = new Map();

  async start(onUpdate, onError) {
    try {
      this.header = await unpackJson("loglens-report");
      this.header.rows.forEach((row, i) => this.#index.set(row.name, i));
      onUpdate({ state: "ready", full: true, removed: [], ...this.header });
    } catch (error) {
      onError(error);
    }
  }

  refresh() {}

  async run(name) {
    if (!this.#index.has(name)) throw new Error(`This file holds no run named ${name}.`);
    const payload = await unpackJson(`loglens-run-${this.#index.get(name)}`);
    payload.display = payload.display.map(unpackCurve);
    return payload;
  }

  async report() {
    const runs = [];
    for (const row of this.header.rows) runs.push((await unpackJson(`loglens-run-${this.#index.get(row.name)}`)).run);
    const { schema, loglens_version, config, unreadable } = this.header;
    return { loglens_version, config, runs, unreadable, schema };
  }

  async plotlyUrl() {
    return URL.createObjectURL(new Blob([await unpack("loglens-plotly")], { type: "text/javascript" }));
  }
}

async function unpack(id) {
  const packed = atob(document.getElementById(id).textContent);
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function unpackJson(id) {
  return JSON.parse(new TextDecoder().decode(await unpack(id)));
}

/** The inverse of pack_curve in loglens/views/html.py. */
function unpackCurve(packed) {
  const steps = runningSum(packed.steps);
  const [start, unit] = packed.time;
  const epochs = packed.epochs;
  return {
    dir: packed.dir,
    tag: packed.tag,
    steps,
    wall_times: runningSum(packed.ticks).map((tick) => start + tick * unit),
    values: packed.values,
    epochs: Array.isArray(epochs) ? steps.map((step) => epochs[0] + epochs[1] * (step - steps[0])) : (epochs?.values ?? null),
  };
}

function runningSum(differences) {
  let sum = 0;
  return differences.map((difference) => (sum += difference));
}
