#!/bin/sh
# nsyslog-parser 0.10.1 (npm): structured data of syslog (RFC 5424) with a name of the DNS, or a text, that has a backslash or a
#   quotation mark.
# Expected: '"', '\' and ']' stand in a value with a '\' before them (RFC 5424, 6.3.3), and are read without it: q="a\\.b.example"
#   is the name a\.b.example, whose first label has a dot (RFC 1035, 5.1).
# Seen: a\\.b.example: another name, one label more. And if one value has an escaped quotation mark, there is no structured data
#   at all: it is the begin of the message, with all its other values.
# Costs: such names match no list and no other source, and an event whose text somebody else chose, as extra text of an error or a
#   TXT record, loses all its fields.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" nsyslog-parser@0.10.1 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const parse = require("nsyslog-parser");
const read = (value) => {
  const line = `<165>1 2026-11-30T10:00:00Z ns1 named 123 query [dns@32473 q="${value}" rcode="3"] denied`;
  const { structuredData, message } = parse(line);
  return structuredData.map(({ q, rcode }) => `${q} ${rcode}`).join() + ` | ${message}`;
};
const values = ["a.example", String.raw`a\\.b.example`, String.raw`a\"b`];
const seen = values.map(read);
values.forEach((value, at) => console.log(`q="${value}": ${seen[at]}`));
if (seen[0] !== "a.example 3 | denied") {
  console.log("not tried: plain values are read otherwise");
  process.exitCode = 2;
} else if (seen[1] !== String.raw`a\\.b.example 3 | denied` || !seen[2].startsWith(" | [dns@32473 q=")) {
  console.log(`changed: ${seen.slice(1).join("; ")}`);
  process.exitCode = 1;
} else console.log("escapes stay, and cost the fields");
END
node "$dir/try.js"
