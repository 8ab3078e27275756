#!/bin/sh
# check_soa_serials 1.0.0 (PyPI, with dnspython 2.7.0 and nagiosplugin 1.3.3), a check for Nagios and Icinga which 'compares the SOA serial numbers
#   for the same DNS zone(s) from two different servers to ensure they are in sync': with --zones-file for the many, and --zone for one more.
# Expected: both are checked: 'at least one of' the two options is required, and its configuration of Icinga passes both on.
# Seen: OK, with status 0, while the zone of --zone is four serials apart: beside a file it is not asked for. 'file or [] + zones or []' puts
#   the plus before the 'or', so that the zones are added to the empty list that stands in for a missing file, and to no other.
#   The count in what it prints is of zones that differ, so it doesn't show how many were looked at.
# Costs: a zone that was added to the check by hand, as one does for the one that made trouble, is green for ever, with a secondary that gives
#   old data; and nothing tells that it was left out.
# Needs root, for port 53 and a resolv.conf in namespaces of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install check_soa_serials==1.0.0 dnspython==2.7.0 nagiosplugin==1.3.3 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""Two name servers, whose serials of the zone same are equal and of the zone apart are not."""
import selectors, socket, struct

SERIALS = {b"same": (5, 5), b"apart": (5, 9)}
HOSTS = {b"ns1": 2, b"ns2": 3}
selector = selectors.DefaultSelector()
for number in (0, 1):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((f"127.0.0.{2 + number}", 53))
    selector.register(server, selectors.EVENT_READ, number)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        query, client = key.fileobj.recvfrom(4096)
        end = query.index(0, 12) + 5
        label = query[13:13 + query[12]]
        if label in HOSTS:
            data = bytes([127, 0, 0, HOSTS[label]])
        else:
            data = b"\2ns\7example\0\1h\7example\0" + struct.pack(">5I", SERIALS[label][key.data], 7200, 3600, 1209600, 300)
        record = b"\xc0\x0c" + query[end - 4:end - 2] + struct.pack(">HIH", 1, 300, len(data)) + data
        key.fileobj.sendto(query[:2] + struct.pack(">5H", 0x8580, 1, 1, 0, 0) + query[12:end] + record, client)
END
echo same.example >"$dir/zones"
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the check's status and first line for some ways to name the zones
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.2' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" >"$dir/ready" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/ready" && break
    sleep 1
done
check() {
    status=0
    said=$("$dir/venv/bin/check_soa_serials" "$@" ns1.example ns2.example) || status=$?
    echo "$(echo "$*" | sed "s|$dir/||"): status $status, ${said%% |*}"
}
check --zones-file "$dir/zones"
check --zone apart.example
check --zone same.example --zone apart.example
check --zones-file "$dir/zones" --zone apart.example
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$(echo "$seen" | sed 's/.*: status \([0-9]*\),.*/\1/' | tr '\n' ' ')" in
"0 2 2 0 ") echo "a zone that differs is OK beside a file of zones" ;;
"0 2 2 "*) echo "changed: another status for both options"; exit 1 ;;
*) untried "it has another status for one option: $(tail -n 1 "$dir/log")" ;;
esac
