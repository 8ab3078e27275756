#!/bin/sh
# sender_policy_flattener 0.4.0 (PyPI), which makes one SPF policy of addresses of all that a domain includes ('Condense SPF records to
#   network blocks'): a provider whose policy has 'a' and 'mx', as many have, 'v=spf1 a mx ip4:198.51.100.0/24 -all'.
# Expected: the provider's address and mail host, 203.0.113.1 and 203.0.113.2: a mechanism without a domain is about the domain whose policy
#   it stands in, and in what is included that is the included one (RFC 7208, 4.8, 5.2, 5.3 and 5.4).
# Seen: 192.0.2.10 and 192.0.2.20, the customer's own web server and mail host, beside the provider's network. The domain that is passed
#   down through the policies is the one that all is made for, and the name of the policy that is read isn't passed at all.
# Costs: mail that the provider sends from its own hosts fails at receivers, as their addresses are not in the policy. Nothing is printed;
#   the provider's policy is right, and so is each address that is in the new one.
# Needs root, for a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" -q install sender_policy_flattener==0.4.0 dnspython==2.9.2 netaddr==1.3.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""The DNS of example.com and of its provider."""
import pathlib, socket

from dns import flags, message, rrset

RECORDS = {
    ("provider.example", "TXT"): ['"v=spf1 a mx ip4:198.51.100.0/24 -all"'],
    ("provider.example", "A"): ["203.0.113.1"],
    ("provider.example", "MX"): ["10 mail.provider.example."],
    ("mail.provider.example", "A"): ["203.0.113.2"],
    ("example.com", "A"): ["192.0.2.10"],
    ("example.com", "MX"): ["10 mail.example.com."],
    ("mail.example.com", "A"): ["192.0.2.20"],
}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
pathlib.Path("ready").touch()
while True:
    octets, client = server.recvfrom(4096)
    query = message.from_wire(octets)
    answer = message.make_response(query)
    answer.flags |= flags.RA
    name, kind = query.question[0].name.to_text().rstrip("."), query.question[0].rdtype.name
    found = RECORDS.get((name, kind), [])
    if found:
        answer.answer = [rrset.from_text(f"{name}.", 60, "IN", kind, *found)]
    server.sendto(answer.to_wire(), client)
END
cat >"$dir/config.json" <<'END'
{"sending domains": {"example.com": {"provider.example": "txt"}}, "resolvers": ["127.0.0.54"], "output": "sums.json",
 "email": {"to": "a@example.com", "from": "a@example.com", "subject": "{zone}", "server": "127.0.0.1"}}
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the policy, once the server is there
cd "$1"
ip link set lo up
venv/bin/python server.py & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do [ -e ready ] && break; sleep 1; done
venv/bin/spflat -c config.json >&2
venv/bin/python -c 'import json; print(json.load(open("sums.json"))["example.com"]["records"][0])'
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in *ip4:198.51.100.0/24*) ;; *) untried "the provider's policy is not read: $(tail -n 1 "$dir/log")" ;; esac
[ "$seen" = "v=spf1 ip4:192.0.2.10 ip4:192.0.2.20 ip4:198.51.100.0/24 -all" ] || { echo "changed: $seen"; exit 1; }
echo "the provider's hosts are the customer's"
