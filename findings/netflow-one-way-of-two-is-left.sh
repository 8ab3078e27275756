#!/bin/sh
# netflow 0.12.2 (PyPI), which reads NetFlow and IPFIX, with softflowd 1.1.0-1+b1 (Debian 12), an exporter, in its bidirectional mode
#   (-v 10 -b): twenty DNS questions of 58 octets, and their answers of 401 to 534.
# Expected: octetDeltaCount is 58; the answer's octets under another name, or left out: elements of the enterprise 29305 are those of the
#   way back (RFC 5103, 6.1), and an element of an enterprise is another than IANA's of the same number (RFC 7011, 3.2). netflume
#   0.6.0 (PyPI) has octets 58 and e29305.1.
# Seen: octetDeltaCount is 58 for some flows and the answer's octets for the others, and what it isn't is nowhere. Both are looked up as
#   element 1, put into a set, and from it, in the order of the set, into a dictionary by their name. Packets and TCP's flags likewise,
#   and all elements of enterprises whose number IANA has too.
# Costs: sums of what clients send have what they were sent in them, for some flows, and not for the same ones in two runs, since other
#   fields' values have a part in the order. A client that asks little and is sent much, as the target of an amplification, looks
#   like any other. A patch for the way back waits upstream since 2022.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download softflowd=1.1.0-1+b1 libpcap0.8=1.10.3-1 && for one in *.deb; do dpkg -x "$one" .; done) \
    >"$dir/log" 2>&1 ||
    untried "Debian's softflowd can't be had: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install netflow==0.12.2 netflume==0.6.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
"""A capture of questions and answers, exported by softflowd, and the flows as both libraries have them."""
import os, pathlib, socket, struct, subprocess, sys

import netflow.ipfix
import netflume

folder = pathlib.Path(sys.argv[1])

def frame(source, target, ports, size):
    """A UDP packet of so many octets, its header among them, in an Ethernet frame."""
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 1, 0, 64, 17, 0, socket.inet_aton(source), socket.inet_aton(target))
    total = sum(struct.unpack(">10H", header))
    checksum = ~(total + (total >> 16)) & 0xffff
    udp = struct.pack(">4H", *ports, size - 20, 0) + bytes(size - 28)
    return bytes(12) + b"\x08\0" + header[:10] + struct.pack(">H", checksum) + header[12:] + udp

ANSWERS = {40000 + number: 401 + 7 * number for number in range(20)}
frames = [one for port, size in ANSWERS.items() for one in (
    frame("192.0.2.1", "198.51.100.53", (port, 53), 58), frame("198.51.100.53", "192.0.2.1", (53, port), size))]
(folder / "capture.pcap").write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) + b"".join(
    struct.pack("<4I", 1700000000, number, len(one), len(one)) + one for number, one in enumerate(frames)))
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
receiver.settimeout(3)
subprocess.run([folder / "usr/sbin/softflowd", "-r", folder / "capture.pcap", "-n", f"127.0.0.1:{receiver.getsockname()[1]}", "-v", "10",
                "-b", "-d", "-c", "none"], check=True, capture_output=True, timeout=20,
               env={**os.environ, "LD_LIBRARY_PATH": str(folder / "usr/lib/x86_64-linux-gnu")})
messages = []
try:
    while True:
        messages.append(receiver.recv(65535))
except TimeoutError:
    pass
templates, counts = {}, {"there": 0, "back": 0, "other": 0}
for message in messages:
    for flow in netflow.ipfix.IPFIXExportPacket(message, templates).flows:
        if "sourceTransportPort" in flow.data:
            back = ANSWERS[flow.data["sourceTransportPort"]]
            octets = {value for element, value in flow.fields if element == 1}
            known = {value for value in flow.data.values() if value in (58, back)}
            if octets == {58, back} and known == {flow.data["octetDeltaCount"]}:
                counts["there" if known == {58} else "back"] += 1
            else:
                counts["other"] += 1
store = netflume.TemplateStore()
records = [record for message in messages for record in netflume.parse_message(message, "127.0.0.1", store)[1]]
right = sum(record["octets"] == 58 and record["e29305.1"] == ANSWERS[record["src_port"]] for record in records)
print(f"netflume: {right} of {len(records)} flows have both ways")
print(f"netflow: octetDeltaCount is the way there in {counts['there']} and the way back in {counts['back']}, other {counts['other']}")
END
seen=$("$dir/venv/bin/python" "$dir/try.py" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 1)" = "netflume: 20 of 20 flows have both ways" ] || untried "softflowd exports no such flows"
last=$(echo "$seen" | tail -n 1)
case "$last" in
*"there in 0 "* | *"back in 0,"*) echo "changed: $last"; exit 1;;
*", other 0") ;;
*) echo "changed: $last"; exit 1;;
esac
echo "one of the two ways is left, now this and now that"
