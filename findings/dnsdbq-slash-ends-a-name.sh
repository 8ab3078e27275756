#!/bin/sh
# dnsdbq 2.6.4-1 (Debian 12): names with a slash, as every classless delegation of reverse DNS has (RFC 2317):
#   0/25.2.0.192.in-addr.arpa.
# Expected: the name is one segment of the path, its slash as %2F, as dnsdbq does with '#', '?' and a blank.
# Seen: the slash is sent as it is, so the server is asked for the name '0' and the type '25.2.0.192.in-addr.arpa'; written
#   as %2F it is sent as %252F. Only the octets in hexadecimal (-N) come through.
# Costs: the reverse names of networks smaller than /24 look as if they had never been seen: no such type is an error of
#   the server, and dnsdbq says 'no results found' and ends with 0.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=
trap 'kill $server 2>/dev/null || true; rm -rf "$dir"' EXIT
command -v dnsdbq >/dev/null || untried "needs Debian's dnsdbq"
cat >"$dir/server.py" <<'END'
import http.server

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.path.partition("?")[0].removeprefix("/dnsdb/v2/lookup/rrset/name/"), flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"cond":"begin"}\n{"cond":"succeeded"}\n')

    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", 5409), Handler).serve_forever()
END
python3 "$dir/server.py" >"$dir/paths" 2>&1 &
server=$!
count=0
until python3 -c 'import socket; socket.create_connection(("127.0.0.1", 5409))' 2>/dev/null; do
    count=$((count + 1)); [ $count -lt 50 ] || untried "the server doesn't start: $(tail -n 1 "$dir/paths")"
    sleep 0.1
done
for name in 0/25.2.0.192.in-addr.arpa 0%2F25.2.0.192.in-addr.arpa 'a#b.example'; do
    DNSDB_API_KEY=none DNSDB_SERVER=http://127.0.0.1:5409 dnsdbq -j -r "$name" 2>&1 || untried "dnsdbq fails"
done
seen=$(tr '\n' ' ' <"$dir/paths")
echo "$seen"
[ "$seen" = "0/25.2.0.192.in-addr.arpa 0%252F25.2.0.192.in-addr.arpa a%23b.example " ] || { echo "changed: $seen"; exit 1; }
echo "a name of RFC 2317 is asked for as a name and a type"
