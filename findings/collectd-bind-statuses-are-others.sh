#!/bin/sh
# collectd-core 5.12.0-14 (Debian 12): its plugin bind, and BIND 1:9.18.49-1~deb12u3, whose statistics it reads: dns_rcode-tx-STATUS.
# Expected: how many responses of each status were sent ('tx'), as BIND counts them in the same statistics ('rcodes'): five
#   answers, five names without such a record, five missing names and five questions refused are NOERROR 10, NXDOMAIN 5, REFUSED 5.
# Seen: NOERROR 5, NXRRSET 5, NXDOMAIN 5, and no REFUSED: the plugin names BIND's counters of outcomes (QrySuccess, QryNxrrset) after
#   statuses. NXRRSET is a status of updates (RFC 2136, 2.2), which no response to a query has. BIND's own 'rcodes' aren't read.
# Costs: NODATA, which IPv4-only names give for each AAAA question, stands as errors of updates, in a server that takes none; the
#   share of NXDOMAIN is too high by as much; a server that refuses everybody after a mistake in its ACL shows no status at all.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
command -v named >/dev/null || untried "needs Debian's bind9"
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
(cd "$dir" && apt-get -q download collectd-core=5.12.0-14 && dpkg -x collectd*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's collectd-core can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/named.conf" <<END
options { directory "$dir"; listen-on port 5466 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none;
    recursion no; notify no; };
controls { };
statistics-channels { inet 127.0.0.1 port 5467 allow { 127.0.0.1; }; };
zone "example" { type primary; file "zone"; };
END
cat >"$dir/zone" <<'END'
$TTL 300
@ SOA ns host 1 7200 3600 1209600 300
@ NS ns
ns A 192.0.2.1
END
cat >"$dir/collectd.conf" <<END
BaseDir "$dir"
PIDFile "$dir/pid"
PluginDir "$dir/usr/lib/collectd"
TypesDB "$dir/usr/share/collectd/types.db"
Interval 1
LoadPlugin csv
LoadPlugin bind
<Plugin csv>
  DataDir "stdout"
</Plugin>
<Plugin bind>
  URL "http://127.0.0.1:5467/"
  ServerStats true
</Plugin>
END
named -g -c "$dir/named.conf" >"$dir/log" 2>&1 &
server=$!
ask() { dig +tries=1 +time=1 -p 5466 @127.0.0.1 "$@" 2>&1; }
for try in 1 2 3 4 5 6 7 8 9 10; do
    ask gone.invalid | grep -q 'status: REFUSED' && break
    sleep 1
done
for one in 1 2 3 4 5; do
    ask ns.example && ask ns.example AAAA && ask gone.example
    [ $one = 5 ] || ask gone.invalid
done >"$dir/out"
timeout 5 "$dir/usr/sbin/collectd" -f -C "$dir/collectd.conf" >"$dir/values" 2>"$dir/log" || true
seen=$(sed -n 's/^PUTVAL .*bind-global.*dns_rcode-tx-\([A-Z]*\) .*:\([0-9]*\)$/\1 \2/p' "$dir/values" | sort -u | grep -v ' 0$' | xargs)
rcodes=$(python3 - <<'END'
import json, urllib.request

counts = json.load(urllib.request.urlopen("http://127.0.0.1:5467/json/v1/server"))["rcodes"]
print(*(f"{name} {count}" for name, count in sorted(counts.items()) if count))
END
) || untried "BIND has no statistics"
echo "BIND: $rcodes"
echo "collectd: $seen"
[ "$rcodes" = "NOERROR 10 NXDOMAIN 5 REFUSED 5" ] || untried "BIND counts others"
[ -n "$seen" ] || untried "collectd does not run: $(tail -n 1 "$dir/log")"
[ "$seen" = "NOERROR 5 NXDOMAIN 5 NXRRSET 5" ] || { echo "changed: collectd counts $seen"; exit 1; }
echo "collectd's statuses aren't those that BIND sent"
