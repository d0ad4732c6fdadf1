"use strict";
// The chosen examples as files.

const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const ROWS_AT_ONCE = 1000;

function save(name, type, parts) {
  const address = URL.createObjectURL(new Blob(parts, { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function saveIds(ids) {
  save("ids.json", "application/json", [`[${ids.map(idJson).join(",\n ")}]\n`]);
}

/** A cell of RFC 4180; numbers stay numbers, text that a spreadsheet would run gets an apostrophe. */
function csvCell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvLine(cells) {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** The table of a query, page by page, as selection.csv. */
async function saveTable(source, query, order, info, progress) {
  const names = info.metrics.map((metric) => metric.name);
  const decided = Boolean(info.decisions);
  const parts = [csvLine(["id", "category", "gold", "prediction", ...names, ...(decided ? ["decision", "new_label"] : []), "text"])];
  for (let offset = 0, total = 1; offset < total; ) {
    const page = await source.select(query, { ...order, offset, limit: ROWS_AT_ONCE });
    total = page.total;
    offset += page.rows.length;
    if (!page.rows.length) break;
    for (const row of page.rows) {
      const decision = decided ? [row.decision?.decision ?? row.decision, row.decision?.relabel] : [];
      parts.push(csvLine([row.id, row.category, row.gold, row.prediction, ...names.map((name) => row.values[name]), ...decision, row.text]));
    }
    progress(Math.min(1, offset / total));
  }
  save("selection.csv", "text/csv;charset=utf-8", parts);
}
