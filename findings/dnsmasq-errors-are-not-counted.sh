#!/bin/sh
# dnsmasq-base 2.90-4~deb12u2 (Debian 12): its numbers for each server that it forwards to, by 'dig chaos txt servers.bind', in the log on SIGUSR1
#   and over D-Bus (failed_queries).
# Expected: 'the number of queries sent, and the number which resulted in an error' (dnsmasq(8)): of ten questions whose answers are
#   SERVFAIL, REFUSED, FORMERR or NOTIMP, or that have none, ten errors, whoever asked.
# Seen: of ten REFUSED one is counted, of ten FORMERR, ten NOTIMP and ten without an answer none, and of ten SERVFAIL all, but then 20 as
#   sent. From a client whose questions have an EDNS option, as the cookie that dig sends, none of any kind. The number isn't raised
#   where an error comes in, but where dnsmasq asks once more because of one. It does so for two statuses only, not where the
#   question just went to all servers, as after a refusal, and not where it can't make the question again from the answer.
# Costs: a graph of errors stays at zero while a server refuses everything, can't read EDNS or is gone; the share of errors depends on
#   whether clients send cookies, and where it is counted it is a half at most, as each error adds a question that no client asked.
# The packages are unpacked in the folder, not installed. Needs root, for a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download dnsmasq-base=2.90-4~deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libxtables12=1.8.9-2 \
    libjansson4=2.14-2 libnetfilter-conntrack3=1.0.9-3 libnfnetlink0=1.0.2-2 libmnl0=1.0.4-3 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 || untried "Debian's dnsmasq can't be had: $(tail -n 1 "$dir/log")"
lib="$dir/usr/lib/$(uname -m)-linux-gnu"
LD_LIBRARY_PATH="$lib" ldd "$dir/usr/sbin/dnsmasq" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server whose answers' status is a matter of the name's first letters; 'lost' has no answer."""
import socket, struct

STATUSES = {b"host": 0, b"form": 1, b"fail": 2, b"noti": 4, b"refu": 5}
ADDRESS = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + bytes([192, 0, 2, 1])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.2", 53))
while True:
    query, client = server.recvfrom(4096)
    status, edns = STATUSES.get(query[13:17]), query[11]
    if status is None:
        continue
    there = status == 0
    opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0) if edns else b""
    header = query[:2] + struct.pack(">5H", 0x8180 | status, 1, there, 0, edns)
    server.sendto(header + query[12:query.index(0, 12) + 5] + ADDRESS * there + opt, client)
END
cat >"$dir/ask.py" <<'END'
"""For each kind of client and status: ten questions, and by how much dnsmasq's numbers of questions sent and of errors grow."""
import socket, struct, time

OPT = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0)
COOKIE = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 12) + struct.pack(">HH", 10, 8) + b"12345678"
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(2)


def ask(name, kind=1, dns_class=1, more=b""):
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", kind, dns_class)
    asker.sendto(struct.pack(">6H", 7, 0x0100, 1, 0, 0, bool(more)) + question + more, ("127.0.0.1", 53))
    return asker.recv(4096)


def counted():
    """Questions sent to the server, and those with an error."""
    return [int(word) for word in ask("servers.bind", 16, 3).rsplit(b"#53 ", 1)[1].split()]


for _ in range(50):
    try:
        ask("host.example")
        break
    except OSError:
        time.sleep(0.1)
asker.settimeout(0.3)
for client, more in ("without EDNS", b""), ("with EDNS", OPT), ("with a cookie", COOKIE):
    for name in "host", "fail", "refu", "form", "noti", "lost":
        before = counted()
        for number in range(10):
            try:
                ask(f"{name}.{number}.example", more=more)
            except TimeoutError:
                pass
        sent, failed = (after - at_first for after, at_first in zip(counted(), before))
        print(f"{client}: {name} {sent} {failed}")
END
cat >"$dir/run.sh" <<'END'
# in a network of its own
dir=$1 lib=$2
ip link set lo up
python3 "$dir/server.py" 2>"$dir/log" & server=$!
LD_LIBRARY_PATH="$lib" "$dir/usr/sbin/dnsmasq" --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --listen-address=127.0.0.1 \
    --bind-interfaces --server=127.0.0.2 --user=root --pid-file --log-facility="$dir/queries" >>"$dir/log" 2>&1 & dnsmasq=$!
trap 'kill $server $dnsmasq; wait $dnsmasq' EXIT
python3 "$dir/ask.py" 2>>"$dir/log"
END
seen=$(unshare -n sh "$dir/run.sh" "$dir" "$lib" 2>/dev/null) || untried "dnsmasq doesn't answer: $(tail -n 1 "$dir/log")"
echo "ten questions of each kind: sent to the server, and with an error"
echo "$seen"
case "$seen" in
    "without EDNS: host 10 0"*) ;;
    *) untried "the questions aren't counted";;
esac
expected="host 10 0;fail 20 10;refu 11 1;form 10 0;noti 10 0;lost 10 0;"
[ "$(echo "$seen" | sed -n 's/^without EDNS: //p' | tr '\n' ';')" = "$expected" ] || { echo "changed: errors are counted otherwise"; exit 1; }
[ "$(echo "$seen" | sed -n 's/^with EDNS: //p' | tr '\n' ';')" = "$expected" ] || { echo "changed: they are with EDNS"; exit 1; }
[ "$(echo "$seen" | sed -n 's/^with a cookie: .* //p' | sort -u)" = 0 ] || { echo "changed: they are with a cookie"; exit 1; }
echo "most errors are none"
