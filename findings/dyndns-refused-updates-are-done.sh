#!/bin/sh
# dyndns 2.0.0 (PyPI), a web service that routers tell their addresses and that updates a zone by DNS (RFC 2136), with BIND
#   1:9.18.49-1~deb12u3: a zone whose server knows the key and doesn't allow it updates, as after a change to allow-update.
# Expected: an error, as the service has one, with the status 5xx, for a server that doesn't answer or doesn't know the key: the response
#   is REFUSED, 'the name server refuses to perform the specified operation for policy or security reasons' (RFC 2136, 2.2).
# Seen: status 200, 'UNCHANGED: home.closed.example. A 192.0.2.1' for the new address 192.0.2.77; and for a deletion 200, 'UPDATED: The A
#   and AAAA records ... were deleted', while the server still gives 192.0.2.1. The response's status is never looked at: what the
#   server says of the name before and after is compared, and for a deletion nothing is.
# Costs: the router takes 200 for done and doesn't try again, its owner's name keeps an address that somebody else has by now; an
#   address that was to be taken out of the DNS is said to be out. BIND's log has 'denied', if it is on another machine, there.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W bind9 bind9-dnsutils 2>/dev/null || untried "needs Debian's bind9 and bind9-dnsutils"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dyndns==2.0.0 flask==3.1.3 dnspython==2.7.0 pydantic==2.14.4 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
port=$(python3 -c 'import socket; one = socket.socket(); one.bind(("127.0.0.1", 0)); print(one.getsockname()[1])')
key=$(head -c 64 /dev/urandom | base64 -w 0)

cat >"$dir/named.conf" <<END
options { directory "$dir"; listen-on port $port { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none;
    recursion no; notify no; };
controls { };
key "open.example" { algorithm hmac-sha512; secret "$key"; };
key "closed.example" { algorithm hmac-sha512; secret "$key"; };
zone "open.example" { type primary; file "open"; allow-update { key "open.example"; }; };
zone "closed.example" { type primary; file "closed"; };
END
for zone in open closed; do
    printf '$TTL 300\n@ SOA ns host 1 7200 3600 1209600 300\n@ NS ns\nns A 127.0.0.1\nhome A 192.0.2.1\n' >"$dir/$zone"
done
cat >"$dir/dyndns.yml" <<END
secret: abcdefgh
nameserver: 127.0.0.1
port: $port
zones:
  - {name: open.example., tsig_key: $key}
  - {name: closed.example., tsig_key: $key}
END
cat >"$dir/try.py" <<'END'
"""What the service says of an update and a deletion in both zones."""
import sys

from dyndns.environment import ConfiguredEnvironment
from dyndns.webapp import create_app

client = create_app(ConfiguredEnvironment(sys.argv[1])).test_client()
for path in ("update-by-path/abcdefgh/home.open.example/192.0.2.77", "update-by-path/abcdefgh/home.closed.example/192.0.2.77",
             "delete-by-path/abcdefgh/home.closed.example"):
    response = client.get("/" + path)
    print(path.split("/")[0], response.status_code, response.text.splitlines()[0])
END
ask() { dig +short +tries=1 +time=1 -p "$port" @127.0.0.1 "$1" 2>&1; }
/usr/sbin/named -g -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(ask home.closed.example)" = 192.0.2.1 ] && break
    sleep 1
done
seen=$("$dir/venv/bin/python" "$dir/try.py" "$dir/dyndns.yml" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
left="$(ask home.open.example) $(ask home.closed.example)"
echo "$seen"
echo "the server has, of home.open.example and home.closed.example: $left; updates that it denied: $(grep -c denied "$dir/named.log")"
[ "$(echo "$seen" | head -n 1)" = "update-by-path 200 UPDATED: home.open.example. A 192.0.2.1 -> 192.0.2.77" ] &&
    [ "$left" = "192.0.2.77 192.0.2.1" ] || untried "no update is done: $(tail -n 1 "$dir/named.log")"
[ "$(echo "$seen" | tail -n 2)" = "update-by-path 200 UNCHANGED: home.closed.example. A 192.0.2.1
delete-by-path 200 UPDATED: The A and AAAA records of the domain name 'home.closed.example.' were deleted." ] ||
    { echo "changed: $(echo "$seen" | tail -n 2 | xargs -0)"; exit 1; }
echo "an update that was refused is unchanged, and a deletion that was refused is done"
