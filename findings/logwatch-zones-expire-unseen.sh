#!/bin/sh
# logwatch 7.7-1 (Debian 12), which mails the day's log of BIND as a summary, and BIND 1:9.18.49-1~deb12u3: two secondary zones that
#   have expired, since their primary can't be reached.
# Expected: both stand under 'Zones expired', which logwatch has for 'zone NAME/IN: expired'.
# Seen: walking.example does and running.example is nowhere, nor under 'Unmatched Entries'. The lines to leave
#   out are looked for first and by words anywhere in them, as 'running', 'exiting' and 'unexpected error': names are searched too.
# Costs: a zone whose name has such a word is no longer served, and the mail that is there to tell says nothing is wrong; nor does
#   it for failed transfers and broken journals of that zone. It looks like a day without a fault.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
command -v named >/dev/null || untried "needs Debian's bind9"
(cd "$dir" && apt-get -q download logwatch=7.7-1 && dpkg -x logwatch*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's logwatch can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/named.conf" <<END
options { directory "$dir"; listen-on port 5461 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none;
    recursion no; };
controls { };
END
for zone in walking running; do
    echo "zone \"$zone.example\" { type secondary; primaries port 5465 { 127.0.0.1; }; file \"$zone\"; masterfile-format text; };" \
        >>"$dir/named.conf"
    printf '$ORIGIN %s.example.\n$TTL 300\n@ SOA ns host 1 7200 3600 86400 300\n@ NS ns\nns A 192.0.2.1\n' $zone >"$dir/$zone"
    touch -d '1 year ago' "$dir/$zone"
done
named -g -c "$dir/named.conf" >"$dir/log" 2>&1 &
server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(grep -c ': expired' "$dir/log")" -ge 2 ] && break
    sleep 1
done
sed -n 's/^[0-9A-Za-z.:-]* [0-9.:]* \(zone .*: expired\)$/\1/p' "$dir/log" >"$dir/expired"
cat "$dir/expired"
[ "$(grep -c expired "$dir/expired")" = 2 ] || untried "the zones don't expire: $(tail -n 1 "$dir/log")"
LOGWATCH_DETAIL_LEVEL=10 perl -I "$dir/usr/share/logwatch/lib" "$dir/usr/share/logwatch/scripts/services/named" \
    <"$dir/expired" >"$dir/report" || untried "logwatch does not run"
cat "$dir/report"
grep -q 'walking.example/IN: 1 Time' "$dir/report" || untried "logwatch reports no expired zones"
if grep running "$dir/report"; then echo "changed: running.example is reported"; exit 1; fi
echo "of two zones that expired one is reported"
