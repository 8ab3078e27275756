// Elements from plain values. What comes from a record is text, always: nothing here reads markup.

const SVG = "http://www.w3.org/2000/svg";

export const place = (id) => document.getElementById(id);

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child);
  return made;
}

// An address of this page: what strangers chose is escaped, so it can be nothing but the part it stands for.
export const to = (kind, value) => `#${kind}/${encodeURIComponent(value)}`;
export const link = (kind, value, text = value) => el("a", { href: to(kind, value) }, text);
export const number = (value) => (value === null || value === undefined ? "-" : value.toLocaleString("en"));
export const clock = (text) => text.slice(11, 23);
export const second = (at) => new Date(at * 1e3).toISOString().slice(11, 19);
export const moment = (at) => (Math.abs(at) < 1e11 ? new Date(at * 1e3).toISOString().slice(0, 19).replace("T", " ") : "-");
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

// columns: [heading, cell of a row, class]; a cell is text, an element, or a list of them.
export function table(caption, columns, rows) {
  const head = columns.map(([heading, , kind]) => el("th", { scope: "col", class: kind }, heading));
  const body = rows.map((row) => el("tr", {}, columns.map(([, cell, kind]) => el("td", { class: kind }, cell(row)))));
  return el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, head)), el("tbody", {}, body));
}

export function pairs(object) {
  const parts = Object.entries(object).flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, plain(value))]);
  return el("dl", { class: "pairs" }, parts);
}

function plain(value) {
  if (value === null || value === undefined) return "-";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([key, each]) => `${key} ${plain(each)}`).join(", ");
  return String(value);
}

// The minutes of an hour as a line; the table beside it has the numbers.
export function line(minutes) {
  const most = Math.max(...minutes, 1);
  const points = minutes.map((value, at) => `${(at * 90) / (minutes.length - 1)},${17 - (15 * value) / most}`).join(" ");
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("class", "line");
  drawn.setAttribute("viewBox", "0 0 90 18");
  drawn.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "polyline");
  path.setAttribute("points", points);
  drawn.append(path);
  return drawn;
}

// One colour a RCODE everywhere, and its name beside it.
const KINDS = { NXDOMAIN: 0, SERVFAIL: 1, REFUSED: 2, FORMERR: 3, NOTIMP: 4, NOTAUTH: 5 };
export const kindOf = (rcode) => KINDS[rcode] ?? 6;
export const rcode = (name, count) =>
  el("span", { class: `rcode k${kindOf(name)}` }, el("span", {}, count === undefined ? name : `${name} ${number(count)}`));

// Put new content into a place, unless somebody is in it: then it stands still.
export function fill(into, ...content) {
  if (into.matches(":hover, :focus-within") && into.childElementCount) return;
  into.replaceChildren(...content);
}
