#!/bin/sh
# xymon 4.3.30-1+b2 (Debian 12), a monitor: its test of name servers, dns=TYPE:lookup, by types, of a name that has an address and nothing else.
# Expected: green where the record is there and red where it isn't, for each type: 'dns=mx:foo.com' looks up the MX records, 'A, MX, PTR, CNAME,
#   SOA, NS are among the more common ones', 'for the test to end up with a green status, all lookups must succeed' (hosts.cfg(5)).
# Seen: so it is for MX, TXT, AAAA and SRV. For CAA, DS, DNSKEY, RRSIG, TLSA, SSHFP, NAPTR and HTTPS, and for a type that is misspelled, it asks
#   for an address, and the test is green because there is one. Its table of types ends with those of 1996 (SRV, LOC), and what
#   isn't in it becomes A, without a word in the log; only the question in the page's details shows it.
# Costs: who watches a DNSSEC key, a DS, a certificate's record or mail's TLSA by this test watches the address of the same name. It is
#   green while the DS is gone, and red where the name has no address, as _25._tcp names have none.
# The packages are unpacked in the folder, not installed. Needs root, for port 53 in a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
(cd "$dir" && apt-get -q download xymon=4.3.30-1+b2 libc-ares2 libpcre3 libldap-2.5-0 libsasl2-2 libssl3 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A name server with a host that has an address alone; it tells which types it was asked for."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    kind = query[end - 3]
    record = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1) if kind == 1 else b""
    print(kind, flush=True)
    server.sendto(query[:2] + struct.pack(">5H", 0x8580, 1, kind == 1, 0, 0) + query[12:end] + record, client)
END
cat >"$dir/run.sh" <<'END'
# in a network of its own: each test's colour, and the type that the server was asked for
dir=$1
ip link set lo up
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
export XYMONHOME="$dir" XYMONTMP="$dir" HOSTSCFG="$dir/hosts.cfg" MACHINE=here FPING=/bin/true
cp "$dir/etc/xymon/protocols.cfg" "$dir/etc"
LD_LIBRARY_PATH="$(echo "$dir"/usr/lib/*-linux-gnu):$(echo "$dir"/lib/*-linux-gnu)"
for type in a mx txt aaaa srv caa ds dnskey rrsig tlsa sshfp naptr https txtt; do
    echo "127.0.0.54 ns1 # noconn dns=$type:host.example" >"$dir/hosts.cfg"
    LD_LIBRARY_PATH=$LD_LIBRARY_PATH "$dir/usr/lib/xymon/server/bin/xymonnet" --no-update --noping --dns=ip >"$dir/said" 2>&1
    colour=$(tr -d '\0' <"$dir/said" | sed -n 's/.*ns1\.dns \([a-z]*\) .*/\1/p')
    echo "$type: $colour, asked for type $(tail -n 1 "$dir/asked")"
done
END
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 5 | tr '\n' ' ')" = "a: green, asked for type 1 mx: red, asked for type 15 txt: red, asked for type 16 \
aaaa: red, asked for type 28 srv: red, asked for type 33 " ] || untried "the test asks otherwise: $(tail -n 1 "$dir/log")"
[ "$(echo "$seen" | tail -n 9 | grep -c ': green, asked for type 1$')" = 9 ] || { echo "changed: it asks for other types"; exit 1; }
echo "a record that isn't there is green where the name has an address"
