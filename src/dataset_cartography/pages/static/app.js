"use strict";
// The page: what is chosen, and the map, table and detail that show it. It asks a source, and never knows which.

const PAGE = 50;
const SHARPEN = 120; // ms without movement before a sharper picture is asked for
const TYPING = 250; // ms without a key before a search starts

/** Work that is asked for anew: of each name only the latest runs on, and the answers of earlier ones are dropped. */
class Tasks {
  constructor(failed) {
    Object.assign(this, { failed, open: 0, latest: new Map() });
  }

  run(name, delay, work) {
    const before = this.latest.get(name);
    before?.control.abort();
    if (before?.timer) {
      clearTimeout(before.timer);
      before.timer = null;
      this.count(-1);
    }
    const task = { control: new AbortController() };
    this.latest.set(name, task);
    this.count(1);
    task.timer = setTimeout(async () => {
      task.timer = null;
      const { signal } = task.control;
      try {
        await work(() => !signal.aborted, signal);
      } catch (error) {
        if (!signal.aborted) this.failed(error);
      } finally {
        this.count(-1);
      }
    }, delay);
  }

  count(change) {
    this.open += change;
    document.body.dataset.busy = String(this.open > 0);
  }
}

class App {
  constructor(source, root) {
    Object.assign(this, { source, root, search: "", polygon: null, offset: 0, shown: 0, total: 0, cards: new Map() });
    Object.assign(this, { turning: 0, undoing: false, held: [] }); // see `soon`
    this.tasks = new Tasks((error) => this.say(error.message));
    // What the explorer adds: it shows decisions that are still on their way, and says when all are saved.
    this.overlay = (row) => row;
    this.saved = async () => {};
  }

  part(name) {
    return this.root.querySelector(`#${name}`);
  }

  async start() {
    this.info = await this.source.info();
    this.root.dataset.mode = this.info.mode;
    this.showNotes();
    this.order = { sort: this.info.metrics.some((one) => one.name === "confidence") ? "confidence" : null, descending: false };
    this.map = new DataMap(this.part("map"), this.info, () => this.refreshMap(SHARPEN));
    this.tools = new MapTools(this.map, this.root, {
      select: (polygon) => this.select(polygon),
      keep: () => this.map.set({ polygon: this.polygon }),
      open: (index) => this.open(index, { scroll: true }),
      probe: (limits) => this.source.view(limits, this.query).catch(() => null),
      card: (index) => this.card(index),
    });
    this.filters = new Filters(this.part("filters"), this.info, () => this.refresh());
    this.table = new Table(this.part("table"), this.info, {
      open: (index) => this.open(index, { focus: true }),
      sort: (name) => this.sort(name, this.order.sort === name ? !this.order.descending : undefined),
    });
    this.detail = new Detail(this.part("detail"), this.info);
    this.drawLegend();
    this.listen();
    this.showOrder();
    this.map.painted = () => {
      if (this.map.pictures.chosen) document.body.dataset.ready = "true";
    };
    this.refresh();
  }

  showNotes() {
    this.part("map-notes").replaceChildren(...this.info.notes.map((note) => element("p", {}, note)));
  }

  listen() {
    this.part("search").addEventListener("input", (event) => {
      const { value } = event.target;
      this.tasks.run("search", TYPING, async () => {
        this.search = value.trim();
        this.refresh();
      });
    });
    this.part("clear-selection").addEventListener("click", () => this.select(null));
    const sort = this.part("sort");
    this.listMetrics();
    sort.addEventListener("change", () => this.sort(sort.value || null));
    this.part("sort-direction").addEventListener("click", () => this.sort(this.order.sort, !this.order.descending));
    this.part("previous-page").addEventListener("click", () => this.page(-1));
    this.part("next-page").addEventListener("click", () => this.page(1));
    this.part("download-ids").addEventListener("click", () => this.download(async (signal) => saveIds(await this.source.ids(this.query, this.order, signal))));
    this.part("download-table").addEventListener("click", () =>
      this.download(() => saveTable(this.source, this.query, this.order, this.info, (share) => this.say(share < 1 ? `Writing the table: ${Math.round(100 * share)}%` : ""))),
    );
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** What the table can be sorted by, and the metrics that have bounds. */
  listMetrics() {
    const sort = this.part("sort");
    const chosen = sort.value;
    const options = this.info.metrics.map((metric) => element("option", { value: metric.name }, metric.title));
    sort.replaceChildren(element("option", { value: "" }, "order of the map"), ...options);
    sort.value = chosen;
    this.filters.ranges.offer(this.info.metrics);
  }

  get query() {
    return { ...this.filters.query(), search: this.search, polygon: this.polygon };
  }

  say(text) {
    this.part("status").textContent = visible(text);
  }

  select(polygon) {
    this.polygon = polygon;
    this.map.set({ polygon });
    this.refresh();
  }

  sort(name, descending) {
    const metric = this.info.metrics.find((one) => one.name === name);
    this.order = { sort: name, descending: descending ?? metric?.hard_end === "high" };
    this.begin();
    this.showOrder();
    this.refreshTable();
  }

  showOrder() {
    const { sort, descending } = this.order;
    this.part("sort").value = sort ?? "";
    const button = this.part("sort-direction");
    button.textContent = descending ? "↓" : "↑";
    button.title = descending ? "highest first" : "lowest first";
    button.setAttribute("aria-label", `Direction: ${button.title}`);
    this.table.showSort(sort, descending);
  }

  /** The next table is another one, and begins with its first row. */
  begin() {
    Object.assign(this, { offset: 0, shown: 0, turning: 0 });
  }

  /** Something else is chosen. */
  refresh() {
    this.begin();
    this.part("clear-selection").disabled = this.polygon === null;
    this.refreshMap(0);
    this.refreshTable();
  }

  refreshMap(delay) {
    this.tasks.run("map", delay, async (fresh, signal) => {
      const { query } = this;
      const { limits } = this.map;
      const key = JSON.stringify(limits);
      const everything = choosesAll(query);
      const chosen = this.source.view(limits, query, signal);
      const ground = everything || this.ground?.key === key ? null : this.source.view(limits, EVERYTHING, signal);
      const [view, other] = await Promise.all([chosen, ground]);
      if (!fresh()) return;
      if (everything || other) this.ground = { key, view: everything ? view : other };
      this.map.setPicture("ground", everything ? null : this.ground.view, limits);
      this.map.setPicture("chosen", view, limits);
    });
  }

  refreshTable() {
    this.tasks.run("table", 0, async (fresh, signal) => {
      const { query, offset } = this;
      try {
        if (query.decisions) await this.saved();
        const page = await this.source.select(query, { ...this.order, offset, limit: PAGE }, signal);
        if (!fresh()) return;
        this.total = page.total;
        this.shown = offset;
        this.table.show(page.rows.map((row) => this.overlay(row)));
      } catch (error) {
        if (fresh()) this.stay();
        throw error;
      }
      this.table.table.parentElement.scrollTop = 0;
      this.showCount(this.table.rows.length);
      this.say("");
      this.land();
    });
  }

  showCount(shown) {
    const number = this.part("count");
    number.textContent = `${count(this.total)} of ${counted(this.info.rows ?? this.info.total, "example")}`;
    number.dataset.total = this.total;
    this.part("previous-page").disabled = this.offset === 0;
    this.part("next-page").disabled = this.offset + shown >= this.total;
    this.part("page").textContent = shown ? `${count(this.offset + 1)}${DASH}${count(this.offset + shown)}` : "";
    for (const name of ["download-ids", "download-table"]) this.part(name).disabled = this.total === 0;
  }

  /** Turn the page, and then open its first or last row if asked to. */
  page(step, { land = false } = {}) {
    if (this.turning) return;
    const { decisions } = this.query;
    // Rows that a filter by decision no longer chooses are not there to be passed over.
    const kept = decisions ? this.table.rows.filter(({ decision }) => decisions.includes(decision?.decision ?? decision ?? "none")).length : PAGE;
    this.offset = Math.max(0, this.offset + (step > 0 ? kept : -PAGE));
    if (land) this.turning = step;
    this.refreshTable();
  }

  /** Open the first row of the page that was turned to, or the last one. */
  land() {
    const row = this.turning && this.table.rows.at(this.turning > 0 ? 0 : -1);
    this.turning = 0;
    if (row) this.open(row.index, { focus: true });
    this.release();
  }

  /** The page could not be turned: what is shown stays, and keys that were meant for the next one mean nothing. */
  stay() {
    this.offset = this.shown;
    this.turning = 0;
    this.held.length = 0;
  }

  /** Do what a key asks for once the example that it means is open: after a page is turned or a decision undone. */
  soon(act) {
    this.held.push(act);
    this.release();
  }

  release() {
    while (this.held.length && !this.turning && !this.undoing) this.held.shift()();
  }

  open(index, { focus = false, scroll = false } = {}) {
    this.table.mark(index, { focus, scroll: scroll || focus });
    this.tasks.run("detail", 0, async (fresh, signal) => {
      const record = await this.source.detail(index, signal);
      if (!fresh()) return;
      const { variability: x, confidence: y } = record.values;
      this.map.set({ ring: x === null || y === null ? null : { x, y } });
      this.detail.show(this.overlay(record));
    });
  }

  /** Open the example before or after the opened one, on the next page if need be. */
  move(step) {
    const { rows, opened } = this.table;
    const place = this.table.place(opened) + step;
    const at = opened === null || this.table.place(opened) < 0 ? 0 : place;
    if (rows[at]) return this.open(rows[at].index, { focus: true });
    if (at < 0 ? this.offset === 0 : this.offset + rows.length >= this.total) return undefined;
    return this.page(step, { land: true });
  }

  async card(index) {
    if (!this.cards.has(index)) {
      const record = await this.source.detail(index).catch(() => null);
      if (!record) return null;
      if (this.cards.size > 500) this.cards.clear();
      this.cards.set(index, record);
    }
    return cardContent(this.cards.get(index), this.info);
  }

  download(work) {
    this.say("Making the file …");
    this.tasks.run("download", 0, async (_, signal) => {
      await work(signal);
      this.say("");
    });
  }

  /** Whether a key is meant for the list: not while typing, nor, in a report, while reading elsewhere. */
  listens(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
    if (event.target.closest("input:not([type=checkbox]), select, textarea") || this.root.querySelector("dialog[open]")) return false;
    return this.info.mode === "explorer" || this.root.contains(event.target);
  }

  key(event) {
    if (!this.listens(event)) return;
    if (event.key === "Escape" && this.polygon) this.select(null);
    const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    this.soon(() => this.move(step));
  }

  drawLegend() {
    const stops = this.info.correctness_colors;
    const bar = this.part("ramp");
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    this.part("legend").title = visible(this.info.correctness_words);
    this.part("legend").hidden = !this.info.metrics.some((metric) => metric.name === "correctness");
  }
}

const EVERYTHING = { categories: null, decisions: null, filters: {}, ranges: {}, search: "", polygon: null };

function choosesAll(query) {
  const { filters, ranges } = query;
  return !query.categories && !query.decisions && !query.search && !query.polygon && ![filters, ranges].some((one) => Object.keys(one).length);
}

async function openPage(makeSource) {
  const root = document.querySelector(".explore");
  try {
    const app = new App(await makeSource(), root);
    await app.start();
    return app;
  } catch (error) {
    root.querySelector("#status").textContent = visible(error.message);
    throw error;
  }
}
