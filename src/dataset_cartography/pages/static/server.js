"use strict";
// The source of the explorer: a server on this machine, and its progress in reading the texts.

const TYPES = { "<f4": Float32Array, "<i4": Int32Array, "<u4": Uint32Array, "<u2": Uint16Array, "|u1": Uint8Array };
const POLL = 1000; // ms

/** An answer that asking again would not change. */
class Refused extends Error {}

const REFUSALS = [400, 413, 415];

class ServerSource {
  /** `heard` is told whether our server answered. */
  constructor(heard) {
    this.heard = heard;
  }

  async ask(path, body, signal) {
    const request = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    let answer;
    let text;
    try {
      answer = await fetch(path, { ...request, signal, cache: "no-store" });
      text = await answer.text();
    } catch (error) {
      if (signal?.aborted) throw error;
      this.heard(false);
      throw new Error("The explorer's server does not answer.");
    }
    const value = parsed(text);
    this.heard(![403, 404].includes(answer.status)); // else another server has its place
    if (answer.ok) return value;
    const Kind = REFUSALS.includes(answer.status) ? Refused : Error;
    throw new Kind(value?.error ?? `The server could not answer (${answer.status}).`);
  }

  info() {
    return this.ask("api/info");
  }

  status() {
    return this.ask("api/status");
  }

  async view(limits, query, signal) {
    return withArrays(await this.ask("api/view", { ...limits, query }, signal));
  }

  select(query, order, signal) {
    return this.ask("api/select", { query, ...order }, signal);
  }

  detail(index, signal) {
    return this.ask(`api/detail?index=${Number(index)}`, undefined, signal);
  }

  async ids(query, order, signal) {
    const answer = await this.ask("api/ids", { query, ...order }, signal);
    return answer.ids ?? answer;
  }

  decide(index, decision) {
    return this.ask("api/decide", { index, ...decision });
  }

  undo() {
    return this.ask("api/undo", {});
  }
}

/** JSON whose whole numbers keep all their digits, which ids need. */
function parsed(text) {
  try {
    if (!/[[,:\s-]\d{16,}/.test(text)) return JSON.parse(text);
    return JSON.parse(text, (_, value, context) => {
      const whole = typeof value === "number" && context?.source && /^-?\d+$/.test(context.source);
      return whole && !Number.isSafeInteger(value) ? BigInt(context.source) : value;
    });
  } catch {
    return null;
  }
}

function withArrays(answer) {
  const read = (value) => {
    if (!value?.base64 && value?.base64 !== "") return value;
    const bytes = Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0));
    return new TYPES[value.dtype](bytes.buffer);
  };
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, read(value)]));
}

/** Follows how far the server is with texts, filters and search, and lets the page use what has become ready. */
class Progress {
  constructor(app) {
    this.app = app;
    this.root = app.part("progress");
    this.poll();
  }

  async poll() {
    let wait = POLL;
    try {
      const status = await this.app.source.status();
      this.show(status);
      if (Object.values(status).every(({ state }) => state === "ready" || state === "failed")) wait = 5 * POLL;
    } catch {
      // The page says by itself that the server is gone; the next answer ends that.
    }
    setTimeout(() => this.poll(), wait);
  }

  show(status) {
    const words = { text: "Texts", filters: "Filters", search: "Search" };
    const lines = Object.entries(status)
      .filter(([, { state, message }]) => state !== "ready" && (state !== "waiting" || message))
      .map(([name, part]) => this.line(words[name] ?? name, part));
    this.root.replaceChildren(...lines);
    this.root.hidden = !lines.length;
    const search = this.app.part("search");
    search.disabled = status.search?.state !== "ready";
    search.placeholder = search.disabled ? "Search opens when its index is ready" : "Search ids, texts, answers";
    // What became ready after the page asked for `info`, however soon.
    if (Object.entries(status).some(([name, { state }]) => state === "ready" && !this.app.info.prepared.includes(name))) this.renew();
  }

  line(title, { state, progress, message }) {
    const share = Math.round(100 * (progress ?? 0));
    const bar = state === "running" ? element("progress", { max: "100", value: String(share), "aria-label": title }) : null;
    const text = state === "failed" ? `${title}: ${message}` : `${title} ${state === "running" ? `${share}%` : ""} ${message ?? ""}`;
    return element("p", { class: state }, bar, text);
  }

  async renew() {
    const { app } = this;
    const info = await app.source.info().catch(() => null); // gone: the page says so, and asks anew when it answers
    if (!info) return;
    Object.assign(app.info, info); // all parts of the page hold it
    app.showNotes();
    app.listMetrics();
    app.filters.build(info);
    app.cards.clear();
    app.refreshTable();
    if (app.detail.index !== null) app.open(app.detail.index);
  }
}

(async () => {
  const gone = document.querySelector("#gone");
  let app = null;
  const heard = (answers) => {
    const returned = answers && !gone.hidden;
    gone.hidden = answers;
    if (!returned || !app) return;
    app.refreshMap(0);
    app.refreshTable();
  };
  app = await openPage(async () => new ServerSource(heard));
  document.querySelector("#explore-title").textContent = visible(app.info.title);
  app.triage = new Triage(app);
  new Progress(app);
})();
