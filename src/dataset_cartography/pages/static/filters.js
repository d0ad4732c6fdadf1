"use strict";
// Checkboxes by region, by slice, and in the explorer by decision; bounds of metrics. None checked in a group means all
// of it.

const FEW = 4; // groups that are shown without being asked for

class Filters {
  constructor(root, info, changed) {
    Object.assign(this, { root, changed });
    this.clear = root.querySelector("#clear-filters");
    this.clear.addEventListener("click", () => this.reset());
    root.addEventListener("change", () => this.tell());
    this.build(info);
  }

  /** Build the groups, keeping what is checked. */
  build(info) {
    const before = this.groups && this.query();
    if (!before) this.root.querySelector("#more-filters").open = info.filters.length <= FEW;
    const regions = info.categories.map((name) => ({ value: name, label: name, count: info.counts[name], color: info.colors[name] }));
    this.regions = this.group("category", "Region", regions);
    this.decisions = info.decisions && this.group("decision", "Decision", info.decisions.map((name) => ({ value: name, name, label: decisionWords(name), count: info.decided?.[name] ?? 0 })));
    this.ranges ??= new Ranges(info);
    this.groups = new Map(
      info.filters.map((one) => {
        const values = one.values.map((label, place) => ({ value: place, label, count: one.counts[place] }));
        return [one.name, this.group(one.name, one.title, values)];
      }),
    );
    this.root.querySelector("#filter-regions").replaceChildren(...[this.regions, this.decisions, this.ranges.fieldset].filter(Boolean));
    this.root.querySelector("#filter-slices").replaceChildren(...this.groups.values());
    this.root.querySelector("#more-filters").hidden = info.filters.length === 0;
    if (before) this.check(before);
  }

  group(name, title, values) {
    const boxes = values.map(({ value, name: known, label, count: number, color }) => {
      const box = element("input", { type: "checkbox", value, "data-value": known ?? label });
      const swatch = color && element("span", { class: "swatch" });
      if (swatch) swatch.style.backgroundColor = color;
      const total = number === undefined ? null : element("span", { class: "number" }, count(number));
      return element("label", {}, box, swatch, isolated(shortened(label, 60), { title: visible(label) }), total);
    });
    return element("fieldset", { "data-filter": name }, element("legend", {}, isolated(title)), element("div", {}, boxes));
  }

  /** The part of a query that checkboxes and bounds say. */
  query() {
    const checked = [...this.groups].map(([name, group]) => [name, checkedIn(group)?.map(Number)]);
    const filters = Object.fromEntries(checked.filter(([, places]) => places));
    const decisions = this.decisions ? checkedIn(this.decisions) : null;
    return { categories: checkedIn(this.regions), decisions, filters, ranges: this.ranges.query() };
  }

  check({ categories, decisions, filters }) {
    check(this.regions, categories);
    if (this.decisions) check(this.decisions, decisions);
    for (const [name, places] of Object.entries(filters)) if (this.groups.has(name)) check(this.groups.get(name), places);
    this.mark();
  }

  /** Other numbers beside the decisions. */
  countDecisions(decided) {
    for (const box of this.decisions.querySelectorAll("input")) {
      box.parentElement.querySelector(".number").textContent = count(decided[box.value] ?? 0);
    }
  }

  reset() {
    for (const box of this.root.querySelectorAll("input:checked")) box.checked = false;
    this.ranges.reset();
    this.tell();
  }

  mark() {
    const active = [...this.root.querySelectorAll("fieldset")].filter((one) => {
      const on = one === this.ranges.fieldset ? this.ranges.active : one.querySelector("input:checked") !== null;
      one.classList.toggle("active", on);
      return on;
    });
    this.clear.hidden = active.length === 0;
  }

  tell() {
    this.mark();
    this.changed();
  }
}

function checkedIn(group) {
  const values = [...group.querySelectorAll("input:checked")].map((box) => box.value);
  return values.length ? values : null;
}

function check(group, values) {
  for (const box of group.querySelectorAll("input")) box.checked = (values ?? []).map(String).includes(box.value);
}

/** A decision's name in words; "none" stands for examples without one. */
function decisionWords(name) {
  return name === "none" ? "undecided" : name.replaceAll("_", " ");
}
