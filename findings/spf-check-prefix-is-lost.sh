#!/bin/sh
# spf-check 0.4.3 (npm): valid policies of senders.
# Expected: 'a:host/24' covers the network of the host (RFC 7208, 5.3 and 5.6); modifiers that a reader doesn't know are passed
#   over ('Unrecognized modifiers MUST be ignored', 6). pyspf 2.0.14 (PyPI), mailauth 4.13.3 (npm) and libspf2 1.2.10 (Debian 12)
#   say pass to all.
# Seen: 'Fail' for the network, since the prefix is left out, and 'PermError' for the modifier.
# Costs: mail from the addresses that its domain allows is forged. Nothing says that a part of the policy wasn't read.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" spf-check@0.4.3 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.cjs" <<'END'
const dns = require("node:dns");
const dgram = require("node:dgram");
const POLICIES = {
  plain: "v=spf1 a:host.example -all", network: "v=spf1 a:near.example/24 -all",
  modifier: "v=spf1 ip4:192.0.2.1 other=example.com -all",
};
const HOSTS = { host: 1, near: 200 };
const server = dgram.createSocket("udp4", (query, client) => {
  const label = query.subarray(13, 13 + query[12]).toString().toLowerCase();
  let end = 12;
  while (query[end]) end += query[end] + 1;
  const type = query.readUInt16BE(end + 1);
  const text = POLICIES[label] || "";
  let data = Buffer.alloc(0);
  if (type === 16 && text) data = Buffer.from(String.fromCharCode(text.length) + text);
  if (type === 1 && HOSTS[label]) data = Buffer.from([192, 0, 2, HOSTS[label]]);
  const answer = data.length ? Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data]) : data;
  const known = text || HOSTS[label] ? 0 : 3;
  const head = Buffer.from([query[0], query[1], 0x81, 0x80 | known, 0, 1, 0, data.length ? 1 : 0, 0, 0, 0, 0]);
  server.send(Buffer.concat([head, query.subarray(12, end + 5), answer]), client.port, client.address);
});
server.bind(0, "127.0.0.1", async () => {
  dns.setServers([`127.0.0.1:${server.address().port}`]);
  dns.promises.setServers([`127.0.0.1:${server.address().port}`]);
  const spf = require("spf-check");
  const seen = [];
  for (const name of Object.keys(POLICIES)) seen.push(await spf("192.0.2.1", `${name}.example`, `someone@${name}.example`));
  server.close();
  console.log(`plain, network, another modifier: ${seen.join(", ")}`);
  if (seen[0] !== "Pass") {
    console.log("not tried: the plain policy doesn't pass");
    process.exitCode = 2;
  } else if (seen.slice(1).join() !== "Fail,PermError") {
    console.log(`changed: ${seen.slice(1)}`);
    process.exitCode = 1;
  } else console.log("mail that the policy allows is forged");
});
END
cd "$dir" && node try.cjs
