#!/bin/sh
# dnsbl 4.0.3 (npm) and pydnsbl 1.1.7 (PyPI): is an address on a blocklist?
# Expected: RFC 5782, 2.1: an answer in 127.0.0.0/8 is a listing. 127.255.255.254 is none: Spamhaus says by it
#   'you ask through a public resolver, no answer'. An address outside 127/8 is none either: a closed list's domain with
#   a new owner and a wildcard.
# Seen: both call any answer a listing. Three of the lists that pydnsbl asks by default closed in June 2024.
# Costs: behind a public resolver, or when one list's domain is sold, every sender in the world is listed: mail is
#   refused, and an address is told to be bad. And each check asks dozens of zones, for no mail.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dnsbl@4.0.3 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pydnsbl==1.1.7 aiodns==3.6.1 pycares==4.11.0 \
    2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.mjs" <<'END'
import { lookup } from "dnsbl";
const ask = (zone) => lookup("192.0.2.9", zone, { servers: "127.0.0.1:5407" });
console.log([await ask("refused.example"), await ask("sold.example"), await ask("clean.example")].join(" "));
process.exit(0);
END
cat >"$dir/try.py" <<'END'
import asyncio, socket, struct, subprocess, sys, threading

import aiodns
import pydnsbl
from pydnsbl.providers import BASE_PROVIDERS, Provider

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5407))

def serve():
    answers = {b"refused": bytes([127, 255, 255, 254]), b"sold": bytes([203, 0, 113, 80])}
    while True:
        query, client = server.recvfrom(512)
        end = query.index(b"\0", 12) + 5
        address = next((value for zone, value in answers.items() if zone in query), None)
        if address:
            record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + address
            head = struct.pack(">5H", 0x8180, 1, 1, 0, 0)
        else:
            record, head = b"", struct.pack(">5H", 0x8183, 1, 0, 0, 0)
        server.sendto(query[:2] + head + query[12:end] + record, client)

threading.Thread(target=serve, daemon=True).start()

async def check():
    listed = []
    for zone in "refused.example", "sold.example", "clean.example":
        checker = pydnsbl.DNSBLIpChecker(providers=[Provider(zone)], loop=asyncio.get_running_loop())
        checker._resolver = aiodns.DNSResolver(nameservers=["127.0.0.1"], udp_port=5407, tcp_port=5407)
        listed.append(str((await checker.check_async("192.0.2.9")).blacklisted).lower())
    return " ".join(listed)

pypi = asyncio.run(check())
npm = subprocess.run(["node", sys.argv[1]], capture_output=True, text=True).stdout.strip()
closed = [one.host for one in BASE_PROVIDERS if "sorbs" in one.host]
print(f"listed by 127.255.255.254, by 203.0.113.80, by NXDOMAIN: pydnsbl {pypi}; dnsbl {npm}")
print(f"closed lists that pydnsbl asks by default: {' '.join(closed)}")
if (pypi, npm) != ("true true false", "true true false"):
    sys.exit(print(f"changed: {pypi}; {npm}") or 1)
print("an error code and a stranger's address are taken for listings")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir/try.mjs"
