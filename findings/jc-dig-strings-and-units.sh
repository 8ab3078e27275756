#!/bin/sh
# jc 1.26.1 (PyPI), which makes JSON of programs' output, and dig 1:9.18.49-1~deb12u3 (bind9-dnsutils, Debian 12).
# Expected: 'data' of a TXT record as dig has it, or the text; a TTL of 1h30m is 5400 or "1h30m"; what dig says of an error is in
#   the JSON.
# Seen: the first and the last quotation mark are cut off, so that two strings are v=spf1 a:mail.example " "-all, which is neither
#   the text nor two strings. With +ttlunits, 1h30m is the number 130, and 1d is 1. 'EDE: 18 (Prohibited)' (RFC 8914) is not
#   there, while the cookie of the same section is.
# Costs: SPF and DMARC policies and DKIM keys longer than 255 octets are read wrong, and cannot be told from a text that has such
#   marks; a TTL of a day is a second; and why a resolver refused a name is lost.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install jc==1.26.1 dnslib==0.9.26 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
command -v dig >/dev/null || untried "needs dig (apt-get install bind9-dnsutils)"
dig -v 2>&1
cat >"$dir/try.py" <<'END'
import json
import subprocess
import sys

import dnslib
from dnslib.server import DNSLogger, DNSServer

TEXT = dnslib.RR("example.", dnslib.QTYPE.TXT, ttl=5400, rdata=dnslib.TXT([b"v=spf1 a:mail.example ", b"-all"]))
REASON = dnslib.RR(".", dnslib.QTYPE.OPT, rclass=1232, rdata=[dnslib.EDNSOption(15, b"\0\x12"), dnslib.EDNSOption(10, b"clientofserver.x")])

class Zone:
    def resolve(self, request, _):
        reply = request.reply()
        reply.add_answer(TEXT)
        reply.add_ar(REASON)
        return reply

server = DNSServer(Zone(), address="127.0.0.1", port=0, logger=DNSLogger("-request,-reply"))
server.start_thread()
port = str(server.server.server_address[1])

def ask(*options):
    words = ["dig", "-r", "@127.0.0.1", "-p", port, "+nocookie", "example.", "TXT", *options]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    read = subprocess.run([sys.argv[1], "--dig"], input=told, capture_output=True, text=True, check=True).stdout
    return told, json.loads(read)[0]

told, read = ask()
units_told, units = ask("+ttlunits")
[line] = [line for line in told.splitlines() if line.startswith("example.")]
print(line)
print(json.dumps(read["answer"][0]))
print("the section with the reason:", json.dumps(read["opt_pseudosection"]))
print("with +ttlunits:", units["answer"][0]["ttl"])
if "EDE: 18 (Prohibited)" not in told or "\t1h30m\t" not in units_told:
    sys.exit(print("not tried: dig says something else") or 2)
seen = read["answer"][0]["data"], units["answer"][0]["ttl"], sorted(read["opt_pseudosection"])
if seen != ('v=spf1 a:mail.example " "-all', 130, ["cookie", "edns"]):
    sys.exit(print(f"changed: {seen}") or 1)
print("the text, the TTL and the reason are others than dig's")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir/venv/bin/jc"
