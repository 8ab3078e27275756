#!/bin/sh
# csirtg_dnsdb 0.0.0a5 (PyPI), a client of DNSDB, the passive DNS database: what names has an address had, 'dnsdb -q ADDRESS', for IPv6.
# Expected: /lookup/rdata/ip/2001:db8::1, as DNSDB's interface has it for addresses and networks of either kind, and as it is asked for
#   IPv4; so the names that the database has of it.
# Seen: /lookup/rrset/name/2001:db8::1, the records of a name that nobody can have; so nothing, and status 0. What is an address is decided by
#   inet_aton, which knows IPv4 only; what it doesn't know is a name, unless it has a '/': so a network of IPv6 is asked for as such.
#   And with its '/' a classless reverse name (RFC 2317), 0/25.2.0.192.in-addr.arpa, is asked for as an address.
# Costs: an IPv6 address has no history, though the database has it; each such question counts against the quota.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
trap 'kill ${server:-} 2>/dev/null || true; rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install setuptools==80.9.0 wheel==0.45.1 requests==2.32.5 2>"$dir/log" &&
    "$dir/venv/bin/pip" -q install --no-build-isolation csirtg_dnsdb==0.0.0a5 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""Has a record for each address and network, and none for names; what is asked is written down."""
import http.server, json, sys, urllib.parse


class Database(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = urllib.parse.unquote(self.path.split("?")[0])
        print(path, file=open(f"{sys.argv[1]}/asked", "a"), flush=True)
        record = {"count": 1, "rrname": "host.example.", "rrtype": "A", "rdata": "192.0.2.1"}
        self.send_response(200)
        self.end_headers()
        if "/rdata/ip/" in path:
            self.wfile.write(json.dumps(record).encode() + b"\n")

    def log_message(self, *_):
        pass


database = http.server.HTTPServer(("127.0.0.1", 5436), Database)
print("ready", file=open(f"{sys.argv[1]}/ready", "w"), flush=True)
database.serve_forever()
END
python3 "$dir/server.py" "$dir" & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/ready" ] && break
    sleep 1
done
[ -s "$dir/ready" ] || untried "the database doesn't start"
seen=
for what in 192.0.2.1 2001:db8::1 2001:db8::/32 0/25.2.0.192.in-addr.arpa; do
    : >"$dir/asked"
    status=0
    said=$(FARSIGHT_REMOTE=http://127.0.0.1:5436 FARSIGHT_TOKEN=none "$dir/venv/bin/dnsdb" -q $what 2>"$dir/log") || status=$?
    echo "$what: asked for $(cat "$dir/asked"), status $status, $(echo "$said" | grep -c rrname || true) records"
    seen="$seen $(cut -d / -f 3,4 "$dir/asked")"
done
case "$seen" in
" rdata/ip rrset/name rdata/ip rdata/ip") ;;
" rdata/ip "*) echo "changed: it asks for$seen"; exit 1 ;;
*) untried "it doesn't ask: $(tail -n 1 "$dir/log")" ;;
esac
echo "an IPv6 address is asked for as a name"
