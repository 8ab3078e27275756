#!/bin/sh
# dnsgram of pdns-tools 4.7.3-2 (Debian 12), 'a debugging tool for intermittent resolver failures', which reads captures and writes 'the failed
#   file with failed queries and counts' and 'the succeeded file with all unique answers and counts': three names, each asked for ten times.
# Expected: a name that is answered with SERVFAIL each time, and one whose questions are left without an answer nine times of ten, are among the
#   failed, with 10 and 9; in the other file are answers, with their numbers. 'Server failure - the name server was unable to
#   process this query' (RFC 1035, 4.1.1).
# Seen: 'failed' is empty, and 'succeeded' has all three names with 10, as for the one that is answered well each time. The status isn't
#   looked at; a name that was answered once in the whole capture counts as answered; and the numbers in both files are those of the
#   questions.
# Costs: failures that come and go, which it is made for, are just those that it doesn't show: the names that a resolver fails stand in the list
#   of what went well, with as many successes as there were tries.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download pdns-tools=4.7.3-2 && dpkg -x pdns-tools*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's pdns-tools can't be had: $(tail -n 1 "$dir/log")"
ldd "$dir/usr/bin/dnsgram" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"
cat >"$dir/write.py" <<'END'
"""Ten rounds, a second apart: a name that is answered well, one with SERVFAIL, one that is answered in the last round only."""
import socket, struct, sys

CLIENT, SERVER = "192.0.2.1", "192.0.2.53"


def packet(at, source, ports, destination, message):
    udp = struct.pack(">4H", *ports, 8 + len(message), 0) + message
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + socket.inet_aton(source) + socket.inet_aton(destination)
    frame = bytes(12) + b"\x08\x00" + ip + udp
    return struct.pack("<4I", int(at), round(at % 1 * 1e6), len(frame), len(frame)) + frame


def message(number, name, flags, address=b""):
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + struct.pack(">BHH", 0, 1, 1)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + address if address else b""
    return struct.pack(">6H", number, flags, 1, bool(address), 0, 0) + question + record


with open(sys.argv[1], "wb") as capture:
    capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for turn in range(10):
        for at, (name, answer) in enumerate({"well.example": 0x8180, "servfail.example": 0x8182, "lost.example": 0x8180}.items()):
            time, number = 1700000000 + turn + at / 10, 10 * turn + at
            capture.write(packet(time, CLIENT, (1111, 53), SERVER, message(number, name, 0x0100)))
            address = bytes([192, 0, 2, 80]) if answer == 0x8180 else b""
            if name != "lost.example" or turn == 9:
                capture.write(packet(time + 0.05, SERVER, (53, 1111), CLIENT, message(number, name, answer, address)))
END
python3 "$dir/write.py" "$dir/three.pcap"
(cd "$dir" && ./usr/bin/dnsgram three.pcap) >"$dir/log" 2>&1 || untried "it fails: $(tail -n 1 "$dir/log")"
seen=$(for file in failed succeeded; do echo "$file: $(tail -n +2 "$dir/$file" | sort | tr '\t\n' '  ')"; done)
grep 'Generating' "$dir/log"
echo "$seen"
grep -q 'total queries: 30' "$dir/log" || untried "the questions aren't read: $(tail -n 1 "$dir/log")"
[ "$(echo "$seen" | tr -s ' ')" = "failed: 
succeeded: lost.example A 10 servfail.example A 10 well.example A 10 " ] || { echo "changed: other names have failed"; exit 1; }
echo "what the resolver fails has succeeded"
