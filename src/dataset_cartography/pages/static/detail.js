"use strict";
// One opened example: its texts with gold and prediction marked, its curve, all its values.

class Detail {
  constructor(root, info) {
    Object.assign(this, { root, info });
    this.clear();
  }

  clear() {
    this.index = null;
    delete this.root.dataset.index;
    this.root.replaceChildren(element("p", { class: "hint" }, "Click a point of the map or a row of the table to read the example."));
  }

  show(record) {
    this.record = record;
    this.index = record.index;
    this.root.dataset.index = record.index;
    this.root.dataset.id = String(record.id);
    const facts = element("div", { class: "facts" }, record.curve.some((value) => value !== null) ? bigCurve(record.curve, this.info) : null, this.values(record));
    this.root.replaceChildren(this.heading(record), this.reading(record), facts, this.columns(record));
    this.root.scrollTop = 0;
  }

  /** The same example with another decision. */
  update(changes) {
    if (!this.record) return;
    Object.assign(this.record, changes);
    this.root.querySelector(".heading").replaceWith(this.heading(this.record));
  }

  heading(record) {
    return element("div", { class: "heading" }, regionChip(record.category, this.info), element("code", {}, isolated(shortened(record.id, 200))), decisionChip(record));
  }

  reading(record) {
    const rows = [];
    if (record.question) rows.push(element("p", { class: "question", dir: "auto" }, record.question));
    if (record.choices.length) {
      rows.push(element("ol", { class: "choices" }, record.choices.map((choice) => element("li", { dir: "auto" }, marked([choice])))));
    }
    for (const text of record.texts) {
      if (record.texts.length > 1) rows.push(element("h4", {}, isolated(text.name)));
      rows.push(element("p", { class: "excerpt", dir: "auto" }, text.before ? "… " : null, marked(text.segments, this.info.shades), text.after ? " …" : null));
      if (text.segments.some(([, marks]) => marks >> 2)) rows.push(shadeLegend(this.info.shades));
    }
    const notes = record.notes.map((note) => element("p", { class: "note" }, note));
    if (this.info.target) return element("div", { class: "reading" }, rows, notes); // what is right is among the texts
    const gold = record.gold.flatMap((answer, place) => [place ? " · " : null, isolated(answer)]);
    const more = record.more_gold ? element("span", { class: "note" }, ` and ${count(record.more_gold)} more`) : null;
    const said = record.prediction === null ? element("span", { class: "note" }, "not recorded") : isolated(record.prediction);
    const verdicts = this.info.measured ? { true: " within the tolerance", false: " beyond the tolerance" } : { true: " as gold", false: " not the gold one" };
    const verdict = verdicts[String(record.agrees)];
    const list = element(
      "dl",
      { class: "answers" },
      element("dt", {}, this.info.measured ? "target" : "gold"),
      element("dd", {}, gold.length ? gold : DASH, more),
      element("dt", {}, "predicted"),
      element("dd", {}, said, verdict ? element("span", { class: "note" }, verdict) : null),
    );
    return element("div", { class: "reading" }, rows, list, notes);
  }

  values(record) {
    const rows = this.info.metrics.flatMap((metric) => [
      element("dt", {}, metric.title),
      element("dd", {}, metricText(metric, record.values[metric.name], 4)),
    ]);
    return element("dl", { class: "values" }, rows);
  }

  columns(record) {
    const entries = Object.entries(record.columns);
    if (!entries.length) return element("div");
    const rows = entries.flatMap(([name, value]) => [element("dt", {}, isolated(name)), element("dd", {}, isolated(value))]);
    return element("div", {}, element("h4", {}, "Other columns"), element("dl", { class: "columns" }, rows));
  }
}

/** Texts but for the one that is to be written, unless it is the only one. */
function textsBut(target, texts) {
  const others = texts.filter((text) => text.name !== target);
  return others.length ? others : texts;
}

/** The few lines that follow the pointer over the map. */
function cardContent(record, info) {
  const text = record.question ?? textsBut(info.target, record.texts).map(plainText).join(" · ");
  const values = ["confidence", "variability", "correctness"]
    .map((name) => info.metrics.find((metric) => metric.name === name))
    .filter(Boolean)
    .map((metric) => element("span", {}, `${metric.name} `, element("b", {}, metricText(metric, record.values[metric.name]))));
  return [
    element("div", { class: "about" }, regionChip(record.category, info), element("code", {}, isolated(shortened(record.id, 60)))),
    element("p", { class: "clamped", dir: "auto" }, shortened(oneLine(text), 260)),
    element("p", {}, element("span", { class: "note" }, "gold "), isolated(shortened(record.gold.join(" · "), 80))),
    record.prediction === null ? null : element("p", {}, element("span", { class: "note" }, "predicted "), isolated(shortened(record.prediction, 80))),
    element("p", { class: "numbers" }, values),
  ].filter(Boolean);
}
