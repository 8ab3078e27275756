#!/bin/sh
# mailauth 4.13.3 (npm): SPF of a domain that includes, or redirects to, a provider's policy, while the provider's DNS
#   server fails (SERVFAIL).
# Expected: 'temperror' (RFC 7208, 5.2: a temperror of the included policy is one of the whole; and 6.1: the result of the
#   redirect's target is the result), so that the mail is asked to come again. mailauth has it so for 'a:' and for the
#   sender's own domain, and pyspf 2.0.14 for all four.
# Seen: 'fail' for the include, as the rest of the policy ('-all') then decides; 'neutral' for the redirect.
# Costs: while one mail provider's DNS has a bad minute, mail of all domains that it sends for is forged in the eyes of the
#   receiver, and is refused for good, or by DMARC.
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
  works: "v=spf1 include:good.example -all", a: "v=spf1 a:fails.example -all", own: null,
  include: "v=spf1 include:fails.example -all", redirect: "v=spf1 redirect=fails.example",
  good: "v=spf1 ip4:192.0.2.0/24 -all",
};
const server = dgram.createSocket("udp4", (query, client) => {
  const label = query.subarray(13, 13 + query[12]).toString().toLowerCase();
  let end = 12;
  while (query[end]) end += query[end] + 1;
  const fails = label === "fails" || label === "own";
  const text = query.readUInt16BE(end + 1) === 16 && POLICIES[label];
  const answer = text
    ? Buffer.concat([Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, text.length + 1, text.length]), Buffer.from(text)])
    : Buffer.alloc(0);
  const head = Buffer.from([query[0], query[1], 0x81, 0x80 | (fails ? 2 : text ? 0 : 3), 0, 1, 0, text ? 1 : 0, 0, 0, 0, 0]);
  server.send(Buffer.concat([head, query.subarray(12, end + 5), answer]), client.port, client.address);
});
await new Promise((done) => server.bind(0, "127.0.0.1", done));
dns.promises.setServers([`127.0.0.1:${server.address().port}`]);
const { spf } = createRequire(import.meta.url)("mailauth/lib/spf");
const seen = [];
for (const name of ["works", "own", "a", "include", "redirect"]) {
  const { status } = await spf({ ip: "192.0.2.1", sender: `someone@${name}.example`, helo: "h.example" });
  seen.push(status.result);
}
server.close();
console.log(`include that works, own domain fails, a: fails, include fails, redirect fails: ${seen.join(", ")}`);
if (seen.slice(0, 3).join() !== "pass,temperror,temperror") {
  console.log("not tried: the server isn't asked as it should be");
  process.exitCode = 2;
} else if (seen.slice(3).join() !== "fail,neutral") {
  console.log(`changed: ${seen.slice(3)}`);
  process.exitCode = 1;
} else console.log("a provider's server that fails makes mail forged");
END
cd "$dir" && node try.mjs
