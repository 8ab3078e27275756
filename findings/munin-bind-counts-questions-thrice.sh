#!/bin/sh
# munin-plugins-core 2.0.73-1 (Debian 12): its plugin bind9_rndc, 'DNS Queries by status', and BIND 1:9.18.49-1~deb12u3.
# Expected: ten questions are ten more requests and ten more responses, as they are ten more NXDOMAINs.
# Seen: ten with EDNS, as nearly all are today, are twenty requests and twenty responses, and ten with EDNS over TCP are thirty
#   requests and twenty responses: each line of BIND's statistics that ends with 'received' or 'sent' is added up, and
#   'requests with EDNS(0) received' and 'TCP requests received' are parts of the line above them. TSIG adds another.
# Costs: the graph shows two to three times the load that is there; the share of NXDOMAIN and of failures looks half as high as it
#   is; requests less responses, which should be what is dropped, grows with TCP.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
command -v named >/dev/null || untried "needs Debian's bind9"
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
(cd "$dir" && apt-get -q download munin-plugins-core=2.0.73-1 && dpkg -x munin*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's munin-plugins-core can't be had: $(tail -n 1 "$dir/log")"

key='key control { algorithm hmac-sha256; secret "MDEyMzQ1Njc4OWFiY2RlZg=="; };'
cat >"$dir/named.conf" <<END
options { directory "$dir"; listen-on port 5462 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none;
    recursion no; statistics-file "$dir/named.stats"; };
$key
controls { inet 127.0.0.1 port 5463 allow { 127.0.0.1; } keys { control; }; };
zone "example" { type primary; file "zone"; };
END
cat >"$dir/rndc.conf" <<END
$key
options { default-key control; default-server 127.0.0.1; default-port 5463; };
END
cat >"$dir/zone" <<'END'
$TTL 300
@ SOA ns host 1 7200 3600 1209600 300
@ NS ns
ns A 192.0.2.1
END
named -g -c "$dir/named.conf" >"$dir/log" 2>&1 &
server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    dig +tries=1 +time=1 -p 5462 @127.0.0.1 ns.example +short 2>/dev/null | grep -q 192.0.2.1 && break
    sleep 1
done
counts() {
    rndc="$(command -v rndc)" rndc_options="-c $dir/rndc.conf" querystats="$dir/named.stats" \
        perl "$dir/usr/share/munin/plugins/bind9_rndc" >"$dir/counts" || untried "the plugin does not run"
    for name in nxdomain requests responses; do sed -n "s/^query_$name.value //p" "$dir/counts"; done | xargs
}
ten() { for one in 1 2 3 4 5 6 7 8 9 10; do dig -p 5462 @127.0.0.1 gone.example "$@" >"$dir/out" || true; done; }
more() { echo "$1 $2" | awk '{ print $4 - $1, $5 - $2, $6 - $3 }'; }
start=$(counts)
ten +noedns; plain=$(counts)
ten; edns=$(counts)
ten +tcp; tcp=$(counts)
seen="$(more "$start" "$plain"), $(more "$plain" "$edns"), $(more "$edns" "$tcp")"
echo "NXDOMAINs, requests and responses of ten questions: without EDNS, with EDNS, with EDNS over TCP: $seen"
case "$seen" in "10 10 10, 10 "*", 10 "*) ;; *) untried "the questions aren't counted";; esac
[ "$seen" = "10 10 10, 10 20 20, 10 30 20" ] || { echo "changed: the counts are others"; exit 1; }
echo "a question with EDNS counts twice, and one over TCP three times"
