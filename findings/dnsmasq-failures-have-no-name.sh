#!/bin/sh
# dnsmasq-base 2.90-4~deb12u2 (Debian 12), with --log-queries: names that its server fails, refuses, or can't read the question of.
# Expected: 'Log the results of DNS queries' (dnsmasq(8)): a line with the name and the status, as of a name that doesn't exist,
#   'reply gone.example is NXDOMAIN', and of one without such an address, 'reply noda.example is NODATA-IPv4'.
# Seen: 'reply error is SERVFAIL', 'reply error is REFUSED', 'reply error is 1' (FORMERR) and 'reply error is not implemented': where the
#   name belongs stands the word 'error', and nothing says what was asked or by whom. Lines come as answers do, so the line before
#   is often another name's: below, 'reply error is SERVFAIL' comes after 'forwarded lost.example', which had no answer at all. Only
#   --log-queries=extra, which puts a number before each line, ties it to its question.
# Costs: of all failures the log has the count and not the names: who follows 'reply NAME is STATUS', as for any other answer, finds one name
#   that fails and is called 'error', and who takes the name of the line before blames a sound one.
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
"""A server whose answers' status is a matter of the name's first letters; 'fail' waits for a question for 'lost', which has no answer."""
import socket, struct

STATUSES = {b"host": 0, b"gone": 3, b"noda": 0, b"form": 1, b"noti": 4, b"refu": 5, b"fail": 2}
SOA = b"\7example\0" + struct.pack(">HHIH", 6, 1, 300, 22) + b"\0\0" + struct.pack(">5I", 1, 2, 3, 4, 300)
ADDRESS = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([192, 0, 2, 1])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.2", 53))
waiting = None
while True:
    query, client = server.recvfrom(4096)
    name = query[13:17]
    if name == b"fail":
        waiting = query, client
        continue
    if name == b"lost":
        query, client = waiting
        name = b"fail"
    status, there = STATUSES[name], name == b"host"
    denied = status in (0, 3) and not there
    header = query[:2] + struct.pack(">5H", 0x8180 | status, 1, there, denied, 0)
    server.sendto(header + query[12:query.index(0, 12) + 5] + ADDRESS * there + SOA * denied, client)
END
cat >"$dir/ask.py" <<'END'
"""Asks each name and waits for its answer; 'fail' and 'lost' at once, and the answer for 'fail'."""
import socket, struct, time

asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(5)


def ask(name, number=7):
    question = bytes([len(name)]) + name.encode() + b"\7example\0" + struct.pack(">HH", 1, 1)
    asker.sendto(struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + question, ("127.0.0.1", 53))


for _ in range(50):
    try:
        ask("host")
        asker.recv(4096)
        break
    except OSError:
        time.sleep(0.1)
for name in "gone", "noda", "form", "noti", "refu":
    ask(name)
    asker.recv(4096)
ask("fail")
ask("lost", 8)
asker.recv(4096)
END
cat >"$dir/run.sh" <<'END'
# in a network of its own
dir=$1 lib=$2
ip link set lo up
python3 "$dir/server.py" 2>"$dir/log" & server=$!
LD_LIBRARY_PATH="$lib" "$dir/usr/sbin/dnsmasq" --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --listen-address=127.0.0.1 \
    --bind-interfaces --server=127.0.0.2 --user=root --pid-file --log-queries --log-facility="$dir/queries" >>"$dir/log" 2>&1 & dnsmasq=$!
trap 'kill $server $dnsmasq; wait $dnsmasq' EXIT
python3 "$dir/ask.py" 2>>"$dir/log"
END
unshare -n sh "$dir/run.sh" "$dir" "$lib" 2>/dev/null || untried "dnsmasq doesn't answer: $(tail -n 1 "$dir/log")"
seen=$(sed -n 's/.*dnsmasq\[[0-9]*\]: //p' "$dir/queries" | grep -E '^(query|forwarded|reply)' | sed -n '/gone/,$p')
echo "$seen"
replies=$(echo "$seen" | sed -n 's/^reply //p' | sort -u | tr '\n' ';')
case "$replies" in
    *"gone.example is NXDOMAIN;noda.example is NODATA-IPv4;"*) ;;
    *) untried "the log has no replies: $replies";;
esac
expected="error is 1;error is REFUSED;error is SERVFAIL;error is not implemented;gone.example is NXDOMAIN;noda.example is NODATA-IPv4;"
[ "$(echo "$replies" | tr ';' '\n' | sort | xargs)" = "$(echo "$expected" | tr ';' '\n' | sort | xargs)" ] ||
    { echo "changed: the replies are others: $replies"; exit 1; }
[ "$(echo "$seen" | grep -B 1 SERVFAIL | head -n 1)" = "forwarded lost.example to 127.0.0.2" ] || { echo "changed: the line comes elsewhere"; exit 1; }
echo "what failed has no name"
