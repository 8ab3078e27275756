#!/bin/sh
# delv of bind9-dnsutils 1:9.18.49-1~deb12u3 (Debian 12), BIND's tool that validates an answer by itself: its status.
# Expected: another status than 0 where validation fails, or no answer came, as dig (9), drill (1), kdig (1) and host (1) have one for
#   the latter; the manual page names none, and says that delv is there to check the validity of responses.
# Seen: 0, for 'resolution failed: broken trust chain', for 'resolution failed: failure' where no server is.
# Costs: 'delv name && deploy', and every monitor that goes by the status, is green while the zone's chain of trust is broken, and
#   while its servers are gone. The words 'resolution failed' must be looked for.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W bind9 bind9-dnsutils 2>/dev/null || untried "needs Debian's bind9 and bind9-dnsutils"

cat >"$dir/named.conf" <<EOF
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no;
  listen-on port 5407 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "one.example" { type primary; file "one.example"; };
EOF
printf '@ 300 SOA ns h 1 2 3 4 300\n@ 300 NS ns\nns 300 A 127.0.0.1\n' >"$dir/one.example"
cat >"$dir/anchor" <<EOF
trust-anchors { one.example. static-key 257 3 13
  "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="; };
EOF
named -g -c "$dir/named.conf" >"$dir/named.log" 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    dig +norecurse +tries=1 +time=1 @127.0.0.1 -p 5407 ns.one.example 2>&1 | grep -q NOERROR && break
    sleep 1
done
look() { delv "$@" ns.one.example A 2>&1 && echo "status 0" || echo "status $?"; }
said() { echo "$1" | sed -n 's/^;; resolution failed: \(.*\)/\1;/p; /^ns.one.example.*127.0.0.1$/s/.*/answer;/p; /^status/p' | xargs; }
plain=$(said "$(look -i @127.0.0.1 -p 5407)")
broken=$(said "$(look -a "$dir/anchor" +root=one.example @127.0.0.1 -p 5407)")
silent=$(said "$(look -i @127.0.0.1 -p 5499)")
echo "without validation: $plain; with a key that the zone isn't signed with: $broken; without a server: $silent"
[ "$plain" = "answer; status 0" ] || untried "named does not answer: $(tail -n 1 "$dir/named.log")"
[ "$broken" = "broken trust chain; status 0" ] && [ "$silent" = "failure; status 0" ] || { echo "changed: $broken; $silent"; exit 1; }
echo "a broken chain of trust and no server at all are status 0"
