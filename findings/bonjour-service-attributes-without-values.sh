#!/bin/sh
# bonjour-service 1.4.4 (npm), which finds printers, players and other services of a network (DNS-SD): what a service says of itself.
# Expected: RFC 6763, 6.4: "passreq" is 'present, with no value' and "plugins=" 'present, with empty value', both other than absent;
#   of a key that comes twice, 'all but the first occurrence of that attribute' MUST be ignored, and the case of keys doesn't
#   matter. dns-txt 2.0.2 (npm), which its forerunner bonjour used, does all that.
# Seen: keys with no value and with an empty one are left out, of a key that comes twice the last one is taken, and "PaperSize" is not
#   found as papersize, as which dns-txt gives it.
# Costs: a program that came from bonjour takes a printer that needs a password (passreq) for one that needs none, sees no flag
#   that is a key alone, and takes values that others on the network don't.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" bonjour-service@1.4.4 dns-txt@2.0.2 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
// What a browser of bonjour-service makes of one service's answer, given to it as multicast-dns does, and what dns-txt does.
const { EventEmitter } = require("events");
const { Browser } = require("bonjour-service/dist/lib/browser.js");
const old = require("dns-txt")();
const network = Object.assign(new EventEmitter(), { query() {} });
const name = "Printer._ipp._tcp.local";
const seen = (strings) => {
  let txt;
  const browser = new Browser(network, { type: "ipp" }, (service) => { txt = service.txt; });
  const data = strings.map((one) => Buffer.from(one));
  network.emit("response", { answers: [
    { type: "PTR", name: "_ipp._tcp.local", ttl: 120, data: name },
    { type: "SRV", name, ttl: 120, data: { target: "printer.local", port: 631 } },
    { type: "TXT", name, ttl: 120, data }], additionals: [] }, { address: "192.0.2.1" });
  browser.stop();
  const octets = Buffer.concat(data.flatMap((one) => [Buffer.from([one.length]), one]));
  return `${JSON.stringify(strings)}: ${JSON.stringify(txt)}, dns-txt ${JSON.stringify(old.decode(octets))}`;
};
for (const strings of [["passreq"], ["plugins="], ["a=1", "a=2"], ["PaperSize=A4"]]) console.log(seen(strings));
END
seen=$(cd "$dir" && node try.js) || untried "the services aren't read"
echo "$seen"
[ "$seen" = '["passreq"]: {}, dns-txt {"passreq":true}
["plugins="]: {}, dns-txt {"plugins":""}
["a=1","a=2"]: {"a":"2"}, dns-txt {"a":"1"}
["PaperSize=A4"]: {"PaperSize":"A4"}, dns-txt {"papersize":"A4"}' ] || { echo "changed: the attributes are others"; exit 1; }
echo "attributes without a value are left out, and the last of two is taken"
