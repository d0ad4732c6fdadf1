"use strict";
// Text on its way to the page. All of it may be hostile: it enters the document as text nodes only, and what acts
// instead of being seen (controls, turns of direction) is written out, as pages/excerpt.py does.

const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;
const DASH = "\u2013";

function visible(text) {
  return String(text).replace(
    UNSEEN,
    (found) => `\u27e8U+${found.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`,
  );
}

function shortened(text, limit) {
  const characters = String(text);
  if (characters.length <= limit) return visible(characters);
  return `${visible(characters.slice(0, limit).replace(/[\ud800-\udbff]$/, ""))}…`; // no half of a pair at the cut
}

/** A shown text without marks, with dots where it goes on. */
function plainText({ segments, before, after }) {
  return `${before ? "… " : ""}${segments.map(([run]) => run).join("")}${after ? " …" : ""}`;
}

function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

/** An element; attribute names are ours, their values and all strings among the children may be anybody's. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  append(made, children);
  return made;
}

function append(parent, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : visible(child));
  }
}

/** Text whose direction must not turn that of its surroundings. */
function isolated(text, attributes = {}) {
  return element("bdi", { dir: "auto", ...attributes }, text);
}

/** Runs of text with their marks, 1 gold + 2 predicted + 4 × how strongly they are shaded, and with their notes. */
function marked(segments, shades = []) {
  return segments.flatMap(([text, marks, note]) => {
    const shade = marks >> 2;
    const run = shade
      ? element("span", { class: `shade-${shade}`, title: `below ${shades[shade - 1]}` }, text)
      : marks
        ? element(marks & 1 ? "mark" : "span", { class: marks & 2 ? "predicted" : null }, text)
        : visible(text);
    return note ? [run, element("small", { class: "tag" }, isolated(note))] : [run];
  });
}

/** What the shades of tokens mean. */
function shadeLegend(shades) {
  const steps = shades.map((bound, place) => element("span", { class: `shade-${place + 1}` }, `below ${bound}`));
  return element("p", { class: "note shades" }, "Tokens by their mean probability: ", steps);
}

function count(number) {
  return number.toLocaleString("en-US");
}

function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A metric's value in the digits of its kind. */
function metricText(metric, value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return DASH;
  if (metric.boolean) return value ? "yes" : "no";
  if (metric.integer) return count(value);
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** Lower case without accents, for search. */
function folded(text) {
  const lower = text.toLowerCase();
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize("NFD").replace(/\p{M}/gu, "");
}

/** JSON of an id; integers beyond 2^53 are BigInt here and keep all their digits. */
function idJson(id) {
  return typeof id === "bigint" ? id.toString() : JSON.stringify(id);
}
