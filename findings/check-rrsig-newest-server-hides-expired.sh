#!/bin/sh
# monitoring-plugins-contrib 42.20230308+deb12u1+b1 (Debian 12, for Nagios, Icinga and so on): check_zone_rrsig_expiration (1.14), 'to
#   check expiration times of RRSIG records', for a zone of two name servers.
# Expected: CRITICAL as soon as one of them serves signatures that have expired: a validator takes what it gets, and that is bogus
#   (RFC 4035, 5.3.1). A secondary that gets no transfers any more, and goes on with old signatures, is what one looks for.
# Seen: 'ZONE OK: No RRSIGs expiring in the next 3 days', status 0: it asks both, and keeps the latest expiry among all servers. With
#   the old signatures on both it is CRITICAL.
# Costs: every second validating resolver gives SERVFAIL or asks again, while the check is green, until the zone itself expires at
#   that server (SOA, often weeks); and 'remind you to re-sign' comes from the server that is least in need of it.
# Needs root, for port 53 in a network of its own. The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
perl -MNet::DNS -e 1 2>/dev/null || untried "needs Debian's libnet-dns-perl"
(cd "$dir" && apt-get -q download monitoring-plugins-contrib=42.20230308+deb12u1+b1 && dpkg -x ./*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's monitoring-plugins-contrib can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A root server, and the name servers ns1 and ns2 of signed.example on addresses of their own: the days until their RRSIGs expire are given."""
import select, socket, struct, sys, time

DAYS = {"127.0.0.61": int(sys.argv[1]), "127.0.0.62": int(sys.argv[2])}
ADDRESSES = {b"ns1": "127.0.0.61", b"ns2": "127.0.0.62"}
ZONE = b"\6signed\7example\0"
NS, SOA, RRSIG, A = 2, 6, 46, 1

def record(owner, kind, data):
    return owner + struct.pack(">HHIH", kind, 1, 300, len(data)) + data

def signed_soa(days):
    now = int(time.time())
    soa = record(ZONE, SOA, b"\3ns1" + ZONE + b"\4host" + ZONE + struct.pack(">5I", 1, 7200, 3600, 3600000, 300))
    times = struct.pack(">HBBIIIH", SOA, 13, 2, 300, now + days * 86400, now - 60 * 86400, 4711)
    return [soa, record(ZONE, RRSIG, times + ZONE + bytes(64))]

def answer(query, here):
    end = query.index(0, 12) + 5
    kind, label = query[end - 3], query[13:13 + query[12]]
    answers = authority = ()
    if kind == A:
        answers = [record(b"\xc0\x0c", A, socket.inet_aton(ADDRESSES.get(label, "127.0.0.54")))]
    elif here in DAYS and kind == SOA:
        answers = signed_soa(DAYS[here])
    elif kind == SOA:
        authority = [record(ZONE, NS, b"\3" + name + ZONE) for name in ADDRESSES]
    header = query[:2] + struct.pack(">5H", 0x8580 if here in DAYS else 0x8080, 1, len(answers), len(authority), 0)
    return header + query[12:end] + b"".join([*answers, *authority])

sockets = {}
for here in ("127.0.0.54", *DAYS):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((here, 53))
    sockets[one] = here
print("ready", flush=True)
while True:
    for one in select.select(sockets, [], [])[0]:
        query, client = one.recvfrom(4096)
        one.sendto(answer(query, sockets[one]), client)
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the check's line for two servers whose signatures have so many days
dir=$1 server=
trap 'kill $server' EXIT
ip link set lo up
echo nameserver 127.0.0.54 >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" "$2" "$3" >"$dir/ready" 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/ready" ] && break
    sleep 1
done
"$dir/usr/lib/nagios/plugins/check_zone_rrsig_expiration" -Z signed.example -t 5 2>"$dir/log" | sed 's/; (.*//'
END
seen=$(for days in "30 30" "30 -14" "-14 -14"; do unshare -mn sh "$dir/run.sh" "$dir" $days; done) || true
echo "$seen"
fresh=$(echo "$seen" | sed -n 1p) one=$(echo "$seen" | sed -n 2p) both=$(echo "$seen" | sed -n 3p)
[ "$fresh" = "ZONE OK: No RRSIGs expiring in the next 3 days" ] || untried "the check can't be run: $(tail -n 1 "$dir/log")"
case "$both" in *"has expired RRSIGs"*) ;; *) untried "the check sees no expired signature";; esac
[ "$one" = "$fresh" ] || { echo "changed: $one"; exit 1; }
echo "a server's expired signatures aren't seen beside another's"
