"use strict";
// Bounds of metrics: examples whose value lies between them, both included. A row stands for one metric.

class Ranges {
  constructor(info) {
    this.metrics = info.metrics;
    this.rows = element("div", { class: "ranges" });
    this.another = element("button", { type: "button", class: "another" }, "and another");
    this.another.addEventListener("click", () => this.add().querySelector("select").focus());
    this.fieldset = element("fieldset", { "data-filter": "metric" }, element("legend", {}, "Metric"), this.rows, this.another);
    this.add();
  }

  add() {
    const options = this.metrics.map((metric) => element("option", { value: metric.name }, metric.title));
    const bound = (words) => element("input", { type: "number", step: "any", "aria-label": words, placeholder: words });
    const row = element("div", {}, element("select", { "aria-label": "Metric" }, options), bound("from"), bound("to"));
    this.rows.append(row);
    return row;
  }

  /** Let rows choose from these metrics, too. */
  offer(metrics) {
    this.metrics = metrics;
    for (const select of this.rows.querySelectorAll("select")) {
      const known = new Set([...select.options].map(({ value }) => value));
      select.append(...metrics.filter(({ name }) => !known.has(name)).map(({ name, title }) => element("option", { value: name }, title)));
    }
  }

  /** By metric, its least and greatest value; null where there is no bound. */
  query() {
    const ranges = new Map();
    for (const row of this.rows.children) {
      const [name, from, to] = [...row.children].map((field) => field.value);
      if (from === "" && to === "") continue;
      const [low, high] = ranges.get(name) ?? [null, null];
      const both = (before, value, pick) => (value === "" ? before : before === null ? Number(value) : pick(before, Number(value)));
      ranges.set(name, [both(low, from, Math.max), both(high, to, Math.min)]);
    }
    return Object.fromEntries(ranges);
  }

  reset() {
    this.rows.replaceChildren();
    this.add();
  }

  get active() {
    return Object.keys(this.query()).length > 0;
  }
}
