#!/bin/sh
# systemd-resolved 252.39-1~deb12u2 (Debian 12) with DNSSEC=no, the default there: names that don't exist.
# Expected: one question for one question, as for names that exist: an NXDOMAIN is the answer (RFC 2308, 2.1), and its resolver
#   said it with EDNS, so it knows EDNS.
# Seen: each missing name is asked a second time, without EDNS, and the second NXDOMAIN is what the client gets: a remedy for a
#   captive portal of 2018 (DVE-2018-0001), on for everybody, that resolved.conf does not tell of. Upstream took it out in 2023.
# Costs: a resolver behind which such hosts are counts each of their NXDOMAINs twice, and no other status, so the share of missing
#   names is too high by the share of these hosts; and twice the load where a program asks for many names that aren't there.
# Needs root, for a network of its own. The package is unpacked in the folder, not installed: it would take over resolv.conf.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and network namespaces"
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
package=systemd-resolved
(cd "$dir" && apt-get -q download $package=252.39-1~deb12u2 && dpkg -x $package*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's $package can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'EOF'
"""A server of example.: host.example. has an address, all else does not exist. Prints the questions."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("198.51.100.10", 53))
names = b"\2ns\7example\0", b"\1h\7example\0"
data = b"".join(names) + struct.pack(">5I", 1, 7200, 3600, 1209600, 300)
soa = b"\7example\0" + struct.pack(">HHIH", 6, 1, 300, len(data)) + data
address = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([192, 0, 2, 1])
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    there, edns = query[13:17] == b"host", query[11] > 0
    print(query[13:13 + query[12]].decode(), "with EDNS" if edns else "without EDNS", flush=True)
    opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0) if edns else b""
    header = query[:2] + struct.pack(">5H", 0x8580 | (0 if there else 3), 1, there, not there, edns)
    server.sendto(header + query[12:end] + (address if there else soa) + opt, client)
EOF

cat >"$dir/run.sh" <<'EOF'
# in a network of its own: prints the statuses that the client gets
dir=$1
trap 'kill $server $resolved' EXIT
ip link set lo up && ip link add here type veth peer name there || exit
ip addr add 198.51.100.10/24 dev here; ip link set here up; ip link set there up; ip route add default via 198.51.100.1
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/resolve /run/systemd/resolved.conf.d
printf '[Resolve]\nDNS=198.51.100.10\nLLMNR=no\nMulticastDNS=no\n' >/run/systemd/resolved.conf.d/one.conf
for file in passwd group; do cp /etc/$file "$dir/$file"; done
echo 'systemd-resolve:x:990:990::/:/usr/sbin/nologin' >>"$dir/passwd"
echo 'systemd-resolve:x:990:' >>"$dir/group"
for file in passwd group; do mount --bind "$dir/$file" /etc/$file; done
chown 990:990 /run/systemd/resolve
python3 "$dir/server.py" >"$dir/asked" 2>"$dir/log" & server=$!
"$dir/lib/systemd/systemd-resolved" >"$dir/resolved.log" 2>&1 & resolved=$!

ask() { dig +tries=1 +time=2 @127.0.0.53 "$1.example" | grep -o 'status: [A-Z]*' || true; }
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(ask host)" = "status: NOERROR" ] && break
    sleep 1
done
[ "$(ask host)" = "status: NOERROR" ] || exit 1
for number in 1 2 3 4 5; do ask gone$number; done
EOF
statuses=$(unshare -mn sh "$dir/run.sh" "$dir" 2>"$dir/log") ||
    untried "systemd-resolved does not answer: $(tail -qn 1 "$dir/log" "$dir/resolved.log")"
statuses=$(echo "$statuses" | sort | uniq -c | xargs)
questions=$(grep gone "$dir/asked" || true)
echo "$questions"
count=$(echo "$questions" | wc -l)
bare=$(echo "$questions" | grep -c without || true)
echo "five missing names: the client got $statuses; the server was asked $count times, $bare without EDNS"
[ "$statuses" = "5 status: NXDOMAIN" ] || untried "the client does not get NXDOMAIN"
[ "$count" = 10 ] && [ "$bare" = 5 ] || { echo "changed: $count questions, $bare without EDNS"; exit 1; }
echo "each missing name is asked twice"
