#!/bin/sh
# dnsperf 2.10.0-2 (Debian 12): queries whose names have octets as \DDD.
# Expected: '\DDD where each D is a digit is the octet corresponding to the decimal number described by DDD' (RFC 1035, 5.1):
#   \032 is a blank, as it is for dig, dnspython and every zone file, and in what dnsperf is fed with: recorded names.
# Seen: the digits are read to the base of seven: \032 is the octet 23, \046 (a dot in a label) is 34, \255 is 138. From an 8 or 9 on
#   the digits are passed over: \195 is 1. No warning, and the changelog says that '\123' works.
# Costs: queries that were recorded and are played again ask for other names than those recorded, which no server has: more
#   NXDOMAINs and less from caches than in truth, so the measured server is another than the one in use.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v dnsperf >/dev/null || untried "needs Debian's dnsperf"
cat >"$dir/try.py" <<'END'
import socket, subprocess, sys, threading

asked = []
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))

def serve():
    while True:
        query, client = server.recvfrom(512)
        asked.append(query[13 : 13 + query[12]])
        server.sendto(query[:2] + b"\x81\x83" + query[4:], client)

threading.Thread(target=serve, daemon=True).start()
LINES = {r"plain.example A": b"plain", r"sp\032ace.example A": b"sp ace", r"a\046b.example A": b"a.b",
         r"\255.example A": b"\xff", r"b\195\188cher.example A": "bücher".encode()}
seen = {}
for line in LINES:
    with open(sys.argv[1], "w") as file:
        file.write(line + "\n")
    asked.clear()
    words = ["dnsperf", "-s", "127.0.0.1", "-p", str(server.getsockname()[1]), "-d", sys.argv[1], "-n", "1", "-t", "2"]
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen[line] = asked[0] if asked else None
    print(f"{line}: the first label is {LINES[line]}, asked for is {seen[line]}")
if seen.pop("plain.example A") != b"plain":
    sys.exit(print("not tried: dnsperf asks for no plain name") or 2)
if list(seen.values()) != [b"sp\x17ace", b'a"b', b"\x8a", b"b\1\1cher"]:
    sys.exit(print("changed: other names are asked for") or 1)
print("octets of names are read to the base of seven")
END
python3 "$dir/try.py" "$dir/queries"
