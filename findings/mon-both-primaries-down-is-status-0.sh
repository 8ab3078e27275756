#!/bin/sh
# mon 1.3.6-4 (Debian 12), a monitor of services: its dns.monitor, which compares a zone's secondaries with its primaries, for a zone that
#   has two of these ('There can be multiple master arguments').
# Expected: a status other than 0, and a summary, where all primaries fail: 'If all of the master servers fail, the return code will be 252'
#   (dns.monitor(1)). With one primary it is so (251).
# Seen: status 0 and no output where both fail, as of a zone that is well; with three the same. A function returns '', the errors of all
#   primaries and 251 in one list, and its caller takes the list's third place for the status: with one primary that is 251, with two
#   it is the second one's error, a text, which is the number 0 to Perl.
# Costs: the outage of a whole zone's primaries is the one case that gives no alarm, and who added the second primary for more safety has it
#   so; while one of the two still answers all is found, so that a trial with one of them switched off passes.
# The package is unpacked in the folder, not installed. Needs root, for port 53 in a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
perl -MNet::DNS -e 1 2>/dev/null || untried "needs Debian's libnet-dns-perl"
(cd "$dir" && apt-get -q download mon=1.3.6-4 && dpkg -x mon*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's mon can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'EOS'
"""Four name servers: .2 to .4 fail, .5 has the zone."""
import selectors, socket, struct

selector = selectors.DefaultSelector()
for last in (2, 3, 4, 5):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((f"127.0.0.{last}", 53))
    selector.register(server, selectors.EVENT_READ, last)
data = b"\2ns\7example\0\1h\7example\0" + struct.pack(">5I", 1, 7200, 3600, 1209600, 300)
soa = b"\xc0\x0c" + struct.pack(">HHIH", 6, 1, 300, len(data)) + data
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        query, client = key.fileobj.recvfrom(4096)
        end = query.index(0, 12) + 5
        well = key.data == 5
        header = query[:2] + struct.pack(">5H", 0x8400 if well else 0x8002, 1, well, 0, 0)
        key.fileobj.sendto(header + query[12:end] + (soa if well else b""), client)
EOS
cat >"$dir/run.sh" <<'EOS'
# in a network of its own: the monitor's status and first line for some sets of primaries
dir=$1
ip link set lo up
python3 "$dir/server.py" >"$dir/ready" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/ready" && break
    sleep 1
done
monitor() { # NAME -master ... : the monitor, with a secondary that is well
    name=$1; shift
    perl "$dir/usr/lib/mon/mon.d/dns.monitor" -zone example.com "$@" 127.0.0.5 >"$dir/out" && status=0 || status=$?
    echo "$name: status $status, $(grep -c . "$dir/out") lines"
}
monitor "one that is well" -master 127.0.0.5
monitor "one that fails" -master 127.0.0.2
monitor "one well, one fails" -master 127.0.0.5 -master 127.0.0.2
monitor "two that fail" -master 127.0.0.2 -master 127.0.0.3
monitor "three that fail" -master 127.0.0.2 -master 127.0.0.3 -master 127.0.0.4
EOS
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "primaries of the zone, and what the monitor says:"
echo "$seen"
case "$seen" in "one that is well: status 0, 0 lines
one that fails: status 251, "[1-9]*) ;;
*) untried "one primary alone isn't told right";; esac
[ "$(echo "$seen" | grep -c 'that fail: status 0, 0 lines')" = 2 ] || { echo "changed: primaries that all fail are told"; exit 1; }
echo "two primaries that fail are a zone that is well"
