#!/bin/sh
# deep-email-validator 0.1.27, email-deep-validator 3.3.0 and node-email-verifier 4.0.0 (npm): does a domain take mail?
# Expected: 'MX 0 .' says that it takes none (RFC 7505). Without any MX its address takes it (RFC 5321, 5.1). Where its
#   server fails (SERVFAIL) nothing is known: an error, or 'try later'.
# Seen: all three say yes to 'MX 0 .', no to the domain without MX, and the same no to SERVFAIL as to NXDOMAIN.
# Costs: sign-up forms take addresses at domains that say they have no mail, so mail goes to where nobody reads it, and turn
#   away customers for good while their domain's servers have a bad minute.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" deep-email-validator@0.1.27 email-deep-validator@3.3.0 node-email-verifier@4.0.0 \
    >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.mjs" <<'END'
import dns from "node:dns";
import dgram from "node:dgram";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const mx = (exchange) => Buffer.concat([Buffer.from([0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 2 + exchange.length, 0, 0]), exchange]);
const a = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
const server = dgram.createSocket("udp4", (query, client) => {
  const label = query.subarray(13, 13 + query[12]).toString().toLowerCase();
  let end = 12;
  while (query[end]) end += query[end] + 1;
  const type = query.readUInt16BE(end + 1);
  let answer = Buffer.alloc(0);
  let rcode = 0;
  if (label === "null" && type === 15) answer = mx(Buffer.from([0]));
  else if (label === "good" && type === 15) answer = mx(Buffer.from([2, 0x6d, 0x78, 0xc0, 12]));
  else if (label === "address" && type === 1) answer = a;
  else if (label === "fails") rcode = 2;
  else if (label === "missing") rcode = 3;
  const head = Buffer.from([query[0], query[1], 0x81, 0x80 | rcode, 0, 1, 0, answer.length ? 1 : 0, 0, 0, 0, 0]);
  server.send(Buffer.concat([head, query.subarray(12, end + 5), answer]), client.port, client.address);
});
await new Promise((done) => server.bind(0, "127.0.0.1", done));
dns.setServers([`127.0.0.1:${server.address().port}`]);
dns.promises.setServers([`127.0.0.1:${server.address().port}`]);

const { validate } = require("deep-email-validator");
const Deep = require("email-deep-validator");
const { default: verify } = await import("node-email-verifier");
const checks = {
  "deep-email-validator": async (email) =>
    (await validate({ email, validateSMTP: false, validateTypo: false, validateDisposable: false })).valid,
  "email-deep-validator": async (email) =>
    (await new (Deep.default ?? Deep)({ verifyMailbox: false }).verify(email)).validDomain,
  "node-email-verifier": (email) => verify(email, { checkMx: true }),
};
const seen = {};
for (const [name, check] of Object.entries(checks)) {
  seen[name] = "";
  for (const domain of ["good", "null", "address", "fails", "missing"])
    seen[name] += (await check(`someone@${domain}.example`)) ? "yes " : "no ";
  console.log(`${name}: good, null MX, address only, SERVFAIL, NXDOMAIN: ${seen[name]}`);
}
const changed = Object.values(seen).filter((each) => each !== "yes yes no no no ");
if (changed.length) {
  console.log(`changed: ${changed}`);
  process.exitCode = 1;
} else console.log("a domain that takes no mail is good, and one that fails is missing");
server.close();
END
cd "$dir" && node try.mjs
