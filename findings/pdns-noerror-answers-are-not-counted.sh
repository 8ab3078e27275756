#!/bin/sh
# PowerDNS 4.7.3-2 (Debian 12: pdns-server and pdns-backend-bind), an authoritative server: noerror-packets and nxdomain-packets of its
#   statistics ('pdns_control show', its metrics for Prometheus, Carbon), after ten questions each for an address that is there, for a type
#   that isn't (NODATA), and for a name that doesn't exist.
# Expected: ten more noerror-packets, 'Number of times a NOERROR packet was sent out', for the first and the second, and ten more
#   nxdomain-packets, 'Number of times an NXDOMAIN packet was sent out', for the third, as udp-answers has ten each time.
# Seen: nxdomain-packets are ten. noerror-packets are none for the ten addresses, and one for the ten NODATA: the counter is raised in the
#   function that makes an empty answer, of which the packet cache keeps nine from being called, and nowhere else, while the other one is
#   raised where answers leave.
# Costs: nxdomain / (nxdomain + noerror), the share of names that don't exist, is near one on any server, below 10 of 11 instead of 10 of 30, and
#   goes up with the packet cache's success; 'no error' is flat at zero while the server answers everything.
# The packages are unpacked in the folder, not installed. Needs root, for a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download pdns-server=4.7.3-2 pdns-backend-bind=4.7.3-2 && for package in ./*.deb; do dpkg -x "$package" .; done) \
    >"$dir/log" 2>&1 || untried "the packages can't be had: $(tail -n 1 "$dir/log")"
lib="$dir/usr/lib/$(uname -m)-linux-gnu"
ldd "$dir/usr/sbin/pdns_server" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"

cat >"$dir/example.zone" <<'END'
$ORIGIN example.
$TTL 300
@ IN SOA ns hostmaster 1 7200 900 1209600 300
@ IN NS ns
ns IN A 192.0.2.1
END
echo "zone \"example\" { type master; file \"$dir/example.zone\"; };" >"$dir/named.conf"
cat >"$dir/ask.py" <<'END'
"""Ten questions of each kind, and what the counters have more."""
import socket, struct, subprocess, sys, time

asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(2)


def ask(name, kind):
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", kind, 1)
    asker.sendto(struct.pack(">6H", 7, 0, 1, 0, 0, 0) + question, ("127.0.0.1", 53))
    answer = asker.recv(4096)
    return answer[3] & 15, answer[7]


def counters():
    folder = sys.argv[1]
    command = [f"{folder}/usr/bin/pdns_control", f"--config-dir={folder}", f"--socket-dir={folder}", "show"]
    return [int(subprocess.check_output([*command, name])) for name in ("udp-answers", "noerror-packets", "nxdomain-packets")]


for _ in range(50):
    try:
        ask("ready.example", 1)
        break
    except OSError:
        time.sleep(0.2)
for name, kind in ("ns.example", 1), ("ns.example", 28), ("gone.example", 1):
    before = counters()
    status, records = {ask(name, kind) for _ in range(10)}.pop()
    answers, noerror, nxdomain = (after - first for after, first in zip(counters(), before))
    print(f"status {status} with {records} records: udp-answers {answers}, noerror-packets {noerror}, nxdomain-packets {nxdomain}")
END
cat >"$dir/run.sh" <<'END'
# in a network of its own
dir=$1 lib=$2
ip link set lo up
"$dir/usr/sbin/pdns_server" --config-dir="$dir" --daemon=no --guardian=no --launch=bind --module-dir="$lib/pdns" --socket-dir="$dir" \
    --local-address=127.0.0.1 --bind-config="$dir/named.conf" --setuid=0 --setgid=0 >"$dir/log" 2>&1 & server=$!
trap 'kill $server; wait $server' EXIT
python3 "$dir/ask.py" "$dir" 2>>"$dir/log"
END
seen=$(unshare -n sh "$dir/run.sh" "$dir" "$lib" 2>/dev/null) || true
echo "$seen"
case "$seen" in
    "status 0 with 1 records: udp-answers 10, "*"status 3 with 0 records: udp-answers 10, noerror-packets 0, nxdomain-packets 10") ;;
    *) untried "PowerDNS doesn't count: $(tail -n 1 "$dir/log")";;
esac
[ "$(echo "$seen" | head -n 2)" = "status 0 with 1 records: udp-answers 10, noerror-packets 0, nxdomain-packets 0
status 0 with 0 records: udp-answers 10, noerror-packets 1, nxdomain-packets 0" ] || { echo "changed: the counts are others"; exit 1; }
echo "answers without an error aren't counted"
