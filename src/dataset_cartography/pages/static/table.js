"use strict";
// The table of chosen examples, fifty at a time.

class Table {
  /** `actions`: open(index), sort(metric name). */
  constructor(root, info, actions) {
    Object.assign(this, { info, actions, rows: [], opened: null });
    this.table = root;
    this.body = element("tbody");
    const shown = ["confidence", "variability", "correctness"];
    this.metrics = shown.map((name) => info.metrics.find((metric) => metric.name === name)).filter(Boolean);
    const heads = this.metrics.map((metric) => {
      const button = element("button", { type: "button", title: `Sort by ${metric.title}` }, metric.name);
      button.addEventListener("click", () => actions.sort(metric.name));
      return element("th", { scope: "col", class: "value", "data-metric": metric.name }, button);
    });
    const words = [["example", "text"], ["gold, prediction", "answer"]].map(([title, name]) => element("th", { scope: "col", class: name }, title));
    this.head = element("thead", {}, element("tr", {}, words, heads, element("th", { scope: "col", class: "curve" }, `by ${info.epoch_word}`)));
    root.replaceChildren(this.head, this.body);
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-index]");
      if (row) actions.open(Number(row.dataset.index));
    });
    this.body.addEventListener("keydown", (event) => {
      if (!["Enter", " "].includes(event.key) || !event.target.dataset.index) return;
      event.preventDefault(); // a space would scroll
      actions.open(Number(event.target.dataset.index));
    });
  }

  showSort(name, descending) {
    for (const head of this.head.querySelectorAll("[data-metric]")) {
      if (head.dataset.metric === name) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  show(rows) {
    this.rows = rows;
    this.head.querySelector(".answer").textContent = visible(this.info.target ?? "gold, prediction");
    const empty = element("tr", {}, element("td", { colspan: this.metrics.length + 3, class: "empty" }, "No example is chosen by all of this."));
    this.body.replaceChildren(...(rows.length ? rows.map((row) => this.row(row)) : [empty]));
    this.mark(this.opened);
  }

  row(row) {
    const made = element("tr", { "data-index": row.index, "data-id": String(row.id), tabindex: "-1" });
    this.fill(made, row);
    return made;
  }

  fill(made, row) {
    const about = element("div", { class: "about" }, regionChip(row.category, this.info), element("code", {}, isolated(shortened(row.id, 80))), decisionChip(row));
    const text = element("td", { class: "text" }, element("div", { class: "line", dir: "auto" }, row.text ? shortened(row.text, 300) : DASH), about);
    const wrong = row.agrees === false;
    const answer = element(
      "td",
      { class: "answer" },
      element("div", { class: "line gold", dir: "auto", title: "gold" }, row.gold === null ? DASH : shortened(row.gold, 120)),
      this.info.target ? null : element("div", { class: wrong ? "line wrong" : "line", dir: "auto", title: "prediction" }, row.prediction === null ? DASH : shortened(row.prediction, 120)),
    );
    const values = this.metrics.map((metric) => element("td", { class: "value" }, metricText(metric, row.values[metric.name])));
    const curve = element("td", { class: "curve" }, row.curve.length ? sparkline(row.curve, this.info) : DASH);
    made.replaceChildren(text, answer, ...values, curve);
  }

  /** Show one row anew, such as with another decision. */
  update(index, changes) {
    const row = this.rows.find((one) => one.index === index);
    if (!row) return;
    Object.assign(row, changes);
    this.fill(this.element(index), row);
  }

  element(index) {
    return this.body.querySelector(`tr[data-index="${Number(index)}"]`);
  }

  place(index) {
    return this.rows.findIndex((row) => row.index === index);
  }

  /** Mark the opened row; one row is always reachable by Tab. */
  mark(index, { scroll = false, focus = false } = {}) {
    this.opened = index;
    for (const row of this.body.querySelectorAll("tr[data-index]")) {
      const open = Number(row.dataset.index) === index;
      row.toggleAttribute("aria-current", open);
      if (open) row.setAttribute("aria-current", "true");
      row.tabIndex = open ? 0 : -1;
    }
    const row = index === null ? null : this.element(index);
    if (!row) {
      const first = this.body.querySelector("tr[data-index]");
      if (first) first.tabIndex = 0;
      return;
    }
    if (scroll) scrollInto(row, this.table.parentElement);
    if (focus) row.focus({ preventScroll: true });
  }
}

/** Scroll only the box around the table, never the page. */
function scrollInto(row, box) {
  const head = box.querySelector("thead").offsetHeight;
  const [top, bottom] = [row.offsetTop - head, row.offsetTop + row.offsetHeight];
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

function regionChip(category, info) {
  const swatch = element("span", { class: "swatch" });
  swatch.style.backgroundColor = info.colors[category] ?? info.unknown_color;
  return element("span", { class: "region" }, swatch, category ?? "no region");
}

function decisionChip(row) {
  const { decision, unsaved } = row;
  if (!decision && !unsaved) return null;
  const words = decision ? decisionText(decision) : "undone";
  return element("span", { class: unsaved ? "chip unsaved" : "chip", title: unsaved ? "not saved yet" : null }, isolated(words), unsaved ? " · unsaved" : null);
}

/** A decision is its name, or for a new label {decision, relabel}. */
function decisionText(decision) {
  if (typeof decision === "string") return decisionWords(decision);
  const words = decisionWords(decision.decision);
  return decision.relabel ? `${words}: ${shortened(decision.relabel, 40)}` : words;
}
