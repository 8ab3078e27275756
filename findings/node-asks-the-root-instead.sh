#!/bin/sh
# Node.js 20.20.2: dns.resolve4 of a name with a label 'xn--' that is no punycode. Such names are asked for every day,
# and are in every NXDOMAIN channel; DNS itself allows any octets (RFC 2181, 11).
# Expected: the name is asked as it stands, or refused as no name (EBADNAME).
# Seen: the name becomes empty on its way, so that the root is asked, '. A', and its answer is given as the name's:
#   an address if the root has one (as behind a resolver or portal that rewrites), otherwise ENODATA: 'the name exists'.
# Costs: a checker of domains written for Node calls names that do not exist existing, and asks the root in their place.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
node --version

cat >"$dir/try.js" <<'END'
const { Resolver } = require("dns").promises;
const server = require("dgram").createSocket("udp4");
const asked = [];
server.on("message", (query, client) => {
  const labels = [];
  let at = 12;
  for (; query[at]; at += query[at] + 1) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  asked.push(labels.join(".") + ".");
  const rcode = labels.length ? 3 : 0; // only the root exists; it has no address
  const head = Buffer.from([query[0], query[1], 0x81, 0x80 | rcode, 0, 1, 0, 0, 0, 0, 0, 0]);
  server.send(Buffer.concat([head, query.subarray(12, at + 5)]), client.port, client.address);
});
server.bind(0, "127.0.0.1", async () => {
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  const codes = [];
  for (const name of ["gone.example", "xn--a.example"]) {
    codes.push(await resolver.resolve4(name).then(String, (error) => error.code));
    console.log(`${name}: asked ${asked.at(-1)}, ${codes.at(-1)}`);
  }
  server.close();
  if (asked[0] !== "gone.example." || codes[0] !== "ENOTFOUND") {
    console.log("not tried: the server is not asked");
    process.exitCode = 2;
  } else if (asked.at(-1) !== "." || codes[1] !== "ENODATA") {
    console.log(`changed: asked ${asked.at(-1)}, ${codes[1]}`);
    process.exitCode = 1;
  } else console.log("xn--a.example is asked as the root, and 'has no address' instead of 'does not exist'");
});
END
node "$dir/try.js"
