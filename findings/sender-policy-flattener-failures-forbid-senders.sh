#!/bin/sh
# sender_policy_flattener 0.4.0 (PyPI), which makes one SPF policy of addresses of all that a domain includes, and is run every hour or so to
#   follow changes: the DNS server of something that is included fails for once (SERVFAIL).
# Expected: no policy, another status than 0, and what was found before is left as it is: nothing is known of the senders behind that name,
#   and SPF itself stops there ('temperror'; RFC 7208, 2.6.6 and 5.2).
# Seen: status 0, and a policy without these senders, ending with '-all'; it takes the place of the good one in the file of results. Where
#   the one name that fails is the only one that is included, the policy is 'v=spf1  -all'. Any exception of a question is printed and
#   passed over, and what is left is taken for all there is.
# Costs: the README thinks of updating one's zone from that file: then a minute's failure elsewhere makes receivers refuse all mail of a
#   provider until the next run, and caches for a TTL more; by mail it is told as a change that the provider has made.
# Needs root, for a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" -q install sender_policy_flattener==0.4.0 dnspython==2.9.2 netaddr==1.3.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""The DNS of example.com and of its provider; the name in the file "failing" fails."""
import pathlib, socket

from dns import flags, message, rcode, rrset

RECORDS = {
    ("provider.example", "TXT"): ['"v=spf1 include:one.provider.example include:two.provider.example -all"'],
    ("one.provider.example", "TXT"): ['"v=spf1 ip4:198.51.100.0/24 -all"'],
    ("two.provider.example", "TXT"): ['"v=spf1 ip4:203.0.113.0/24 -all"'],
}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
pathlib.Path("ready").touch()
while True:
    octets, client = server.recvfrom(4096)
    query = message.from_wire(octets)
    failing = pathlib.Path("failing").read_text().strip()
    answer = message.make_response(query)
    answer.flags |= flags.RA
    name, kind = query.question[0].name.to_text().rstrip("."), query.question[0].rdtype.name
    found = RECORDS.get((name, kind), [])
    if name == failing:
        answer.set_rcode(rcode.SERVFAIL)
    elif found:
        answer.answer = [rrset.from_text(f"{name}.", 60, "IN", kind, *found)]
    server.sendto(answer.to_wire(), client)
END
cat >"$dir/config.json" <<'END'
{"sending domains": {"example.com": {"provider.example": "txt"}}, "resolvers": ["127.0.0.54"], "output": "sums.json",
 "email": {"to": "a@example.com", "from": "a@example.com", "subject": "{zone}", "server": "127.0.0.1"}}
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own, once the server is there: the policy while all is well, one name fails, and that of the provider does
cd "$1"
ip link set lo up
echo none >failing
venv/bin/python server.py & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do [ -e ready ] && break; sleep 1; done
for failing in none two.provider.example provider.example; do
    echo "$failing" >failing
    status=0
    venv/bin/spflat -c config.json >&2 || status=$?
    venv/bin/python -c 'import json; print(json.load(open("sums.json"))["example.com"]["records"][0])' | sed "s/^/$failing, status $status: /"
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
"none, status 0: v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 -all"*) ;;
*) untried "the provider's policy is not read: $(tail -n 1 "$dir/log")" ;;
esac
[ "$(echo "$seen" | tail -n 2)" = "two.provider.example, status 0: v=spf1 ip4:198.51.100.0/24 -all
provider.example, status 0: v=spf1  -all" ] || { echo "changed: it isn't passed over"; exit 1; }
echo "what can't be looked up is not allowed any more"
