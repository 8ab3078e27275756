#!/bin/sh
# BIND 1:9.18.49-1~deb12u3 (Debian 12) with 'dnstap-output file ... versions 3'.
# Expected: a restarted server adds to the file, as its query log does, or puts the old one by as one of its versions.
# Seen: named opens the file anew and empty each time it starts; what was logged before is gone. What it has logged
#   since stays in memory until a buffer of 4096 octets is full, so the file of a quiet server has 0 octets.
# Costs: a restart, as of each security update, throws away all that was not moved elsewhere before; a crash takes the
#   messages that led to it with it. 'rndc dnstap -reopen' after moving the file, before each restart, saves it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W bind9 bind9-dnsutils 2>/dev/null || untried "needs Debian's bind9 and bind9-dnsutils"

cat >"$dir/named.conf" <<END
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no;
  listen-on port 5404 { 127.0.0.1; }; listen-on-v6 { none; };
  dnstap { auth; }; dnstap-output file "$dir/named.tap" versions 3;
};
controls { };
zone "one.example" { type primary; file "one.example"; };
END
printf '@ 300 SOA ns h 1 2 3 4 300\n@ 300 NS ns\nns 300 A 127.0.0.1\n' >"$dir/one.example"

start() {
    named -g -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
    server=$!
    for try in 1 2 3 4 5 6 7 8 9 10; do
        dig +norecurse +tries=1 +time=1 @127.0.0.1 -p 5404 gone.one.example >"$dir/dig" 2>&1 && return
        sleep 1
    done
    untried "named does not answer: $(tail -n 1 "$dir/named.log")"
}
size() { wc -c <"$dir/named.tap" | tr -d ' '; }

start
for number in 1 2 3; do dig +norecurse @127.0.0.1 -p 5404 "gone$number.one.example" >"$dir/dig"; done
sleep 5
running=$(size)
kill $server; wait $server || true
stopped=$(size); messages=$(dnstap-read "$dir/named.tap" | wc -l)
start
restarted=$(size)
ls "$dir"
echo "octets while it ran, 5 s after the last answer: $running; stopped: $stopped, $messages messages; restarted: $restarted"
[ "$messages" -gt 0 ] || untried "no messages were logged"
[ "$running" = 0 ] && [ "$restarted" = 0 ] || { echo "changed: $running octets, then $restarted"; exit 1; }
echo "$messages messages are gone after a restart, and none was in the file before the end"
