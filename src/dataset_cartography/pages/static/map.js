"use strict";
// The map: a canvas below, axes and outlines above it, and a surface over the plot that takes the pointer.

const MARGIN = { left: 66, right: 14, top: 12, bottom: 46 };
const CELL = 4; // pixels of a cell's side
const QUIET_SCROLL = 400; // ms; a wheel that was scrolling the page keeps doing so over the map

class DataMap {
  /** `changed` is called when other limits are in view and a sharper picture would help. */
  constructor(root, info, changed) {
    Object.assign(this, { root, info, changed });
    this.palette = new Palette(info);
    this.pictures = { ground: null, chosen: null };
    this.polygon = null;
    this.ring = null;
    this.hover = null;
    this.tool = "pan";
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.overlay = d3.select(root).append("svg").attr("class", "overlay").attr("aria-hidden", "true");
    root.prepend(this.canvas);
    this.surface = element("div", { class: "surface" });
    root.append(this.surface);
    this.axes = { x: this.overlay.append("g"), y: this.overlay.append("g") };
    this.titles = { x: this.overlay.append("text"), y: this.overlay.append("text") };
    this.transform = d3.zoomIdentity;
    this.makeZoom();
    this.resize();
    new ResizeObserver(() => this.resize()).observe(root);
  }

  makeZoom() {
    let scrolled = -Infinity;
    let zoomed = -Infinity;
    window.addEventListener("scroll", () => (scrolled = performance.now()), { passive: true });
    this.zoom = d3
      .zoom()
      .scaleExtent([1, 5000])
      .clickDistance(4)
      .filter((event) => {
        if (event.type !== "wheel") return this.tool === "pan" && !event.button && !event.ctrlKey;
        const now = performance.now();
        const passing = now - scrolled < QUIET_SCROLL && now - zoomed > QUIET_SCROLL;
        const outwards = this.transform.k <= 1 && event.deltaY > 0;
        if (!passing && !outwards) zoomed = now;
        return !passing && !outwards;
      })
      .on("start", () => this.surface.classList.add("moving"))
      .on("end", () => this.surface.classList.remove("moving"))
      .on("zoom", (event) => {
        this.transform = event.transform;
        this.draw();
        this.changed();
      });
    this.selection = d3.select(this.surface).call(this.zoom).on("dblclick.zoom", null);
  }

  resize() {
    const clientWidth = this.root.clientWidth || 600; // of a map that is not shown yet
    const clientHeight = this.root.clientHeight || 450;
    const before = this.plot;
    const plot = {
      left: MARGIN.left,
      top: MARGIN.top,
      width: Math.max(60, clientWidth - MARGIN.left - MARGIN.right),
      height: Math.max(60, clientHeight - MARGIN.top - MARGIN.bottom),
    };
    if (before && before.width === plot.width && before.height === plot.height) return;
    this.plot = plot;
    this.scale = window.devicePixelRatio || 1;
    this.canvas.width = clientWidth * this.scale;
    this.canvas.height = clientHeight * this.scale;
    for (const side of ["left", "top", "width", "height"]) this.surface.style[side] = `${plot[side]}px`;
    const [left, right] = widened(this.info.limits.x);
    const [bottom, top] = widened(this.info.limits.y);
    this.base = { x: d3.scaleLinear([left, right], [0, plot.width]), y: d3.scaleLinear([bottom, top], [plot.height, 0]) };
    const extent = [[0, 0], [plot.width, plot.height]];
    this.zoom.extent(extent).translateExtent(extent);
    if (before) {
      const { k, x, y } = this.transform;
      const kept = d3.zoomIdentity.translate((x * plot.width) / before.width, (y * plot.height) / before.height).scale(k);
      this.selection.call(this.zoom.transform, kept);
    } else {
      this.draw();
    }
  }

  /** Scales from data to pixels of the plot. */
  get scales() {
    return { x: this.transform.rescaleX(this.base.x), y: this.transform.rescaleY(this.base.y) };
  }

  /** What `view` wants to know: the limits in view, and how fine a grid may be. */
  get limits() {
    const { x, y } = this.scales;
    const [[x0, x1], [y0, y1]] = [x.domain(), y.domain()];
    const cells = (pixels) => Math.max(20, Math.min(400, Math.round(pixels / CELL)));
    return { x0, x1, y0, y1, columns: cells(this.plot.width), rows: cells(this.plot.height) };
  }

  /** Limits of a square of so many pixels around a place of the plot. */
  around(at, up, reach) {
    const { x, y } = this.scales;
    return { x0: x.invert(at - reach), x1: x.invert(at + reach), y0: y.invert(up + reach), y1: y.invert(up - reach), columns: 8, rows: 8 };
  }

  setPicture(layer, view, limits) {
    this.pictures[layer] = view && makePicture(view, this.palette, layer === "ground", limits);
    if (layer === "chosen") this.surface.dataset.picture = view.kind;
    this.draw();
  }

  set(changes) {
    Object.assign(this, changes);
    this.draw();
  }

  reset() {
    this.selection.call(this.zoom.transform, d3.zoomIdentity);
  }

  moveBy(right, down) {
    this.selection.call(this.zoom.translateBy, (-right * this.plot.width) / 8 / this.transform.k, (-down * this.plot.height) / 8 / this.transform.k);
  }

  zoomBy(factor) {
    this.selection.call(this.zoom.scaleBy, factor);
  }

  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
    const { x0, x1, y0, y1 } = this.limits;
    Object.assign(this.root.dataset, { x0, x1, y0, y1, ...this.plot });
  }

  paint() {
    const { left, top, width, height } = this.plot;
    const { x, y } = this.scales;
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(this.scale, 0, 0, this.scale, left * this.scale, top * this.scale);
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    this.pictures.ground?.draw(context, x, y, this.scale);
    this.pictures.chosen?.draw(context, x, y, this.scale);
    this.drawRegions(context, x, y);
    if (this.polygon) drawOutline(context, this.polygon.map(([right, up]) => [x(right), y(up)]));
    if (this.hover) drawRing(context, x(this.hover.x), y(this.hover.y), 6, "#1c1c1c", 1.2);
    if (this.ring) drawRing(context, x(this.ring.x), y(this.ring.y), 7.5, "#1c1c1c", 2.4);
    context.restore();
    this.drawAxes(x, y);
    this.painted?.();
  }

  drawAxes(x, y) {
    const { left, top, width, height } = this.plot;
    const ticks = { x: Math.max(3, width / 90), y: Math.max(3, height / 60) };
    this.axes.x.attr("transform", `translate(${left},${top + height})`).call(d3.axisBottom(x).ticks(ticks.x).tickSizeOuter(0));
    this.axes.y.attr("transform", `translate(${left},${top})`).call(d3.axisLeft(y).ticks(ticks.y).tickSizeOuter(0));
    this.titles.x.attr("class", "middle").attr("x", left + width / 2).attr("y", top + height + 38);
    this.titles.x.text(fitting(visible(this.info.axes.x), width));
    this.titles.y.attr("class", "middle").attr("transform", `translate(14,${top + height / 2}) rotate(-90)`);
    this.titles.y.text(fitting(visible(this.info.axes.y), height));
  }

  /** The lines of the thresholds, and the regions' names where the map is emptiest: beside the lines. */
  drawRegions(context, x, y) {
    const { thresholds } = this.info;
    if (!thresholds) return;
    const { width, height } = this.plot;
    const [at, up] = [x(thresholds.variability), y(thresholds.confidence)];
    context.strokeStyle = "#5a5a5a";
    context.lineWidth = 1;
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(at, 0);
    context.lineTo(at, height);
    context.moveTo(0, up);
    context.lineTo(Math.min(at, width), up);
    context.stroke();
    context.setLineDash([]);
    const line = Math.max(0, Math.min(height, up));
    this.drawName(context, "easy", 0, at, 0, line, "left", "bottom");
    this.drawName(context, "hard", 0, at, line, height, "left", "top");
    this.drawName(context, "ambiguous", Math.max(0, at), width, 0, height, "right", "top");
  }

  drawName(context, name, left, right, top, bottom, side, edge) {
    const text = `${name} ${count(this.info.counts[name] ?? 0)}`;
    context.font = "600 12px system-ui, sans-serif";
    const width = context.measureText(text).width + 18;
    [left, right] = [Math.max(0, left), Math.min(this.plot.width, right)];
    if (right - left < width + 12 || bottom - top < 36) return;
    const x = side === "left" ? left + 6 : right - width - 6;
    const y = edge === "top" ? top + 6 : bottom - 28;
    context.fillStyle = "rgba(255,255,255,0.86)";
    context.strokeStyle = this.info.colors[name];
    context.lineWidth = 1.4;
    context.beginPath();
    context.roundRect(x, y, width, 22, 4);
    context.fill();
    context.stroke();
    context.fillStyle = "#1c1c1c";
    context.textBaseline = "middle";
    context.fillText(text, x + 9, y + 11.5);
  }
}

/** Limits with a margin, so that points at 0 and 1 are seen whole. */
function widened([low, high]) {
  const margin = 0.025 * (high - low || 1);
  return [low - margin, high + margin];
}

/** The part of an axis title before its colon, where all of it would be too long. */
function fitting(text, pixels) {
  return text.length * 6.4 <= pixels ? text : text.split(":")[0];
}

function drawOutline(context, corners) {
  context.beginPath();
  corners.forEach(([right, down], place) => (place ? context.lineTo(right, down) : context.moveTo(right, down)));
  context.closePath();
  context.fillStyle = "rgba(23,85,143,0.07)";
  context.fill();
  context.strokeStyle = "#17558f";
  context.lineWidth = 1.6;
  context.setLineDash([5, 3]);
  context.stroke();
  context.setLineDash([]);
}

function drawRing(context, x, y, radius, color, width) {
  for (const [style, line] of [["#fff", width + 2.2], [color, width]]) {
    context.strokeStyle = style;
    context.lineWidth = line;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
}
