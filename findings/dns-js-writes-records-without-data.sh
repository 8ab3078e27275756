#!/bin/sh
# dns-js 0.3.1 (npm), which reads and writes DNS messages ('generic enough to do general dns stuff', and 'should produce the same output as
#   native-dns-packet'): validated answers that are read and written again, as by a proxy or a server built on it.
# Expected: what was read, as native-dns-packet 0.1.1 (npm) gives it: an address of 16 octets, the mail server, the text, and the bit AD
#   (RFC 4035, 3.2.3); a text of 200 octets is one string, whose length is an octet of 0 to 255 (RFC 1035, 3.3).
# Seen: AAAA and MX are written without any data, as both are left out where data is written and nothing says so; the text is '0=v=spf1
#   -all', the number of the string before it, as texts are for attributes there; AD is written from another bit, and so is CD. A text of
#   192 octets or more isn't read, nor is its message: strings are read as names are, and such a length is a pointer to it.
# Costs: clients behind it get records that no reader takes, or addresses of none, for each name with IPv6 or mail; no SPF policy is one any
#   more; validated answers aren't; and names with a DKIM key, which has strings of 255 octets, can't be looked up at all.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --ignore-scripts --prefix "$dir" dns-js@0.3.1 native-dns-packet@0.1.1 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.cjs" <<'END'
// what two libraries make of messages that they read and write: flags, and the data of the record
const { DNSPacket } = require("dns-js");
const native = require("native-dns-packet");

const question = Buffer.from("\x03one\x07example\0", "latin1");
const message = (type, data) => {
    const head = Buffer.from([0, 7, 0x81, 0xa0, 0, 1, 0, 1, 0, 0, 0, 0]); // QR, RD, RA, AD
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
    return Buffer.concat([head, question, Buffer.from([0, type, 0, 1]), record, data]);
};
const text = (string) => Buffer.concat([Buffer.from([string.length]), Buffer.from(string)]);
const again = {
    native: (octets) => { const out = Buffer.alloc(512); return out.subarray(0, native.write(out, native.parse(octets))); },
    own: (octets) => DNSPacket.toBuffer(DNSPacket.parse(octets)),
};
const tell = (way, octets) => {
    try {
        const out = again[way](octets);
        const data = out.subarray(12 + question.length + 4 + 12);
        return `${out[3] & 0x20 ? "AD" : "no AD"}, ${data.toString("latin1").replace(/[^ -~]/g, ".") || "nothing"}`;
    } catch (error) {
        return error.message.replace(/\..*/, "");
    }
};
const names = Buffer.from("\0\x0a\x04mail\x04test\0", "latin1");
for (const [name, type, data] of [["A", 1, Buffer.from("1234")], ["AAAA", 28, Buffer.from("0123456789abcdef")], ["MX", 15, names],
    ["TXT", 16, text("v=spf1 -all")], ["TXT of 200", 16, text("x".repeat(200))]]) {
    const octets = message(type, data);
    if (again.native(octets).equals(octets))
        console.log(`${name}: ${tell("own", octets)}`);
    else
        console.log(`${name}: otherwise in native-dns-packet`);
}
END
seen=$(cd "$dir" && node --no-deprecation try.cjs 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case $seen in *otherwise* | "A: Cannot"*) untried "native-dns-packet doesn't give what it read" ;; esac
last=$(echo "$seen" | tr '\n' ';')
wrong="A: no AD, 1234;AAAA: no AD, nothing;MX: no AD, nothing;TXT: no AD, .0=v=spf1 -all;TXT of 200: Cannot seek after EOF;"
[ "$last" = "$wrong" ] || { echo "changed: $last"; exit 1; }
echo "addresses of IPv6 and mail servers are gone, the text is another, and a long one can't be read"
