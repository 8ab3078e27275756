#!/bin/sh
# unbound 1.17.1-2+deb12u4 ('log-replies: yes') and tshark 4.0.17-0+deb12u3 ('-T fields -e dns.qry.name'), both of Debian 12: names with
#   octets that are no letters, as a name may have (RFC 2181, 11) and as broken programs ask for all day.
# Expected: names that differ are written differently: '\032' or so (RFC 1035, 5.1), as Unbound's own 'dump_cache', dig,
#   kdig and drill do.
# Seen: in Unbound's log all octets but letters, digits, '-', '_' and '*' are '?': 'a b', 'a"b' and 'a\.b' (one label) are
#   'a?b', and so is 'a?b'. tshark writes each octet over 127 as U+FFFD, a dot in a label as that between labels, and the root
#   as '<Root>', which a label may be, too.
# Costs: counts by name put several names together, a name of two labels is that of three, and whoever looks up the name
#   of the log finds nothing, as it was never asked for.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W unbound tshark 2>/dev/null || untried "needs Debian's unbound and tshark"

cat >"$dir/unbound.conf" <<EOF
server:
  directory: "$dir"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1@5436
  module-config: "iterator"
  log-replies: yes
  local-zone: "example." always_nxdomain
EOF
cat >"$dir/ask.py" <<'EOF'
"""Asks the server for names, and writes the questions to a file as packets."""
import socket, struct, sys

NAMES = [(b"a b", b"example"), (b'a"b', b"example"), (b"a.b", b"example"), (b"a?b", b"example"), (b"a", b"b", b"example"),
         (b"caf\xe8", b"example"), (b"caf\xe9", b"example"), (b"<Root>",), ()]
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(1)


def question(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0\0\1\0\1"


def answered(labels):
    client.sendto(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question(labels), ("127.0.0.1", 5436))
    try:
        return client.recv(512)[3] & 15 == 3
    except OSError:
        return False


if not any(answered((b"up", b"example")) for attempt in range(20)):
    sys.exit("no answer")
if not all(answered(labels) for labels in NAMES[:7]):
    sys.exit("no NXDOMAIN")
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for labels in NAMES:
        dns = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question(labels)
        udp = struct.pack(">4H", 4000, 53, 8 + len(dns), 0) + dns
        ip = struct.pack(">BBHHHBBH8B", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 192, 0, 2, 1, 192, 0, 2, 53)
        frame = b"\2" * 12 + b"\x08\0" + ip + udp
        file.write(struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame)
EOF
unbound -d -c "$dir/unbound.conf" >"$dir/unbound.log" 2>&1 & server=$!
python3 "$dir/ask.py" "$dir/names.pcap" 2>"$dir/log" || untried "$(tail -n 1 "$dir/log"): $(tail -n 1 "$dir/unbound.log")"
logged=$(sed -n 's/.*info: 127.0.0.1 \(.*\) A IN NXDOMAIN.*/\1/p' "$dir/unbound.log" | grep -v '^up' | xargs)
fields=$(tshark -n -r "$dir/names.pcap" -T fields -e dns.qry.name 2>"$dir/log" | xargs -d '\n')
echo "unbound: $logged"
echo "tshark: $fields"
[ -n "$logged" ] && [ -n "$fields" ] || untried "one of the two says nothing: $(tail -n 1 "$dir/log")"
[ "$logged" = "a?b.example. a?b.example. a?b.example. a?b.example. a.b.example. caf?.example. caf?.example." ] ||
    { echo "changed: unbound writes $logged"; exit 1; }
[ "$fields" = "a b.example a\"b.example a.b.example a?b.example a.b.example caf$(printf '\357\277\275').example \
caf$(printf '\357\277\275').example <Root> <Root>" ] || { echo "changed: tshark writes $fields"; exit 1; }
echo "seven names are three in unbound's log, and nine are six for tshark"
