#!/bin/sh
# dnsdist 1.7.3-2 (Debian 12): its counters rule-nxdomain, rule-refused and rule-servfail, with a rule that denies names as the
#   documentation shows it: addAction("denied.example.", RCodeAction(DNSRCode.NXDOMAIN)).
# Expected: 'Number of NXDomain answers returned because of a rule' (HELP of dnsdist_rule_nxdomain at /metrics; Refused and Servfail
#   alike): three names that a rule denies are 3.
# Seen: both stay 0. Only Lua code that returns DNSAction.Nxdomain counts there; what RCodeAction answers is in self-answered, with
#   all else that is, and in frontend-nxdomain, with what the servers behind it deny.
# Costs: a graph of what a blocklist denies is flat at zero while it works, and an alarm for 'the rule hits nothing' rings all the time; the
#   share of denied and truly missing names can't be told from the other counters.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W dnsdist bind9-dnsutils 2>/dev/null || untried "needs Debian's dnsdist and bind9-dnsutils"

cat >"$dir/dnsdist.conf" <<EOF
setLocal("127.0.0.1:5441")
newServer{address="127.0.0.1:5442", healthCheckMode="up"}
addAction("denied.example.", RCodeAction(DNSRCode.NXDOMAIN))
addAction("refused.example.", RCodeAction(DNSRCode.REFUSED))
addAction("lua.example.", LuaAction(function(question) return DNSAction.Nxdomain, "" end))
controlSocket("127.0.0.1:5443")
setKey("MXNeLFWHUe4363BBKrY06cAsH8NWNb+Se2eXU5+Bb74=")
EOF
dnsdist --supervised -C "$dir/dnsdist.conf" >"$dir/log" 2>&1 & server=$!
ask() { dig +tries=1 +time=1 @127.0.0.1 -p 5441 "$1.example" 2>&1 | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(ask up.refused)" ] && break
    sleep 1
done
got=$(for name in 1.denied 2.denied 3.denied 1.refused 1.lua; do ask $name; done | sort | uniq -c | xargs)
stats=$(dnsdist -C "$dir/dnsdist.conf" -c 127.0.0.1:5443 -e 'dumpStats()' 2>&1)
count() { echo "$stats" | tr -s ' \t' ' ' | grep -o "$1 [0-9]*" | head -n 1 | cut -d ' ' -f 2; }
rules=$(dnsdist -C "$dir/dnsdist.conf" -c 127.0.0.1:5443 -e 'showRules()' 2>&1 | awk '/denied/ { print $2 }')
nxdomain=$(count rule-nxdomain) refused=$(count rule-refused) answered=$(count self-answered)
echo "clients got $got (one NXDOMAIN of them from Lua); showRules: $rules hits for denied.example"
echo "rule-nxdomain $nxdomain, rule-refused $refused, self-answered $answered, frontend-nxdomain $(count frontend-nxdomain)"
[ "$got" = "4 NXDOMAIN 1 REFUSED" ] && [ -n "$nxdomain" ] || untried "dnsdist does not answer: $(tail -n 1 "$dir/log")"
[ "$nxdomain" = 1 ] && [ "$refused" = 0 ] || { echo "changed: rule-nxdomain is $nxdomain, rule-refused $refused"; exit 1; }
echo "what rules with RCodeAction deny and refuse is counted as if no rule had"
