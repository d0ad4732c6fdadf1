"use strict";
// What a pointer and the keyboard do on the map: draw a lasso or a box, open the nearest example, show its card.

const REACH = 9; // pixels within which an example counts as pointed at
const CLICK = 4; // pixels a click may move

class MapTools {
  /** `actions`: select(polygon), open(index), probe(limits) -> view, card(index) -> element. */
  constructor(map, root, actions) {
    Object.assign(this, { map, actions, drawn: null, pointed: 0 });
    this.card = element("div", { class: "card", hidden: true, "aria-hidden": "true" });
    map.root.append(this.card);
    this.buttons = Object.fromEntries(["pan", "lasso", "box"].map((name) => [name, root.querySelector(`#tool-${name}`)]));
    for (const [name, button] of Object.entries(this.buttons)) button.addEventListener("click", () => this.choose(name));
    root.querySelector("#select-view").addEventListener("click", () => this.selectView());
    root.querySelector("#reset-view").addEventListener("click", () => map.reset());
    this.listen();
    this.choose("pan");
  }

  choose(name) {
    this.map.tool = name;
    this.map.surface.dataset.tool = name;
    for (const [key, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(key === name));
  }

  listen() {
    const { surface, root } = this.map;
    surface.addEventListener("pointerdown", (event) => this.begin(event));
    surface.addEventListener("pointermove", (event) => (this.drawn ? this.extend(event) : this.point(event)));
    surface.addEventListener("pointerup", (event) => this.finish(event));
    surface.addEventListener("pointercancel", () => this.abandon());
    surface.addEventListener("pointerleave", () => this.leave());
    surface.addEventListener("click", (event) => this.open(event));
    surface.addEventListener("dblclick", () => this.map.tool === "pan" && this.map.reset());
    root.addEventListener("keydown", (event) => this.key(event));
  }

  /** Where the pointer is, in pixels of the plot, fractions kept. */
  place(event) {
    const box = this.map.surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  begin(event) {
    this.moved = false;
    this.start = this.place(event);
    if (this.map.tool === "pan" || event.button) return;
    event.preventDefault();
    this.map.root.focus({ preventScroll: true });
    this.map.surface.setPointerCapture(event.pointerId);
    this.drawn = [this.start];
    this.hide();
  }

  extend(event) {
    if (this.map.tool === "box") this.drawn = boxOf(this.drawn[0], this.place(event));
    else this.drawn.push(...passed(event).map((one) => this.place(one)));
    this.map.set({ polygon: this.inData(this.drawn) });
  }

  finish(event) {
    const drawn = this.drawn;
    this.moved = this.start !== undefined && distance(this.start, this.place(event)) > CLICK;
    this.drawn = null;
    if (!drawn) return;
    const wide = Math.max(...[0, 1].map((axis) => d3.max(drawn, (at) => at[axis]) - d3.min(drawn, (at) => at[axis])));
    if (wide > CLICK && drawn.length > 2) {
      this.moved = true;
      // What lies outside the plot was not seen, and is not chosen.
      const { width, height } = this.map.plot;
      this.actions.select(this.inData(clipped(drawn, width, height)));
    } else this.actions.keep();
  }

  abandon() {
    this.drawn = null;
    this.actions.keep();
  }

  inData(pixels) {
    const { x, y } = this.map.scales;
    return pixels.map(([right, down]) => [x.invert(right), y.invert(down)]);
  }

  selectView() {
    const { width, height } = this.map.plot;
    this.actions.select(this.inData(boxOf([0, 0], [width, height])));
  }

  /** The example nearest to a place of the plot: {index, x, y} or null. */
  async nearest(at, up) {
    const { x, y } = this.map.scales;
    let picture = this.map.pictures.chosen;
    if (!(picture instanceof PointsPicture)) {
      const view = await this.actions.probe(this.map.around(at, up, REACH));
      if (view?.kind !== "points") return null;
      picture = new PointsPicture(view, this.map.palette, false);
    }
    const place = picture.nearest(x, y, at, up, REACH);
    return place === null ? null : { index: picture.index[place], x: picture.x[place], y: picture.y[place] };
  }

  point(event) {
    const [at, up] = this.place(event);
    const mine = ++this.pointed;
    clearTimeout(this.waiting);
    const soon = this.map.pictures.chosen instanceof PointsPicture ? 15 : 90;
    this.waiting = setTimeout(async () => {
      const found = event.buttons ? null : await this.nearest(at, up);
      if (mine !== this.pointed) return;
      if (!found) return this.hide();
      this.map.surface.classList.add("pointing");
      this.map.set({ hover: found });
      const shown = await this.actions.card(found.index);
      if (mine === this.pointed && shown) this.show(shown, found);
    }, soon);
  }

  show(content, found) {
    const { x, y } = this.map.scales;
    const { left, top } = this.map.plot;
    this.card.replaceChildren(...content);
    this.card.hidden = false;
    const [width, height] = [this.card.offsetWidth, this.card.offsetHeight];
    const [right, down] = [left + x(found.x) + 14, top + y(found.y) + 14];
    const { clientWidth, clientHeight } = this.map.root;
    this.card.style.left = `${right + width > clientWidth ? Math.max(4, right - width - 28) : right}px`;
    this.card.style.top = `${down + height > clientHeight ? Math.max(4, down - height - 28) : down}px`;
  }

  leave() {
    this.pointed++;
    clearTimeout(this.waiting);
    this.hide();
  }

  hide() {
    this.card.hidden = true;
    this.map.surface.classList.remove("pointing");
    if (this.map.hover) this.map.set({ hover: null });
  }

  async open(event) {
    if (this.moved) return;
    const found = await this.nearest(...this.place(event));
    if (found) this.actions.open(found.index);
  }

  key(event) {
    if (event.target !== this.map.root || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (moves[event.key]) this.map.moveBy(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.map.zoomBy(1.5);
    else if (event.key === "-") this.map.zoomBy(1 / 1.5);
    else if (event.key === "0") this.map.reset();
    else if (event.key === "Escape" && this.drawn) this.abandon();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** The moves that the browser gathered into one event: a lasso turns at each of them. */
function passed(event) {
  const moves = event.getCoalescedEvents?.() ?? [];
  return moves.length ? moves : [event];
}

/** The part of a polygon inside the plot: cut at one border after the other (Sutherland and Hodgman). */
function clipped(polygon, width, height) {
  const borders = [[0, 0, 1], [0, width, -1], [1, 0, 1], [1, height, -1]]; // axis, place, side that is kept
  return borders.reduce((corners, [axis, border, side]) => {
    const depth = (at) => side * (at[axis] - border);
    return corners.flatMap((at, place) => {
      const before = corners.at(place - 1);
      const [from, to] = [depth(before), depth(at)];
      const share = from / (from - to);
      const crossing = from >= 0 === to >= 0 ? [] : [[0, 1].map((k) => (k === axis ? border : before[k] + share * (at[k] - before[k])))];
      return to >= 0 ? [...crossing, at] : crossing;
    });
  }, polygon);
}

function boxOf([x0, y0], [x1, y1]) {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

function distance([x0, y0], [x1, y1]) {
  return Math.hypot(x1 - x0, y1 - y0);
}
