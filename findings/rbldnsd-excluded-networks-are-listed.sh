#!/bin/sh
# rbldnsd 1.0~20210120-2 (Debian 12), the name server of most DNS blocklists: a dataset ip4set with a network that is excluded, by '!', and
#   addresses of it that are listed, as where one's own networks are taken out of a list that comes from elsewhere.
# Expected: they aren't listed: 'if an entry starts with an exclamation sign (!), this is an exclusion entry, i.e. corresponding address range
#   is excluded from being listed (and any value for this record is ignored)' (rbldnsd(8)); or else that they are, as the longer prefix, which
#   is what ip4trie goes by ('the value for longest matching prefix is returned').
# Seen: it depends on the size: of !192.0.2.0/24 the address that is listed is listed, of !192.0.2.0/25 it is not. A range is kept as
#   entries of whole octets, a /25 as 128 single addresses and a /20 as 16 of /24. Those of four octets are looked through first, then of
#   three, and so on; the first hit decides, and between equal ones the exclusion does. So a listed /24 is listed within an excluded
#   /16, and isn't within an excluded /20.
# Costs: whoever takes out the customers' /24 has them listed all the same, and their mail refused, while the half of it that was tried as
#   /25 was fine; nothing is said when the data is loaded.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
[ "$(id -u)" = 0 ] || untried "needs root, since rbldnsd wants to become another user"
(cd "$dir" && apt-get -q download rbldnsd=1.0~20210120-2 >"$dir/log" 2>&1 && dpkg -x rbldnsd_*.deb "$dir") ||
    untried "can't be had: $(tail -n 1 "$dir/log")"
chmod 755 "$dir"

cat >"$dir/list" <<'END'
127.0.0.2
# of one's own networks, of different sizes
10.1.0.5
!10.1.0.0/16
10.2.0.5
!10.2.0.0/24
10.3.0.5
!10.3.0.0/25
10.4.0.0/24
!10.4.0.0/16
10.5.0.0/24
!10.5.0.0/20
END
"$dir/usr/sbin/rbldnsd" -n -u nobody -w "$dir" -b 127.0.0.1/5427 set.example:ip4set:list trie.example:ip4trie:list >"$dir/log" 2>&1 & server=$!
cat >"$dir/ask.py" <<'END'
"""For each dataset, the addresses that are listed."""
import socket, struct, sys, time

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(1)
client.connect(("127.0.0.1", 5427))


def listed(address, zone):
    name = ".".join(reversed(address.split("."))) + "." + zone
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    for _ in range(10):
        try:
            client.send(struct.pack(">6H", 1, 0, 1, 0, 0, 0) + labels + struct.pack(">HH", 1, 1))
            return struct.unpack(">H", client.recv(4096)[6:8])[0] > 0
        except OSError:
            time.sleep(0.5)
    sys.exit("no answer")


for zone in ("set.example", "trie.example"):
    print(zone, *(one for one in ("127.0.0.2", "127.0.0.3", "10.1.0.5", "10.2.0.5", "10.3.0.5", "10.4.0.5", "10.5.0.5") if listed(one, zone)))
END
seen=$(python3 "$dir/ask.py" 2>>"$dir/log") || untried "it doesn't answer: $(tail -n 1 "$dir/log")"
echo "excluded are 10.1.0.0/16, 10.2.0.0/24, 10.3.0.0/25, 10.4.0.0/16 and 10.5.0.0/20; listed are 127.0.0.2 and of each .0.5, or .0.0/24"
echo "$seen"
grep -iE 'exclu|overlap|invalid' "$dir/log" && untried "the data isn't taken"
case "$seen" in
"set.example 127.0.0.2 10.1.0.5 10.2.0.5 10.4.0.5
"*) ;;
"set.example 127.0.0.2"*) echo "changed: others are listed"; exit 1 ;;
*) untried "nothing is listed" ;;
esac
echo "excluded as /24 and /16 they are listed, as /25 and /20 they aren't"
