#!/bin/sh
# PowerDNS 4.7.3-2 (Debian 12: pdns-server and pdns-backend-bind) and BIND 1:9.18.49-1~deb12u3: a zone file whose targets are names without
#   a last dot, in records of the types MX, SRV and PTR, and HTTPS, SVCB, NAPTR, KX and LP.
# Expected: 'Domain names which do not end in a dot are called relative; the actual domain name is the concatenation of the relative part
#   with an origin' (RFC 1035, 5.1), in any type; 'TargetName is a <domain-name>' of that section in HTTPS and SVCB (RFC 9460, 2.1).
#   BIND reads host.example. in all of them.
# Seen: MX, SRV and PTR have host.example.; of HTTPS, SVCB, NAPTR, KX and LP the name is taken for a whole one, host. of the root. The
#   server answers so (its backend for zone files), and zone2sql, with which zones are moved into a database, writes so, without a
#   word. Names are completed by a list of nine types; the data of all others is kept as it stands in the file.
# Costs: when a zone has moved from BIND, browsers, which ask for HTTPS first, are sent to a host below the root: NXDOMAINs of a name that
#   nobody wrote, asked for at the root, and a site that only those find who ask for addresses alone. Telephony (NAPTR) ends likewise.
# The packages are unpacked in the folder, not installed. Needs root, for a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download pdns-server=4.7.3-2 pdns-backend-bind=4.7.3-2 bind9-utils=1:9.18.49-1~deb12u3 \
    bind9-libs=1:9.18.49-1~deb12u3 && for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "the packages can't be had: $(tail -n 1 "$dir/log")"
lib="$dir/usr/lib/$(uname -m)-linux-gnu"
ldd "$dir/usr/sbin/pdns_server" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"

cat >"$dir/example.zone" <<'END'
$ORIGIN example.
$TTL 300
@ IN SOA ns hostmaster 1 7200 900 1209600 300
@ IN NS ns
ns IN A 192.0.2.1
host IN A 192.0.2.2
mx IN MX 10 host
srv IN SRV 1 2 443 host
ptr IN PTR host
https IN HTTPS 0 host
svcb IN SVCB 1 host alpn=h2
naptr IN NAPTR 100 10 "S" "SIP+D2U" "" host
kx IN KX 10 host
lp IN LP 10 host
END
cat >"$dir/named.conf" <<END
zone "example" { type master; file "$dir/example.zone"; };
END
cat >"$dir/ask.py" <<'END'
"""Whether the target in each record that PowerDNS answers with is host.example., or host. of the root."""
import socket, struct, time

TYPES = {"mx": 15, "srv": 33, "ptr": 12, "https": 65, "svcb": 64, "naptr": 35, "kx": 36, "lp": 107}


def ask(owner, kind):
    question = bytes([len(owner)]) + owner.encode() + b"\7example\0" + struct.pack(">HH", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(2)
        asker.sendto(struct.pack(">6H", 7, 0, 1, 0, 0, 0) + question, ("127.0.0.1", 53))
        answer = asker.recv(4096)[12 + len(question):]
    at = 2 if answer[0] >= 192 else answer.index(0) + 1
    length = struct.unpack_from(">H", answer, at + 8)[0]
    data = answer[at + 10:at + 10 + length]
    rest = data[data.index(b"\4host") + 5:]
    return "host." if rest[:1] == b"\0" else "host.example." if rest[:1] >= b"\xc0" or rest[:8] == b"\7example" else repr(data)


for _ in range(20):
    try:
        ask("mx", 15)
        break
    except OSError:
        time.sleep(0.5)
print("; ".join(f"{owner.upper()} {ask(owner, kind)}" for owner, kind in TYPES.items()))
END
cat >"$dir/run.sh" <<'END'
# in a network of its own: the server, and what it answers
dir=$1 lib=$2
ip link set lo up
"$dir/usr/sbin/pdns_server" --config-dir="$dir" --daemon=no --guardian=no --launch=bind --module-dir="$lib/pdns" --socket-dir="$dir" \
    --local-address=127.0.0.1 --bind-config="$dir/named.conf" --setuid=0 --setgid=0 >"$dir/log" 2>&1 & server=$!
trap 'kill $server; wait $server' EXIT
python3 "$dir/ask.py" 2>>"$dir/log"
END
seen=$(unshare -mn sh "$dir/run.sh" "$dir" "$lib" 2>/dev/null) || true
[ "$seen" ] || untried "PowerDNS doesn't answer: $(tail -n 1 "$dir/log")"
LD_LIBRARY_PATH="$lib" "$dir/usr/bin/named-checkzone" -q -D -i none example "$dir/example.zone" 2>"$dir/log" >"$dir/read" ||
    untried "BIND doesn't read the zone: $(tail -n 1 "$dir/log")"
"$dir/usr/bin/zone2sql" --gsqlite --zone="$dir/example.zone" --zone-name=example 2>"$dir/log" >"$dir/sql" ||
    untried "zone2sql fails: $(tail -n 1 "$dir/log")"
echo "BIND: $(grep -c 'host\.example\.$\|host\.example\. alpn' "$dir/read") records have host.example."
echo "PowerDNS answers: $seen"
written=$(sed -n "s/.*select id ,'\([a-z]*\).example', '[A-Z]*', '\(.*host[^']*\)'.*/\1: \2/p" "$dir/sql" | tr '\n' ';')
echo "zone2sql: $written"
[ "$(grep -c 'host\.example\.$\|host\.example\. alpn' "$dir/read")" = 8 ] || untried "BIND reads other names"
[ "$seen" = "MX host.example.; SRV host.example.; PTR host.example.; HTTPS host.; SVCB host.; NAPTR host.; KX host.; LP host." ] ||
    { echo "changed: PowerDNS answers with other names"; exit 1; }
case "$written" in
    *"ptr: host.example;https: 0 host;svcb: 1 host alpn=h2;"*"kx: 10 host;lp: 10 host;") ;;
    *) echo "changed: zone2sql writes other names"; exit 1;;
esac
echo "five types of records lead to the root"
