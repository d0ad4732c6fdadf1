"use strict";
// The source of a report: the data lie in the page, a block for each column (see report/embedded.py).

const MOST_POINTS = 20_000;
const [AS_GOLD, AS_MARKED] = [0, 1]; // an answer that is there already: the first gold one, the marked text
const STEP = 5_000; // examples folded for search before the page may breathe

class EmbeddedSource {
  static async open() {
    if (!window.DecompressionStream) throw new Error("This browser is too old to open the map; the sections below need nothing of it.");
    const source = new EmbeddedSource();
    await source.load(new Blocks(document));
    return source;
  }

  async load(blocks) {
    this.blocks = blocks;
    this.header = await blocks.json("header");
    const { info } = this.header;
    this.size = this.header.count;
    info.rows = this.size;
    const arrays = info.metrics.map((_, place) => blocks.floats(`metric-${place}`));
    this.metrics = new Map((await Promise.all(arrays)).map((values, place) => [info.metrics[place].name, values]));
    const unknown = () => new Float32Array(this.size).fill(NaN);
    this.x = this.metrics.get("variability");
    this.y = this.metrics.get("confidence");
    this.correctness = this.metrics.get("correctness") ?? unknown();
    this.category = await blocks.array("category", Uint8Array);
    const codes = info.filters.map((_, place) => blocks.array(`filter-${place}`, Int16Array));
    this.filters = new Map((await Promise.all(codes)).map((values, place) => [info.filters[place].name, values]));
    this.orders = new Map();
    this.masks = new Map();
  }

  async info() {
    return this.header.info;
  }

  /** The texts, unpacked when first asked for: the map does not wait for them. */
  texts() {
    this.unpacked ??= this.unpackTexts();
    return this.unpacked;
  }

  async unpackTexts() {
    const { blocks, header } = this;
    const named = (prefix, names) => Promise.all(names.map(async (name, place) => [name, await blocks.column(`${prefix}-${place}`)]));
    const fixed = ["ids", "question", "choices", "gold", "more_gold", "prediction", "notes"];
    const [columns, texts, others, agrees, curves] = await Promise.all([
      Promise.all(fixed.map((name) => blocks.column(name))),
      named("text", header.texts),
      named("column", header.columns),
      blocks.array("agrees", Uint8Array),
      header.curves ? blocks.array("curves", header.curves === "uint16" ? Uint16Array : Uint8Array) : null,
    ]);
    const read = Object.fromEntries(fixed.map((name, place) => [name, columns[place]]));
    return { ...read, texts, others, agrees, curves };
  }

  id(texts, index) {
    const id = texts.ids(index);
    return this.header.big_ids ? BigInt(id) : id;
  }

  record(texts, index) {
    const shown = texts.texts.flatMap(([name, column]) => {
      const packed = column(index);
      return packed === null ? [] : [{ name, ...unpackedText(packed) }];
    });
    const marks = (mark) => shown.flatMap((text) => text.segments.filter((run) => run[1] & mark).map(([run]) => run)).join("");
    const gold = texts.gold(index).map((text) => (text === AS_MARKED ? marks(1) : text));
    const prediction = texts.prediction(index);
    return {
      index,
      id: this.id(texts, index),
      question: texts.question(index),
      texts: shown,
      choices: groups(texts.choices(index) ?? [], 2),
      gold,
      more_gold: texts.more_gold(index),
      prediction: prediction === AS_GOLD ? gold[0] : prediction === AS_MARKED ? marks(2) : prediction,
      agrees: [false, true, null][texts.agrees[index]],
      notes: texts.notes(index) ?? [],
      columns: Object.fromEntries(texts.others.map(([name, column]) => [name, column(index)]).filter(([, value]) => value !== null)),
      category: this.header.info.categories[this.category[index]] ?? null,
      values: Object.fromEntries([...this.metrics].map(([name, values]) => [name, Number.isNaN(values[index]) ? null : values[index]])),
      curve: this.curve(texts.curves, index),
      decision: null,
    };
  }

  curve(curves, index) {
    if (!curves) return [];
    const epochs = this.header.info.epochs.length;
    const unseen = curves.BYTES_PER_ELEMENT === 2 ? 65535 : 255;
    return Array.from(curves.subarray(index * epochs, (index + 1) * epochs), (value) => (value === unseen ? null : value / (unseen - 1)));
  }

  async detail(index) {
    return this.record(await this.texts(), index);
  }

  async view({ x0, x1, y0, y1, columns, rows }, query) {
    const mask = await this.mask(query);
    const inside = [];
    for (let index = 0; index < this.size; index++) {
      const [x, y] = [this.x[index], this.y[index]];
      if (mask[index] && x >= x0 && x <= x1 && y >= y0 && y <= y1) inside.push(index);
    }
    if (inside.length <= MOST_POINTS) {
      const index = Int32Array.from(inside);
      const take = (values) => Float32Array.from(index, (place) => values[place]);
      return { kind: "points", index, x: take(this.x), y: take(this.y), correctness: take(this.correctness) };
    }
    const counts = new Uint32Array(columns * rows);
    const judged = new Uint32Array(columns * rows);
    const sums = new Float64Array(columns * rows);
    for (const index of inside) {
      const column = Math.min(columns - 1, Math.floor(((this.x[index] - x0) / (x1 - x0)) * columns));
      const row = Math.min(rows - 1, Math.floor(((this.y[index] - y0) / (y1 - y0)) * rows));
      const cell = row * columns + column;
      counts[cell]++;
      if (Number.isNaN(this.correctness[index])) continue;
      judged[cell]++;
      sums[cell] += this.correctness[index];
    }
    const correctness = Float32Array.from(sums, (sum, cell) => (judged[cell] ? sum / judged[cell] : NaN));
    return { kind: "grid", columns, rows, count: counts, correctness };
  }

  async select(query, { sort, descending, offset, limit }) {
    const [mask, texts] = [await this.mask(query), await this.texts()];
    const chosen = this.order(sort, descending).filter((index) => mask[index]);
    const rows = Array.from(chosen.subarray(offset, offset + limit), (index) => rowOf(this.record(texts, index), this.header.info.target));
    return { total: chosen.length, rows };
  }

  async ids(query, { sort, descending }) {
    const [mask, texts] = [await this.mask(query), await this.texts()];
    const chosen = this.order(sort, descending).filter((index) => mask[index]);
    return Array.from(chosen, (index) => this.id(texts, index));
  }

  /** All examples in the order of a metric, unknown values last, ties in the order of the map. */
  order(sort, descending) {
    const key = `${descending} ${sort}`;
    if (!this.orders.has(key)) {
      const order = Uint32Array.from({ length: this.size }, (_, index) => index);
      const values = this.metrics.get(sort);
      const sign = descending ? -1 : 1;
      if (values) {
        order.sort((a, b) => {
          const [left, right] = [values[a], values[b]];
          if (left < right) return -sign;
          if (left > right) return sign;
          return Number.isNaN(left) - Number.isNaN(right) || a - b;
        });
      } else if (descending) order.reverse();
      this.orders.set(key, order);
    }
    return this.orders.get(key);
  }

  /** 1 for every example that a query chooses. */
  async mask(query) {
    const key = JSON.stringify(query);
    if (!this.masks.has(key)) {
      if (this.masks.size >= 8) this.masks.delete(this.masks.keys().next().value);
      this.masks.set(key, this.choose(query));
    }
    return this.masks.get(key);
  }

  async choose({ categories, filters, ranges, search, polygon }) {
    const mask = new Uint8Array(this.size).fill(1);
    const keep = (test) => {
      for (let index = 0; index < mask.length; index++) if (mask[index] && !test(index)) mask[index] = 0;
    };
    if (categories) {
      const codes = new Set(categories.map((name) => this.header.info.categories.indexOf(name)));
      keep((index) => codes.has(this.category[index]));
    }
    for (const [name, places] of Object.entries(filters)) {
      const [codes, wanted] = [this.filters.get(name), this.codesOf(name, new Set(places))];
      keep((index) => wanted.has(codes[index]));
    }
    for (const [name, [low, high]] of Object.entries(ranges)) {
      const values = this.metrics.get(name); // 32 bits each, so that a bound of 0.2 takes in a value of 0.2
      const [least, most] = [Math.fround(low ?? -Infinity), Math.fround(high ?? Infinity)];
      keep((index) => values[index] >= least && values[index] <= most);
    }
    if (polygon) keep(insideOf(polygon, this.x, this.y));
    const words = folded(search).split(/\s+/).filter(Boolean);
    if (words.length) {
      const texts = await this.searchable();
      keep((index) => words.every((word) => texts[index].includes(word)));
    }
    return mask;
  }

  /** The codes of the examples that have one of a filter's values: of sets, those with one among them. */
  codesOf(name, places) {
    const { sets } = this.header.info.filters.find((one) => one.name === name);
    if (!sets) return places;
    return new Set(d3.range(sets.length).filter((code) => sets[code].some((place) => places.has(place))));
  }

  searchable() {
    this.haystack ??= this.fold();
    return this.haystack;
  }

  async fold() {
    const texts = await this.texts();
    const all = [];
    for (let index = 0; index < this.size; index++) {
      const { id, question, texts: shown, choices, gold, prediction } = this.record(texts, index);
      const runs = [...shown.map((text) => text.segments), choices].map((segments) => segments.map(([run]) => run).join(""));
      all.push(folded([id, question ?? "", ...runs, ...gold, prediction ?? ""].join("\n")));
      if (index % STEP === STEP - 1) await new Promise((resume) => setTimeout(resume));
    }
    return all;
  }
}

function groups(flat, size) {
  return d3.range(0, flat.length, size).map((place) => flat.slice(place, place + size));
}

function unpackedText(packed) {
  if (typeof packed === "string") return { segments: [[packed, 0]], before: false, after: false };
  const [flags, ...runs] = packed;
  const segments = flags & 4 ? groups(runs, 3) : groups(runs, 2);
  return { segments, before: Boolean(flags & 1), after: Boolean(flags & 2) };
}

/** A record as a row of the table. */
function rowOf(record, target) {
  const { index, id, prediction, agrees, category, values, curve, decision } = record;
  const texts = record.question === null ? textsBut(target, record.texts).map(plainText) : [record.question];
  const gold = record.gold.join(" | ") + (record.more_gold ? ` | +${record.more_gold} more` : "");
  return { index, id, text: oneLine(texts.join(" · ")), gold, prediction, agrees, category, values, curve, decision };
}

/** Whether a point lies in a polygon: a ray to the right crosses its border an odd number of times. */
function insideOf(polygon, xs, ys) {
  const [left, right] = d3.extent(polygon, ([x]) => x);
  const [bottom, top] = d3.extent(polygon, ([, y]) => y);
  return (index) => {
    const [x, y] = [xs[index], ys[index]];
    if (!(x >= left && x <= right && y >= bottom && y <= top)) return false;
    let inside = false;
    for (let place = 0, before = polygon.length - 1; place < polygon.length; before = place++) {
      const [[x0, y0], [x1, y1]] = [polygon[before], polygon[place]];
      if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
    }
    return inside;
  };
}

openPage(() => EmbeddedSource.open());
