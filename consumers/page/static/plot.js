// Failures a second as stacked areas (uPlot), grey where messages were lost, and the same as a legend and a table.

import { el, fill, kindOf, link, number, place, rcode, second, table, to } from "./dom.js";

const SHOWN = 7; // RCODEs; the least are together
let plot = null;
let drawn = ""; // what the present plot was made for
let gaps = [];
let unknown = []; // spans in which no server counted
let held = false; // a span is being drawn: the picture stands still until the button is let go

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

place("plot").addEventListener("mousedown", () => { held = true; });
for (const each of ["mouseup", "blur"]) addEventListener(each, () => { held = false; });

export function renew() { drawn = ""; }

export function draw(rates) {
  if (held) return;
  const names = Object.keys(rates.rcodes);
  const rows = names.slice(0, SHOWN).map((name) => rates.rcodes[name].slice());
  for (const name of names.slice(SHOWN)) rates.rcodes[name].forEach((value, at) => { rows[SHOWN - 1][at] += value; });
  const shown = names.slice(0, SHOWN);
  const times = Array.from({ length: rates.length }, (_, at) => rates.first + at * rates.step);
  const below = new Array(rates.length).fill(0);
  const stacked = rows.map((row) => row.map((value, at) => (below[at] += value)));
  ({ gaps, unknown } = rates);
  const area = place("plot");
  const key = `${rates.scale} ${shown.join()} ${area.clientWidth}`;
  // The highest first, so that each lower one is drawn over it.
  const data = [times, ...stacked.reverse()];
  if (key !== drawn || plot === null) {
    plot?.destroy();
    plot = new window.uPlot(options(shown.slice().reverse(), area.clientWidth), data, area);
    drawn = key;
  } else plot.setData(data);
  legend(shown, rows, rates);
}

function options(names, width) {
  const text = colour("--soft");
  const grid = { stroke: colour("--line"), width: 1 };
  return {
    width: Math.max(width, 100), height: 190, legend: { show: false },
    cursor: { x: false, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 4 } },
    tzDate: (at) => window.uPlot.tzDate(new Date(at * 1e3), "Etc/UTC"),
    scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.1, 1)] } },
    axes: [{ stroke: text, grid, ticks: grid, values: (_, at) => at.map(short) }, { stroke: text, grid, ticks: grid, size: 44 }],
    series: [{}, ...names.map((name) => ({
      label: name, fill: colour(`--c${kindOf(name)}`), stroke: colour(`--c${kindOf(name)}`), width: 1,
      points: { show: false }, paths: window.uPlot.paths.stepped({ align: 1 }),
    }))],
    hooks: { drawClear: [lost], draw: [bounds], setSelect: [brushed] },
  };
}

// A span of time that was drawn over opens its records; in the table each row has its own.
function brushed(of) {
  const { left, width } = of.select;
  if (width <= 0) return;
  of.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  location.hash = to("time", span(Math.floor(of.posToVal(left, "x")), Math.ceil(of.posToVal(left + width, "x"))));
}

const span = (since, until) => `${since}-${until}`;

// The span that an address opens, in seconds since 1970; null where it opens none.
export function spanOf(hash) {
  const found = /^#time\/(\d+)-(\d+)/.exec(hash);
  return found && [Number(found[1]), Number(found[2])];
}

// Where the span that is open begins and ends.
function bounds(of) {
  of.ctx.fillStyle = colour("--text");
  for (const at of spanOf(location.hash)?.map((each) => of.valToPos(each, "x", true)) ?? []) {
    if (at >= of.bbox.left && at <= of.bbox.left + of.bbox.width) of.ctx.fillRect(at - 1, of.bbox.top, 2, of.bbox.height);
  }
}

const short = (at) => second(at).replace(/:00$/, "");

function lost(of) {
  of.ctx.fillStyle = colour("--gap");
  for (const [since, until] of [...gaps, ...unknown.map(([since, until]) => [since, until - 1])]) {
    const left = Math.max(of.valToPos(since, "x", true), of.bbox.left);
    const right = Math.min(of.valToPos(until + 1, "x", true), of.bbox.left + of.bbox.width);
    if (right > left) of.ctx.fillRect(left, of.bbox.top, right - left, of.bbox.height);
  }
}

const touched = (spans, begin, end) => spans.some(([since, until]) => until >= begin && since < end);

function legend(names, rows, rates) {
  const total = (row) => row.reduce((sum, value) => sum + value, 0) * rates.step;
  const items = names.map((name, at) => el("li", {}, link("records", `rcode=${name}`, rcode(name, Math.round(total(rows[at]))))));
  if (gaps.length) items.push(el("li", {}, `grey: messages were lost, ${gaps.length} times`));
  if (unknown.length) items.push(el("li", {}, "grey: no server of this page counted"));
  fill(place("legend"), ...items);
  if (!place("rates-table").closest("details").open) return;
  const parts = 10; // of the span, a row each
  const size = rates.length / parts;
  const told = Array.from({ length: parts }, (_, part) => ({
    from: rates.first + part * size * rates.step,
    until: rates.first + (part + 1) * size * rates.step,
    counts: rows.map((row) => Math.round(row.slice(part * size, (part + 1) * size).reduce((sum, value) => sum + value, 0) * rates.step)),
    lost: touched(gaps, rates.first + part * size * rates.step, rates.first + (part + 1) * size * rates.step),
    uncounted: touched(unknown, rates.first + part * size * rates.step + 1, rates.first + (part + 1) * size * rates.step),
  }));
  fill(place("rates-table"), table("Failures by time (UTC) and RCODE", [
    ["from", (row) => link("time", span(row.from, row.until), second(row.from)), "t"],
    ...names.map((name, at) => [name, (row) => number(row.counts[at]), "n"]),
    ["messages lost", (row) => (row.lost ? "yes" : "no")],
    ["counted", (row) => (row.uncounted ? "not all" : "yes")],
  ], told));
}
