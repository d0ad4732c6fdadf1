"use strict";
// What `view` answers, as something a canvas can draw: single points, or cells whose opacity is the logarithm of how
// many examples they hold. Colour is correctness; examples that are not chosen stay as grey ground.

const GROUND = "#b9b9b6";

class Palette {
  constructor(info) {
    const stops = info.correctness_colors;
    const ramp = d3.scaleLinear(stops.map((_, place) => place / (stops.length - 1)), stops).clamp(true);
    this.css = d3.range(101).map((percent) => ramp(percent / 100));
    this.rgb = [...this.css, info.unknown_color].map((color) => d3.rgb(color));
    this.unknown = info.unknown_color;
    this.sprites = new Map();
  }

  /** The place of a correctness among the colours; the last stands for unknown. */
  place(correctness) {
    return Number.isNaN(correctness) ? 101 : Math.round(Math.min(1, Math.max(0, correctness)) * 100);
  }

  color(place) {
    return place === 101 ? this.unknown : this.css[place];
  }

  /** A point drawn once and copied: tens of thousands of arcs would take too long. */
  sprite(color, radius, scale) {
    const key = `${color} ${radius} ${scale}`;
    if (!this.sprites.has(key)) {
      const size = Math.ceil((radius + 1) * 2 * scale);
      const canvas = element("canvas", { width: size, height: size });
      const context = canvas.getContext("2d");
      context.fillStyle = color;
      context.strokeStyle = "rgba(255,255,255,0.75)";
      context.lineWidth = 0.6 * scale;
      context.beginPath();
      context.arc(size / 2, size / 2, radius * scale, 0, 2 * Math.PI);
      context.fill();
      if (radius > 2.4) context.stroke();
      this.sprites.set(key, canvas);
    }
    return this.sprites.get(key);
  }
}

class PointsPicture {
  constructor(view, palette, isGround) {
    Object.assign(this, { index: view.index, x: view.x, y: view.y, palette, isGround });
    this.places = Uint8Array.from(view.correctness, (value) => palette.place(value));
    // In an order that has nothing to do with the file's, so that no part of it always lies on top.
    this.order = d3.shuffler(d3.randomLcg(0.5))(Uint32Array.from(view.index, (_, place) => place));
  }

  get size() {
    return this.index.length;
  }

  draw(context, x, y, scale) {
    const radius = Math.min(4.5, Math.max(1.7, 110 / Math.sqrt(this.size + 1)));
    context.globalAlpha = this.isGround ? 0.3 : Math.min(0.9, Math.max(0.6, 4 / Math.max(1, this.size) ** 0.2));
    const [left, right] = x.range();
    const [bottom, top] = y.range();
    for (const place of this.order) {
      const [at, up] = [x(this.x[place]), y(this.y[place])];
      if (at < left - 5 || at > right + 5 || up > bottom + 5 || up < top - 5) continue;
      const color = this.isGround ? GROUND : this.palette.color(this.places[place]);
      const sprite = this.palette.sprite(color, radius, scale);
      context.drawImage(sprite, at - sprite.width / scale / 2, up - sprite.height / scale / 2, sprite.width / scale, sprite.height / scale);
    }
    context.globalAlpha = 1;
  }

  /** The place of the nearest point within so many pixels, or null. */
  nearest(x, y, at, up, reach) {
    let [best, found] = [reach * reach, null];
    for (let place = 0; place < this.size; place++) {
      const distance = (x(this.x[place]) - at) ** 2 + (y(this.y[place]) - up) ** 2;
      if (distance <= best) [best, found] = [distance, place];
    }
    return found;
  }
}

class GridPicture {
  constructor(view, palette, isGround, limits) {
    this.limits = limits;
    this.canvas = element("canvas", { width: view.columns, height: view.rows });
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(view.columns, view.rows);
    const most = Math.log1p(d3.max(view.count) || 1);
    const ground = d3.rgb(GROUND);
    this.size = 0;
    for (let cell = 0; cell < view.count.length; cell++) {
      const number = view.count[cell];
      if (!number) continue;
      this.size += number;
      const color = isGround ? ground : palette.rgb[palette.place(view.correctness[cell])];
      const row = view.rows - 1 - Math.floor(cell / view.columns); // row 0 lies at the bottom
      const share = Math.log1p(number) / most;
      const opacity = isGround ? 0.12 + 0.3 * share : 0.4 + 0.6 * share;
      image.data.set([color.r, color.g, color.b, Math.round(255 * opacity)], 4 * (row * view.columns + (cell % view.columns)));
    }
    context.putImageData(image, 0, 0);
  }

  draw(context, x, y) {
    const { x0, x1, y0, y1 } = this.limits;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.canvas, x(x0), y(y1), x(x1) - x(x0), y(y0) - y(y1));
  }
}

function makePicture(view, palette, isGround, limits) {
  return view.kind === "points" ? new PointsPicture(view, palette, isGround) : new GridPicture(view, palette, isGround, limits);
}
