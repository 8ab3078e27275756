#!/bin/sh
# dnstap 0.4.0-4+b4 (golang-github-dnstap-golang-dnstap-cli, Debian 12): 'dnstap -y', whose help says YAML, on messages with
#   IPv6 addresses that were shortened to a network, as is done before others may see them.
# Expected: YAML, with the addresses as text in it. dnstap-read -y of BIND 9.18 writes them in quotes.
# Seen: no quotes. 2001:db8:1:2:: ends with a colon, so PyYAML 6.0.3 refuses the whole document; 2001:10:20:30:40:50:51:52 is
#   a number of base 60 in YAML 1.1, so it is read as 5602001869623112.
# Costs: a log whose addresses were cut to /64 can't be read by a program at all, and one with whole addresses has some
#   clients that are numbers.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v dnstap >/dev/null || untried "needs Debian's golang-github-dnstap-golang-dnstap-cli"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnstap-pb==0.11.3 PyYAML==6.0.3 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
"$dir/venv/bin/python" - "$dir/file" <<'END'
import socket, struct, subprocess, sys
import yaml
from dnstap_pb import dnstap_pb2

def control(kind, body=b""):
    return struct.pack(">III", 0, 4 + len(body), kind) + body

def read(address):
    made = dnstap_pb2.Dnstap(type=1, identity=b"resolver")
    message = made.message
    message.type, message.socket_family, message.socket_protocol = 6, 2, 1
    message.query_address = socket.inet_pton(socket.AF_INET6, address)
    message.response_address = socket.inet_pton(socket.AF_INET6, "2001:db8::53")
    message.query_port, message.response_port, message.response_time_sec = 4000, 53, 1_700_000_000
    message.response_message = struct.pack(">6H", 1, 0x8183, 1, 0, 0, 0) + b"\7example\0\0\1\0\1"
    frame, kind = made.SerializeToString(), b"protobuf:dnstap.Dnstap"
    with open(sys.argv[1], "wb") as file:
        file.write(control(2, struct.pack(">II", 1, len(kind)) + kind))
        file.write(struct.pack(">I", len(frame)) + frame + control(3))
    text = subprocess.run(["dnstap", "-y", "-r", sys.argv[1]], capture_output=True, text=True, check=True).stdout
    try:
        found = [each for each in yaml.safe_load_all(text) if each]
    except yaml.YAMLError:
        return "no YAML"
    return found[0]["message"]["query_address"] if found else "nothing"

seen = {address: read(address) for address in ("2001:db8::1", "2001:db8:1:2::", "2001:10:20:30:40:50:51:52")}
print(seen)
if seen["2001:db8::1"] != "2001:db8::1":
    sys.exit(print("not tried: a plain address is not read") or 2)
if list(seen.values())[1:] != ["no YAML", 5602001869623112]:
    sys.exit(print(f"changed: {seen}") or 1)
print("an address that ends with colons breaks the document, and one of decimal digits is a number")
END
