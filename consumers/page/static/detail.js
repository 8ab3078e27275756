// What an address of this page opens: #KIND/VALUE. Each shows what is known, and the records that make it.

import { clock, el, fill, link, moment, number, pairs, place, rcode, table } from "./dom.js";

let shown = ""; // the address
let query = null; // of the records that are renewed
let opener = null; // what had the focus before anything was opened: where it is put back to

export const recordColumns = [
  ["time", (row) => link("record", row.id, clock(row.time)), "t"],
  ["RCODE", (row) => rcode(row.rcode)],
  ["type", (row) => row.qtype ?? "-"],
  ["name", (row) => (row.qname === null ? "-" : link("name", row.qname)), "name"],
  ["zone", (row) => (row.zone ? link("zone", row.zone) : "-"), "wide"],
  ["server", (row) => link("server", row.server), "wide"],
  ["why", (row) => (row.cause ? link("cause", row.cause) : "-"), "wide"],
  ["sensor", (row) => link("sensor", row.sensor), "wide"],
];

async function answered(path, headers = {}) {
  const answer = await fetch(path, { headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text.trim() || `status ${answer.status}`);
  return text;
}

export const json = async (path) => JSON.parse(await answered(path));

const recordsPath = (terms) => `v1/records?limit=50${terms.map((term) => `&where=${encodeURIComponent(term)}`).join("")}`;

// A search box's text as terms: parted by spaces.
export const termsOf = (text) => text.split(/\s+/).filter((term) => term);

const ADDRESS = /^\d+(\.\d+){3}$|^[\da-f:.]*:[\da-f:.]*$/i;

const OPENERS = {
  records: (value) => ({ title: `Records: ${value || "all"}`, terms: termsOf(value), lead: meant(termsOf(value)) }),
  zone: (value, picture) => ({ title: `Zone ${value}`, terms: [`zone=${value}`], facts: row(picture?.zones, "zone", value), history: value, failures: value === "." ? null : `*.${value}` }),
  time,
  server: (value, picture) => ({ title: `Server ${value}`, terms: [`response=${value}`], facts: row(picture?.servers, "server", value), had: value }),
  cause: (value, picture) => ({ title: `Why: ${value}`, terms: [`cause=${value}`], facts: row(picture?.causes, "cause", value), tops: true }),
  sensor: (value, picture) => ({ title: `Sensor ${value}`, terms: [`sensor=${value}`], facts: row(picture?.sensors, "sensor", value) }),
  name: (value) => ({ title: `Name ${value}`, terms: [`qname=${value}`], history: value, failures: value }),
  finding: (value, picture) => finding(value, picture),
  record: (value) => ({ title: `Record ${value}`, json: `v1/record/${encodeURIComponent(value)}`, show: record }),
  question: (value) => ({ title: `Question ${value}`, json: `v1/report/${encodeURIComponent(value)}`, show: report }),
};

// A span of time, SINCE-UNTIL in seconds, and of it a zone, a server or a cause where one is named behind.
function time(value) {
  const [span, kind, ...rest] = value.split("/");
  const [since, until = since] = span.split("-");
  const name = rest.join("/");
  const more = kind ? [`${kind === "server" ? "response" : kind}=${name}`] : [];
  return { title: `From ${moment(since)} to ${moment(until)} UTC${kind ? `: ${kind} ${name}` : ""}`, terms: [`from=${since}`, `until=${until}`, ...more], tops: true };
}


// A word that may be more than a part of a name leads to all that is known of it.
function meant(terms) {
  const [word] = terms;
  if (terms.length !== 1 || word.includes("=")) return undefined;
  if (ADDRESS.test(word)) return el("p", {}, "all of the address: ", link("server", word));
  const name = word.replace(/\.?$/, ".");
  return el("p", {}, "all of it as a name: ", link("name", name), ", or as a zone: ", link("zone", name));
}

const row = (rows, key, value) => rows?.find((each) => each[key] === value);

export function open(hash, picture) {
  const section = place("detail");
  const [kind, ...rest] = hash.replace(/^#/, "").split("/");
  const made = OPENERS[kind];
  if (!made) { close(section); return; }
  let value;
  try { value = decodeURIComponent(rest.join("/")); } catch { value = rest.join("/"); }
  const told = made(value, picture);
  remember(section);
  shown = hash;
  query = told.terms ?? null;
  const heading = place("detail-h");
  heading.textContent = told.title;
  place("detail-json").href = told.json ?? recordsPath(told.terms ?? []);
  const body = place("detail-body");
  body.replaceChildren();
  if (told.facts) body.append(pairs(facts(told.facts)));
  if (told.lead) body.append(told.lead);
  if (told.show) {
    const shows = el("div", {}, "...");
    body.append(shows);
    json(told.json).then((found) => shows.replaceChildren(...told.show(found)), (error) => shows.replaceChildren(error.message));
  }
  if (told.terms) body.append(el("div", { id: "tops" }), el("div", { id: "found", class: "scroll" }));
  if (told.history) body.append(el("h3", {}, "Its history"), picture?.store ? history(told.history) : noStore());
  if (told.failures && picture?.store) body.append(el("h3", {}, "Its failures in the store"), failures(told.failures));
  if (told.had && picture?.store) body.append(el("h3", {}, "What had this address, in the store"), had(told.had));
  section.dataset.kind = kind;
  section.hidden = false;
  heading.focus({ preventScroll: true });
  section.scrollIntoView({ block: "nearest" });
  if (kind === "records") place("where").value = value;
  return renew(told.tops);
}

function remember(section) {
  const from = document.activeElement;
  if (from === document.body || section.contains(from)) return;
  opener = { from, href: from.getAttribute("href"), panel: from.closest("section") };
}

function close(section) {
  const within = !section.hidden && (section.contains(document.activeElement) || document.activeElement === document.body);
  section.hidden = true;
  shown = "";
  query = null;
  if (!within || opener === null) return;
  // A list has been drawn anew since: then its link to the same, or its heading.
  const { from, href, panel } = opener;
  const same = href && panel?.querySelector(`[href="${CSS.escape(href)}"]`);
  const heading = panel?.querySelector("h2");
  heading?.setAttribute("tabindex", "-1");
  const back = [from.isConnected ? from : null, same, heading].find((each) => each);
  back?.focus();
  back?.select?.(); // a search: what is typed next is in its place
}

function facts(found) {
  const { minutes, ...rest } = found;
  return minutes ? { ...rest, "last minute": minutes.at(-1) } : rest;
}

// The records that are shown, anew; called each two seconds while they are.
export async function renew(tops = /^#(cause|time)\//.test(shown)) {
  if (query === null) return;
  const asked = query;
  let found;
  try { found = await json(recordsPath(asked)); } catch (error) { found = error; }
  const into = place("found");
  if (asked !== query || into === null) return;
  if (found instanceof Error) { into.replaceChildren(el("p", { class: "bad", role: "alert" }, found.message)); return; }
  const title = `${found.records.length}${found.more ? " or more" : ""} of the latest ${number(found.among)} records`;
  fill(into, found.records.length ? table(title, recordColumns, found.records)
    : el("p", {}, none(found)));
  if (tops) fill(place("tops"), ...["zone", "server", "qname"].map((key) => top(found.records, key)));
}

function none(found) {
  const where = `None among the latest ${number(found.among)} records${found.since ? `, since ${found.since.slice(0, 19)} UTC` : ""}`;
  return shown.startsWith("#time/") ? `${where}: what was before is here no more.` : `${where}; new ones show here as they come.`;
}

function top(rows, key) {
  const counts = new Map();
  for (const each of rows) if (each[key]) counts.set(each[key], (counts.get(each[key]) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
  const kind = key === "qname" ? "name" : key;
  return el("p", {}, `${kind}s most, of those below: `, most.flatMap(([value, count], at) => [at ? ", " : "", link(kind, value), ` ${count}`]));
}

function finding(value, picture) {
  const found = row(picture?.findings, "fingerprint", value);
  if (!found) return { title: "Finding", lead: el("p", {}, "It is not among what stands out now. nxcast-consume with its question tells all.") };
  const about = ["qname", "name", "domain", "zone"].find((key) => typeof found[key] === "string");
  const terms = about ? [about === "zone" ? `zone=${found[about]}` : `qname=${found[about]}`]
    : typeof found.server === "string" ? [`response=${found.server}`]
    : found.examples?.length ? [`qname=${found.examples.slice(0, 3).join(",")}`] : undefined;
  // What a server failed with is few among the names that it says do not exist.
  if (terms && found.rcodes?.length) terms.push(`rcode=${found.rcodes.map((each) => each.split(" ")[0]).join(",")}`);
  const { text, form, id, fingerprint, ...evidence } = found;
  const lead = el("div", {}, el("p", {}, link("question", found.question, `all that ${found.question} says`)),
    el("p", { class: "note" }, "To mute it for all, put this line into the file of nxcast-consume serve --known:"),
    el("pre", { tabindex: "0", id: "known-line" }, `${fingerprint}  # ${found.question}: ${text.replaceAll(/\s+/g, " ")}`));
  return { title: found.text, facts: evidence, terms, lead };
}

function record(found) {
  const { text, octets, id, ...rest } = found;
  const links = el("p", {}, found.qname === null ? null : link("name", found.qname, "the name"), " ", link("zone", found.zone, "the zone"), " ", link("server", found.server, "the server"));
  const shown = [pairs(rest), links, el("h3", {}, "The message"), el("pre", { tabindex: "0" }, text)];
  if (octets) shown.push(el("details", {}, el("summary", {}, "its octets"), el("pre", { tabindex: "0" }, hex(octets))));
  return shown;
}

const hex = (base64) => Array.from(atob(base64), (each) => each.charCodeAt(0).toString(16).padStart(2, "0")).join(" ");

function report(found) {
  const lead = [el("p", {}, found.about)];
  if (found.waiting) lead.push(el("p", { class: "note" }, found.waiting));
  if (!found.sections.length) lead.push(el("p", {}, "It has found nothing yet."));
  return [...lead, ...found.sections.map((section) => el("div", { class: "scroll" },
    table(section.title, section.columns.map((column, at) => [column.heading, (cells) => cells[at], column.right ? "n" : ""]), section.rows),
    el("p", { class: "note" }, section.note)))];
}

function noStore() {
  return el("p", { class: "note" }, "No store is served here, so there are only the latest records: nxcast-consume store keeps what was, and nxcast-consume serve --store DIR shows it.");
}

function history(name) {
  const shows = el("div", {}, "...");
  lines(`v1/history/${encodeURIComponent(name)}?humantime=t`).then((found) => {
    if (!found.length) shows.replaceChildren(el("p", {}, "The store has nothing of it."));
    else shows.replaceChildren(...found.map((each) => pairs(each)));
  }, (error) => shows.replaceChildren(el("p", { class: "note" }, error.message)));
  return shows;
}

const ROWS = 50; // of the store that are shown

const failureColumns = [
  ["name", (row) => (row.qname ? link("name", row.qname) : `some ${number(row.names)} names of ${row.zone}`), "name"],
  ["type", (row) => row.qtype ?? "-"],
  ["RCODE", (row) => (row.rcode ? rcode(row.rcode) : "-")],
  ["times", (row) => number(row.count), "n"],
  ["first", (row) => moment(row.time_first), "t"],
  ["last", (row) => moment(row.time_last), "t"],
  ["zone", (row) => link("zone", row.zone), "wide"],
  ["servers", (row) => (row.servers ?? []).flatMap((each, at) => [at ? ", " : "", link("server", each)]), "wide"],
];

function failures(name) {
  const path = `v1/failures/name/${encodeURIComponent(name)}?limit=${ROWS}`;
  const shows = el("div", { id: "failures", class: "scroll" }, "...");
  lines(path).then((found) => shows.replaceChildren(found.length
    ? table(`${found.length}${found.length === ROWS ? " or more" : ""} question${found.length === 1 ? "" : "s"} that failed, times are UTC`, failureColumns, found)
    : el("p", {}, "The store has no failure of it."), el("p", {}, el("a", { href: path }, "as JSON"))),
  (error) => shows.replaceChildren(el("p", { class: "note" }, error.message)));
  return shows;
}

const hadColumns = [
  ["name", (row) => link("name", row.rrname), "name"],
  ["type", (row) => row.rrtype],
  ["times", (row) => number(row.count), "n"],
  ["first", (row) => moment(row.time_first), "t"],
  ["last", (row) => moment(row.time_last), "t"],
];

function had(address) {
  const path = `pdns/query/${encodeURIComponent(address)}`;
  const shows = el("div", { id: "had", class: "scroll" }, "...");
  answered(path, { "dribble-paginate-count": ROWS }).then((text) => {
    const found = values(text);
    shows.replaceChildren(found.length
      ? table(`${found.length}${found.length === ROWS ? " or more" : ""} name${found.length === 1 ? "" : "s"}, times are UTC`, hadColumns, found)
      : el("p", {}, "The store knows no name that had it."), el("p", {}, el("a", { href: path }, "as JSON")));
  }, (error) => shows.replaceChildren(el("p", { class: "note" }, error.message)));
  return shows;
}

const values = (text) => text.split("\n").filter((each) => each).map((each) => JSON.parse(each));

const lines = async (path) => values(await answered(path)).map((each) => each.obj).filter((each) => each);
