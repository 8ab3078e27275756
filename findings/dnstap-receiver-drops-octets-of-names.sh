#!/bin/sh
# dnstap-receiver 4.7.0 (PyPI), fed by fstrm_replay of fstrm-bin 0.6.1-1 (Debian 12): names with octets that are no UTF-8.
# Expected: five names are five names; octets outside ASCII as \233 or so (RFC 4343, 2.1), as a name may have any octets
#   (RFC 2181, 11), and bots and broken programs ask for such all day.
# Seen: such octets are left out: 'caf\233.example.' is logged as 'caf.example.', '\255\254localhost.example.' as
#   'localhost.example.', and '\233.example.' as '.example.'; a dot in a label is that between labels. No word of it.
# Costs: the log says that names were asked for which nobody asked for, counts garbage as theirs, and a search for the
#   name that made the trouble finds nothing.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); receiver=
trap 'kill $receiver 2>/dev/null || true; rm -rf "$dir"' EXIT
command -v fstrm_replay >/dev/null || untried "needs Debian's fstrm-bin"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnstap-receiver==4.7.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

"$dir/venv/bin/python" - "$dir/names.fstrm" <<'END' || untried "no file could be made"
import struct, sys
from dnstap_pb import dnstap_pb2

def frame(*labels):
    made = dnstap_pb2.Dnstap(type=1, identity=b"resolver")
    message = made.message
    message.type, message.socket_family, message.socket_protocol = 4, 1, 1
    message.query_address, message.response_address = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 53])
    message.query_port, message.response_port, message.response_time_sec = 4000, 53, 1_700_000_000
    question = b"".join(bytes([len(label)]) + label for label in labels) + struct.pack(">BHH", 0, 1, 1)
    message.response_message = struct.pack(">6H", 1, 0x8183, 1, 0, 0, 0) + question
    return made.SerializeToString()

def control(kind, body=b""):
    return struct.pack(">III", 0, 4 + len(body), kind) + body

kind = b"protobuf:dnstap.Dnstap"
firsts = b"good", b"\xff\xfelocalhost", b"caf\xe9", b"\xe9", b"a.b"
frames = [frame(first, b"example") for first in firsts]
with open(sys.argv[1], "wb") as file:
    file.write(control(2, struct.pack(">II", 1, len(kind)) + kind))
    file.writelines(struct.pack(">I", len(each)) + each for each in frames)
    file.write(control(3))
END
"$dir/venv/bin/dnstap_receiver" -l 127.0.0.1 -p 5408 >"$dir/out" 2>&1 &
receiver=$!
count=0
until fstrm_replay -t protobuf:dnstap.Dnstap -r "$dir/names.fstrm" -a 127.0.0.1 -p 5408 >/dev/null 2>&1 &&
    [ "$(grep -c NXDOMAIN "$dir/out")" -ge 5 ]; do
    count=$((count + 1)); [ $count -lt 20 ] || untried "nothing comes: $(tail -n 1 "$dir/out")"
    sleep 1
done
seen=$(awk '/NXDOMAIN/ { print $10 }' "$dir/out" | head -n 5 | tr '\n' ' ')
echo "$seen"
case $seen in
"good.example. localhost.example. caf.example. .example. a.b.example. ") echo "four of five names are others" ;;
*) echo "changed: $seen"; exit 1 ;;
esac
