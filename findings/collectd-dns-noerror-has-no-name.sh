#!/bin/sh
# collectd-core 5.12.0-14 (Debian 12): its plugin dns, which counts the DNS of an interface by type, opcode and status.
# Expected: twelve questions, of which five are answered, four names don't exist and three fail, are dns_rcode NOERROR 5, NXDOMAIN 4 and
#   SERVFAIL 3 (RFC 6895, 2.3, has the names), as collectd's own plugin bind and all tools call them; and dns_opcode Query 12, as the types
#   add up to 12.
# Seen: there is no NOERROR: it is RCode0, as a status that nobody knows. The list of names was made of glibc's arpa/nameser.h, which gives
#   each status its number but for the first; 11, where that header's list ends, is 'MAX' and not DSOTYPENI. And dns_opcode is 24: the
#   answers are counted too (its source asks itself which are meant), though types are of questions and statuses of answers alone.
# Costs: a graph, or a threshold on the share of NOERROR, has no such series and is silent, or takes the answers that are well for an
#   unknown error; the rate of questions by opcode is twice what it is, for a server, and once for a path that answers don't take.
# Needs root, for an interface of its own. The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
for package in collectd-core=5.12.0-14 libpcap0.8=1.10.3-1; do
    (cd "$dir" && mkdir "${package%%=*}" && cd "${package%%=*}" && apt-get -q download "$package" && dpkg -x ./*.deb ..) >"$dir/log" 2>&1 ||
        untried "Debian's ${package%%=*} can't be had: $(tail -n 1 "$dir/log")"
done

cat >"$dir/collectd.conf" <<END
Hostname "here"
BaseDir "$dir"
PIDFile "$dir/pid"
PluginDir "$dir/usr/lib/collectd"
TypesDB "$dir/usr/share/collectd/types.db"
Interval 1
LoadPlugin dns
<Plugin dns>
    Interface "lo"
</Plugin>
LoadPlugin csv
<Plugin csv>
    DataDir "$dir/csv"
    StoreRates false
</Plugin>
END
cat >"$dir/ask.py" <<'END'
"""Twelve questions and their answers, on loopback."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.bind(("127.0.0.1", 5353))
for status in [0] * 5 + [3] * 4 + [2] * 3:
    question = b"\4name\7example\0" + struct.pack(">HH", 1, 1)
    asker.sendto(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question, ("127.0.0.1", 53))
    server.recvfrom(4096)
    server.sendto(struct.pack(">6H", 7, 0x8180 | status, 1, 0, 0, 0) + question, ("127.0.0.1", 5353))
    asker.recvfrom(4096)
END
cat >"$dir/run.sh" <<'END'
# in a network of its own: collectd, the questions, and the last value of each of its files
dir=$1
trap 'kill $collectd 2>/dev/null; wait $collectd' EXIT
ip link set lo up
LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu" "$dir/usr/sbin/collectd" -f -C "$dir/collectd.conf" >"$dir/log" 2>&1 & collectd=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    ls "$dir"/csv/here/dns/dns_octets* >/dev/null 2>&1 && break
    sleep 1
done
sleep 1
python3 "$dir/ask.py"
for try in 1 2 3 4 5 6 7 8 9 10; do
    ls "$dir"/csv/here/dns/dns_rcode-SERVFAIL* >/dev/null 2>&1 && break
    sleep 1
done
sleep 2
for file in "$dir"/csv/here/dns/dns_opcode-* "$dir"/csv/here/dns/dns_qtype-* "$dir"/csv/here/dns/dns_rcode-*; do
    name=${file##*/dns_}
    echo "${name%-????-??-??} $(tail -n 1 "$file" | cut -d, -f2)"
done
END
seen=$(unshare -mn sh "$dir/run.sh" "$dir" 2>>"$dir/log" | LC_ALL=C sort | xargs) || true
echo "$seen"
case "$seen" in
    *"qtype-A 12"*"rcode-NXDOMAIN 4"*"rcode-SERVFAIL 3"*) ;;
    *) untried "collectd can't be run: $(tail -n 1 "$dir/log")";;
esac
[ "$seen" = "opcode-Query 24 qtype-A 12 rcode-NXDOMAIN 4 rcode-RCode0 5 rcode-SERVFAIL 3" ] ||
    { echo "changed: other names or numbers"; exit 1; }
echo "NOERROR is a status without a name, and each question counts twice"
