// The page: draws a picture a second, as v1/picture has it, and opens what its address names.

import { open, recordColumns, renew, termsOf, json } from "./detail.js";
import { el, fill, line, link, number, percent, place, rcode, second, table, to } from "./dom.js";
import { draw, renew as replot, spanOf } from "./plot.js";

const MUTED_MAX = 500; // fingerprints that a browser keeps
const FINDINGS = 8; // that are shown until all are asked for
const TOPS = 12; // zones and servers that are shown
const AGAIN_MS = 2000; // until a stream that was refused is asked for again
const UNHEARD = ["no-broker", "no-producer", "refused"];
let picture = null;
let span = null; // what was counted in the span of time that is open
let stream = null;
let paused = false;
let scale = "5m";
let word = "";
let showMuted = false;
let allFindings = false;

function connect() {
  stream?.close();
  stream = new EventSource("v1/picture");
  stream.addEventListener("message", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    say("no-server", "the server of this page does not answer: trying again", "below is what was; nxcast-consume serve gives this page");
    if (stream.readyState !== EventSource.CLOSED) return;
    wanted();
    setTimeout(() => { if (!document.hidden) connect(); }, AGAIN_MS);
  });
}

// A token in the address (#token=...) is exchanged for a cookie, and leaves the address and the history.
async function enter() {
  const found = /^#token=(.+)$/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", location.pathname);
  await fetch("v1/session", { headers: { Authorization: `Bearer ${decodeURIComponent(found[1])}` } });
}

async function wanted() {
  const answer = await fetch("v1/session").catch(() => null);
  if (answer?.status === 401) say("no-token", "this server wants a token", "open its address with #token= and your token behind it");
}

function say(kind, text, mend) {
  place("state").dataset.word = kind;
  const polite = kind !== word; // a screen reader hears a change, not each second
  word = kind;
  place("state").setAttribute("aria-live", polite ? "polite" : "off");
  place("state-text").textContent = text;
  place("state-mend").textContent = mend;
  document.title = kind === "live" || kind === "paused" ? "nxcast" : `nxcast: ${kind}`;
}

function take(told) {
  const first = picture === null;
  if (paused) return;
  picture = told;
  say(told.state.word, told.state.text, told.state.mend);
  fill(place("numbers"), ...[
    ["frames/s", number(told.frames_per_second)],
    ["failures/s", link("records", "", number(told.failures_per_second))],
    ["lost", told.lost.text || "nothing"],
    ["clock", Math.abs(told.clock_ahead_ms) < 5000 ? second(told.time) : `${Math.round(told.clock_ahead_ms / 1e3)} s off`],
  ].map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { id: `number-${name.replace("/s", "")}` }, value))));
  if (scale === "5m") draw(told.rates);
  place("rates-note").textContent = [
    told.elsewhen ? `${number(told.elsewhen)} records have a time of another day (a recording?): they are drawn when they were published.` : "",
    told.uncounted ? `${number(told.uncounted)} records came faster than this page counts.` : "",
  ].join(" ").trim();
  counted(told);
  broker(told);
  fill(place("records-body"), told.records.length ? table(`${told.records.length} of the latest records`, recordColumns, told.records) : el("p", {}, "No record yet."));
  if (first && location.hash) { open(location.hash, known()); spanned(); }
}

// The picture, with what stood out in the span that is open: an address may name any of it.
const known = () => picture && { ...picture, findings: [...picture.findings, ...(span?.findings ?? [])] };

function findings(told) {
  const muted = new Set(kept());
  const all = (span ?? told).findings;
  const found = all.filter((each) => showMuted || !muted.has(each.fingerprint));
  const hidden = all.length - found.length;
  place("known").textContent = told.muted ? `${number(told.muted)} known to all (--known)` : "";
  place("muted").hidden = !muted.size;
  place("muted").textContent = showMuted ? `hide the ${muted.size} muted` : `${hidden} muted: show`;
  const items = found.slice(0, allFindings ? undefined : FINDINGS).map((each) => el("li", {},
    el("span", { class: `severity ${each.severity}` }, each.severity),
    link("finding", each.fingerprint, each.text),
    el("span", { class: "note" }, each.times > 1 ? `${each.question}, ${each.times} times` : each.question),
    el("button", { type: "button", "aria-label": `${muted.has(each.fingerprint) ? "unmute" : "mute"}: ${each.text}`, onclick: () => mute(each.fingerprint) }, muted.has(each.fingerprint) ? "unmute" : "mute")));
  const waits = told.questions.filter((each) => each.waiting).map((each) => `${each.question}: ${each.waiting}`);
  place("more-findings").hidden = found.length <= FINDINGS;
  place("more-findings").textContent = allFindings ? `the first ${FINDINGS}` : `all ${found.length}`;
  fill(place("findings-body"), items.length ? el("ul", { class: "plain" }, items)
    : el("p", {}, span ? "No finding was seen in this span." : nothing(told, `Nothing out of the ordinary. ${waits.join("; ")}`)));
  fill(place("questions-body"), el("ul", { class: "plain" }, told.questions.map((each) => el("li", {},
    link("question", each.question), el("span", {}, each.about), el("span", { class: "note" }, each.waiting || `${number(each.rows)} rows`)))));
}

// Findings, causes, zones, servers and sensors: of all, or of the span of time that is open.
function counted(told) {
  const when = span && `${second(span.from)} to ${second(span.until)} UTC`;
  place("findings-h").textContent = `What stands out${when ? `, ${when}` : ""}`;
  place("sensors-h").textContent = `Sensors${when ? `, ${when}` : ""}`;
  findings(told);
  sensors(told);
  place("causes-h").textContent = `Why look-ups fail${when ? `, ${when}` : ""}`;
  place("zones-h").textContent = `Zones, ${when ?? "in the last hour"}`;
  place("servers-h").textContent = `Servers, ${when ?? "in the last hour"}`;
  for (const each of document.querySelectorAll(".counted")) each.href = span ? `v1/span?from=${span.from}&until=${span.until}` : "v1/picture";
  const causes = (span ?? told).causes;
  fill(place("causes-body"), causes.length ? table(`Causes of failures${when ? `, ${when}` : " since the server of this page began"}`, [
    ["why", (row) => within("cause", row.cause), "name"],
    ["share", (row) => percent(row.share), "n"],
    ["look-ups", (row) => number(row.look_ups), "n"],
    ["", (row) => el("meter", { min: 0, max: 1, value: row.share, "aria-hidden": "true", title: row.what }), "bar"],
  ], causes) : none(told));
  tops(told, "zones", "zone", "names");
  tops(told, "servers", "server", "zones");
}

const none = (told) => el("p", {}, span ? "No failure in this span, or none that is kept: minutes of the last hour, quarters of the last day." : nothing(told, "No failure yet."));

// Where nothing is heard, nothing is known to be well.
const nothing = (told, text) => (UNHEARD.includes(told.state.word) && !told.failures ? "Nothing has come yet." : text);

const within = (kind, value) => link(...(span ? ["time", `${span.from}-${span.until}/${kind}/${value}`] : [kind, value]), value);

function tops(told, id, key, distinct) {
  const rows = told[id];
  const caption = `${id === "zones" ? "Zones" : "Servers"}, most failures first`;
  const failed = ["failed", (row) => number(row.failed), "n"];
  if (span) {
    const found = span[id].slice(0, TOPS);
    fill(place(`${id}-body`), found.length ? table(caption, [[key, (row) => within(key, row[key]), "name"], failed], found) : none(told));
    return;
  }
  fill(place(`${id}-body`), rows.length ? table(caption, [
    [key, (row) => [link(key, row[key]), el("div", { class: "note" }, row.cause ? ["mostly ", link("cause", row.cause), row.reading ? ": " : ""] : null, row.reading)], "name"],
    failed,
    [distinct, (row) => number(row.distinct), "n"],
    ["last minute", (row) => number(row.minutes.at(-1)), "n wide"],
    ["hour", (row) => line(row.minutes), "wide"],
    ["how", (row) => Object.entries(row.rcodes).slice(0, 3).flatMap(([name, count]) => [rcode(name, count), " "])],
  ], rows.slice(0, TOPS)) : el("p", {}, nothing(told, "No failure in the last hour.")));
}

async function spanned() { // what is counted in the span that is open is asked for, too
  const asked = spanOf(location.hash);
  const told = asked && await json(`v1/span?from=${asked[0]}&until=${asked[1]}`).catch(() => null);
  if (String(asked) !== String(spanOf(location.hash))) return;
  const other = told?.from !== span?.from || told?.until !== span?.until;
  span = told;
  if (other) for (const id of ["findings", "causes", "zones", "servers", "sensors"]) place(`${id}-body`).replaceChildren();
  if ((span || other) && picture) counted(picture);
}

function sensors(told) {
  if (span) {
    fill(place("sensors-body"), span.sensors.length ? table("Sensors by the failures that they saw", [
      ["sensor", (row) => within("sensor", row.sensor), "name"],
      ["failures", (row) => number(row.failed), "n"],
    ], span.sensors) : none(told));
    return;
  }
  fill(place("sensors-body"), told.sensors.length ? table("Sensors, those with trouble first", [
    ["sensor", (row) => link("sensor", row.sensor), "name"],
    ["state", (row) => (row.verdict === "act" ? el("span", { class: "bad" }, row.silent_seconds > 300 ? "silent" : "losing") : el("span", { class: "good" }, "well"))],
    ["frames/s", (row) => number(row.frames_per_second), "n"],
    ["frames", (row) => number(row.frames), "n wide"],
    ["lost batches", (row) => number(row.lost_batches), "n"],
    ["restarts", (row) => number(row.restarts), "n wide"],
    ["heard", (row) => `${number(row.silent_seconds)} s ago`, "n"],
    ["delay", (row) => (row.delay_seconds === null ? "-" : `${row.delay_seconds} s`), "n wide"],
    ["what to do", (row) => row.mend],
  ], told.sensors) : el("p", {}, told.state.mend || "No sensor yet."));
}

function broker(told) {
  fill(place("health-body"), told.health.length ? table("What doctor says of the broker", [
    ["check", (row) => row.check],
    ["verdict", (row) => el("span", { class: row.verdict === "wrong" ? "bad" : row.verdict === "ok" ? "good" : "warn" }, row.verdict)],
    ["what", (row) => row.text],
    ["what to do", (row) => row.mend, "wide"],
  ], told.health) : el("p", {}, "The broker has said nothing yet."));
}

function kept() {
  try { return JSON.parse(localStorage.getItem("muted") ?? "[]"); } catch { return []; }
}

function mute(fingerprint) {
  const before = kept();
  const after = before.includes(fingerprint) ? before.filter((each) => each !== fingerprint) : [...before, fingerprint];
  localStorage.setItem("muted", JSON.stringify(after.slice(-MUTED_MAX)));
  place("findings-h").focus();
  anew();
}

function anew() {
  place("findings-body").replaceChildren();
  if (picture) findings(picture);
}

async function wide() { // the longer spans are asked for, since they change slowly
  if (scale === "5m" || paused || document.hidden) return;
  const asked = scale;
  const rates = await json(`v1/rates/${asked}`).catch(() => null);
  if (rates && asked === scale) draw(rates);
}

function pause() {
  paused = !paused;
  place("pause").setAttribute("aria-pressed", paused);
  if (paused) say("paused", "paused: below is what was", "space goes on");
}

for (const button of document.querySelectorAll("[data-scale]")) button.addEventListener("click", () => {
  scale = button.dataset.scale;
  for (const each of document.querySelectorAll("[data-scale]")) each.setAttribute("aria-pressed", each === button);
  place("rates-json").href = `v1/rates/${scale}`;
  if (scale === "5m" && picture) draw(picture.rates); else wide();
});
place("pause").addEventListener("click", pause);
place("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
  again();
});
place("help-open").addEventListener("click", () => place("help").showModal());
place("muted").addEventListener("click", () => { showMuted = !showMuted; anew(); });
place("more-findings").addEventListener("click", () => { allFindings = !allFindings; anew(); });
place("search").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = to("records", termsOf(place("where").value).join(" "));
});
document.querySelector("details").addEventListener("toggle", again);
addEventListener("hashchange", () => { if (location.hash.startsWith("#token=")) enter().finally(connect); else { open(location.hash, known()); spanned(); again(); } });
addEventListener("resize", again);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
document.addEventListener("visibilitychange", () => { if (document.hidden) stream?.close(); else connect(); });
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || place("help").open) return;
  if (event.key === "Escape" && location.hash.length > 1) { location.hash = ""; return; }
  if (event.key === "/" && replaced(event.target)) { event.preventDefault(); return; }
  // A help that was just closed has the focus until the browser draws again.
  if (event.target.closest("input, button, summary") && !event.target.closest("dialog")) return;
  if (event.key === "/") { event.preventDefault(); place("where").select(); }
  else if (event.key === "?") place("help").showModal();
  else if (event.key === " " && !event.target.closest("a, .scroll, pre")) { event.preventDefault(); pause(); }
});

// Whether it is the search that was gone back to, which "/" is for: all of it is selected.
function replaced(box) {
  return box === place("where") && box.value !== "" && box.selectionStart === 0 && box.selectionEnd === box.value.length;
}

function again() {
  replot();
  if (scale === "5m") { if (picture) draw(picture.rates); } else wide();
}

if (localStorage.getItem("theme")) document.documentElement.dataset.theme = localStorage.getItem("theme");
setInterval(() => { if (!paused && !document.hidden) { renew(); if (span) spanned(); } }, 2000);
setInterval(wide, 10_000);
enter().finally(connect);
