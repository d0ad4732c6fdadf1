"use strict";
// The gold probability of an example over epochs: a small line for the table, a picture with axes for the detail.

const SVG = "http://www.w3.org/2000/svg";

function svgElement(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  append(made, children);
  return made;
}

function curveWords(curve, info) {
  const parts = curve.map(
    (value, place) => `${info.epoch_word} ${info.epochs[place] ?? place + 1}: ${value === null ? "not seen" : value.toFixed(2)}`,
  );
  return `Gold probability, ${parts.join(", ")}`;
}

/** An epoch that did not show the example breaks the line. */
function linePath(curve, x, y) {
  return d3
    .line()
    .defined((value) => value !== null)
    .x((_, place) => x(place))
    .y((value) => y(value))(curve);
}

function drawPoints(svg, curve, x, y, radius) {
  curve.forEach((value, place) => {
    if (value !== null) svg.append(svgElement("circle", { cx: x(place).toFixed(1), cy: y(value).toFixed(1), r: radius }));
  });
}

function sparkline(curve, info) {
  const [width, height] = [72, 26];
  const x = d3.scaleLinear([0, Math.max(curve.length - 1, 1)], [3, width - 3]);
  const y = d3.scaleLinear([0, 1], [height - 3, 3]);
  const svg = svgElement("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, role: "img" });
  svg.setAttribute("aria-label", curveWords(curve, info));
  svg.append(svgElement("path", { class: "frame", d: `M0 3H${width}M0 ${height - 3}H${width}` }));
  svg.append(svgElement("path", { class: "line", d: linePath(curve, x, y) ?? "" }));
  const seen = curve.filter((value) => value !== null).length;
  if (seen <= 8) drawPoints(svg, curve, x, y, 1.7);
  return svg;
}

function bigCurve(curve, info) {
  const [width, height] = [360, 150];
  const inner = { left: 34, right: width - 8, top: 8, bottom: height - 34 };
  const epochs = curve.map((_, place) => info.epochs[place] ?? place + 1);
  const x = d3.scaleLinear([0, Math.max(curve.length - 1, 1)], [inner.left + 8, inner.right - 8]);
  const y = d3.scaleLinear([0, 1], [inner.bottom, inner.top]);
  const svg = svgElement("svg", { class: "curve", viewBox: `0 0 ${width} ${height}`, role: "img" });
  svg.setAttribute("aria-label", curveWords(curve, info));
  for (const value of [0, 0.5, 1]) {
    svg.append(svgElement("path", { class: "frame", d: `M${inner.left} ${y(value)}H${inner.right}` }));
    svg.append(svgElement("text", { x: inner.left - 6, y: y(value) + 4, class: "end" }, String(value)));
  }
  const step = Math.ceil(curve.length / 12);
  epochs.forEach((epoch, place) => {
    if (place % step === 0) svg.append(svgElement("text", { x: x(place), y: inner.bottom + 15, class: "middle" }, String(epoch)));
  });
  svg.append(svgElement("text", { x: (inner.left + inner.right) / 2, y: height - 3, class: "middle" }, info.epoch_word));
  svg.append(svgElement("path", { class: "line", d: linePath(curve, x, y) ?? "" }));
  if (curve.length <= 60) drawPoints(svg, curve, x, y, 3);
  return element("figure", {}, element("figcaption", {}, "gold probability"), svg);
}
