#!/bin/sh
# tangerine 2.0.2 (npm, with undici 7.30.2), a '1:1 drop-in replacement' of Node's resolver with DNS over HTTPS: the addresses of a
#   name by its lookup, which it adds to that, with { all: true }.
# Expected: 'all: When true, the Promise is resolved with all addresses in an array' (Node's dnsPromises.lookup), of
#   both families, as family is 0 by default; and a name that fails for AAAA and has no A isn't said to have none.
# Seen: as soon as there is an IPv4 address it gives those alone; IPv6 is left out though it asked for it and got it. The name that
#   fails for AAAA and has no A is ENODATA, a statement on the name.
# Costs: nothing goes by IPv6 to hosts that have both, unless the program asks for that family, and Node's attempts at one family after
#   the other have one to try; a host with IPv6 only is 'without an address' while its server fails, which programs take as final.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" tangerine@2.0.2 undici@7.30.2 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
// A server of DNS over HTTP in the same process: both.example has two addresses, six.example fails for AAAA and has no A.
const http = require("http");
const Tangerine = require("tangerine");
const record = (type, address) => Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 1, 44, 0, address.length]), Buffer.from(address)]);
const ADDRESSES = { 1: [192, 0, 2, 1], 28: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] };
const asked = [];
const server = http.createServer(async (request, response) => {
  const parts = [Buffer.from(new URL(request.url, "http://server").searchParams.get("dns") || "", "base64url")];
  for await (const part of request) parts.push(part);
  const query = Buffer.concat(parts);
  const end = query.indexOf(0, 12) + 5, type = query[end - 3], six = query.includes("six");
  asked.push(type);
  const header = Buffer.from([query[0], query[1], 0x81, six && type === 28 ? 0x82 : 0x80, 0, 1, 0, six ? 0 : 1, 0, 0, 0, 0]);
  response.setHeader("content-type", "application/dns-message");
  response.end(Buffer.concat([header, query.subarray(12, end), six ? Buffer.alloc(0) : record(type, ADDRESSES[type])]));
});
server.listen(0, "127.0.0.1", async () => {
  const servers = new Set([`127.0.0.1:${server.address().port}`]);
  const resolver = new Tangerine({ protocol: "http", servers, tries: 1, cache: false });
  const both = (await resolver.lookup("both.example", { all: true })).map((one) => one.address);
  console.log(`asked for types ${asked.splice(0).sort().join(" ")}, got ${both.join(" ")}`);
  console.log(`alone: ${await resolver.resolve4("both.example")} ${await resolver.resolve6("both.example")}`);
  console.log(`six.example: ${await resolver.lookup("six.example", { all: true }).then(JSON.stringify, (error) => error.code)}`);
  console.log(`its AAAA: ${await resolver.resolve6("six.example").catch((error) => error.code)}`);
  process.exit(0);
});
END
seen=$(cd "$dir" && node try.js 2>"$dir/log") || untried "tangerine can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in *"alone: 192.0.2.1 2001:db8::1"*) ;; *) untried "the server isn't asked";; esac
[ "$seen" = "asked for types 1 28, got 192.0.2.1
alone: 192.0.2.1 2001:db8::1
six.example: ENODATA
its AAAA: ESERVFAIL" ] || { echo "changed: the addresses are others"; exit 1; }
echo "all addresses are those of IPv4, and a failure is no data"
