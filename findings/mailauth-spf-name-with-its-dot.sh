#!/bin/sh
# mailauth 4.13.3 (npm): an SPF policy whose names are written with their last dot, as in a zone file.
# Expected: a name with its dot is the same name: domain-end = ( "." toplabel [ "." ] ) / macro-expand (RFC 7208, 7.1). pyspf 2.0.14
#   (PyPI), libspf2 1.2.10 (Debian 12) and spf-check 0.4.3 (npm) say pass to 'a:host.example.'.
# Seen: 'permerror', for a: and mx:, while include: and redirect= take it.
# Costs: mail of a domain whose operator writes names as DNS does is checked by everybody else and has a broken policy here:
#   DMARC has nothing to go by, and filters count it as spam.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" mailauth@4.13.3 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.mjs" <<'END'
import dns from "node:dns";
import dgram from "node:dgram";
import { createRequire } from "node:module";

const POLICIES = {
  plain: "v=spf1 a:host.example -all", a: "v=spf1 a:host.example. -all", mx: "v=spf1 mx:host.example. -all",
  include: "v=spf1 include:good.example. -all", redirect: "v=spf1 redirect=good.example.", good: "v=spf1 ip4:192.0.2.0/24 -all",
};
const server = dgram.createSocket("udp4", (query, client) => {
  const label = query.subarray(13, 13 + query[12]).toString().toLowerCase();
  let end = 12;
  while (query[end]) end += query[end] + 1;
  const type = query.readUInt16BE(end + 1);
  const text = POLICIES[label] || "";
  let data = Buffer.alloc(0);
  if (type === 16 && text) data = Buffer.from(String.fromCharCode(text.length) + text);
  if (label === "host" && type === 1) data = Buffer.from([192, 0, 2, 1]);
  if (label === "host" && type === 15) data = Buffer.from([0, 10, 0xc0, 12]);
  const answer = data.length ? Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data]) : data;
  const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, data.length ? 1 : 0, 0, 0, 0, 0]);
  server.send(Buffer.concat([head, query.subarray(12, end + 5), answer]), client.port, client.address);
});
await new Promise((done) => server.bind(0, "127.0.0.1", done));
dns.promises.setServers([`127.0.0.1:${server.address().port}`]);
const { spf } = createRequire(import.meta.url)("mailauth/lib/spf");
const seen = [];
for (const name of ["plain", "a", "mx", "include", "redirect"]) {
  const { status } = await spf({ ip: "192.0.2.1", sender: `someone@${name}.example`, helo: "h.example" });
  seen.push(status.result);
}
server.close();
console.log(`a: without the dot, and a:, mx:, include:, redirect= with it: ${seen.join(", ")}`);
if (seen[0] !== "pass") {
  console.log("not tried: the server isn't asked as it should be");
  process.exitCode = 2;
} else if (seen.slice(1).join() !== "permerror,permerror,pass,pass") {
  console.log(`changed: ${seen.slice(1)}`);
  process.exitCode = 1;
} else console.log("a name with its last dot is a broken policy");
END
cd "$dir" && node try.mjs
