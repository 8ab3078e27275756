#!/bin/sh
# dnsvi 1.4 (Debian 12), which opens a dynamic zone in an editor and sends what was changed, with BIND 1:9.18.49-1~deb12u3: an alias
#   is made a host, 'www CNAME elsewhere' to 'www A 192.0.2.7'.
# Expected: the zone as it was left in the editor: 'builds a list of "update add" and "update delete" statements' (dnsvi(1)). The
#   deletion has to come first: what is added beside a CNAME is passed over (RFC 2136, 3.4.2.2: 'elsif (zone_rrset<rr.name, CNAME>)
#   next [rr]'), and updates are done in their order (3.4.2).
# Seen: 'update add www A' and then 'update delete www CNAME', since names are gone through by type, in the order of the alphabet. The
#   server ignores the one, does the other and says NOERROR; dnsvi ends with 0; www is NXDOMAIN. So with AAAA, and with any type before
#   'CNAME'. A host that is made an alias goes well, for the same reason.
# Costs: the name that one moved is gone at once, for all, and the negative answer is kept for as long as the SOA says; nothing but the
#   server's log tells, and who looks again finds a zone without the line just written.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W bind9 bind9-dnsutils 2>/dev/null || untried "needs Debian's bind9 and bind9-dnsutils"
(cd "$dir" && apt-get -q download dnsvi=1.4 libsort-naturally-perl=1.03-4 && for one in *.deb; do dpkg -x "$one" .; done) \
    >"$dir/log" 2>&1 ||
    untried "Debian's dnsvi can't be had: $(tail -n 1 "$dir/log")"
port=$(python3 -c 'import socket; one = socket.socket(); one.bind(("127.0.0.1", 0)); print(one.getsockname()[1])')

cat >"$dir/named.conf" <<END
options { directory "$dir"; listen-on port $port { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none;
    recursion no; notify no; };
controls { };
zone "example" { type primary; file "zone"; allow-update { 127.0.0.1; }; allow-transfer { 127.0.0.1; }; };
END
cat >"$dir/zone" <<'END'
$TTL 300
@ SOA ns host 1 7200 3600 1209600 300
@ NS ns
ns A 192.0.2.1
host A 192.0.2.2
elsewhere A 192.0.2.3
www CNAME elsewhere
END
cat >"$dir/editor" <<'END'
#!/bin/sh
# an editor that makes www a host and host an alias; a second later, as dnsvi goes by the file's time
sleep 1.1
sed -i -e 's/^\(www .*\)CNAME .*/\1A 192.0.2.7/' -e 's/^\(host .*\)A .*/\1CNAME elsewhere.example./' "$1"
END
chmod +x "$dir/editor"
ask() { dig +tries=1 +time=1 -p "$port" @127.0.0.1 "$@" 2>&1; }
status() { ask "$1" A | sed -n "s/.*status: \([A-Z]*\).*/$1: \1/p"; }

/usr/sbin/named -g -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    ask ns.example | grep -q 'status: NOERROR' && break
    sleep 1
done
before="$(status www.example) $(status host.example)"
echo s | EDITOR="$dir/editor" perl -I"$dir/usr/share/perl5" "$dir/usr/bin/dnsvi" -p "$port" @127.0.0.1 example >"$dir/out" 2>&1 &&
    ended=0 || ended=$?
grep -E '^update|status:' "$dir/out" || true
after="$(status www.example) $(status host.example)"
echo "dnsvi ends with $ended; before: $before, after: $after"
grep -o 'attempt to add.*' "$dir/named.log" || true
[ "$before" = "www.example: NOERROR host.example: NOERROR" ] && grep -q 'update delete www.example. IN CNAME' "$dir/out" ||
    untried "the zone is not served, or not edited: $(tail -n 1 "$dir/out" "$dir/named.log" | xargs)"
[ "$ended $after" = "0 www.example: NXDOMAIN host.example: NOERROR" ] || { echo "changed: $ended, $after"; exit 1; }
echo "www has neither its alias nor its address"
