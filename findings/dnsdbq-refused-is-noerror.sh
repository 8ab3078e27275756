#!/bin/sh
# dnsdbq 2.6.4-1 (Debian 12): a query that a server of the DNSDB API, version 2, refuses with HTTP status 400.
# Expected: an error: a status other than 0, as where the server is not there, and no DNS word for it.
# Seen: 'Query status: NOERROR (...)', beside a warning of libcurl's 400, and status 0, as of an answer without rows.
# Costs: a script takes a query that was never answered (a name with an empty label, an offset that is too large) for one
#   with no result: 'never seen'.
set -eu
untried() { echo "not tried: $*"; exit 2; }
command -v dnsdbq >/dev/null || untried "needs Debian's package dnsdbq"
dir=$(mktemp -d)
trap 'kill "$(cat "$dir/pid" 2>/dev/null)" 2>/dev/null; rm -rf "$dir"' EXIT
cat > "$dir/server.py" <<'EOF'
import http.server, os, sys

OBJECT = ('{"obj":{"count":1,"time_first":1500000000,"time_last":1600000000,"rrname":"example.com.","rrtype":"A",'
          '"bailiwick":"example.com.","rdata":["192.0.2.1"]}}\n')

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        refused = "refused" in self.path
        body = ("not a name\n" if refused else '{"cond":"begin"}\n' + OBJECT + '{"cond":"succeeded"}\n').encode()
        self.send_response(400 if refused else 200)
        self.send_header("Content-Type", "text/plain" if refused else "application/x-ndjson")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open(sys.argv[1] + "/pid", "w").write(str(os.getpid()))
os.mkfifo(sys.argv[1] + "/port")
open(sys.argv[1] + "/port", "w").write(f"{server.server_port}\n")
server.serve_forever()
EOF
python3 "$dir/server.py" "$dir" &
while [ ! -p "$dir/port" ]; do :; done
read -r port < "$dir/port"
ask() { # what dnsdbq says of a name, and its status
    DNSDB_SERVER="http://127.0.0.1:$port" DNSDB_API_KEY=none HOME="$dir" dnsdbq -u dnsdb2 -j -r "$1" 2>&1 && echo "status $?" || echo "status $?"
}
whole=$(ask succeeded.example)
refused=$(ask refused.example)
echo "400: $refused" | tr '\n' ' '; echo
case "$whole" in *192.0.2.1*"status 0") ;; *) untried "dnsdbq says of a whole answer: $whole";; esac
case "$refused" in *NOERROR*"status 0") ;; *) echo "changed: 400 is told otherwise"; exit 1;; esac
echo "a refused query ends like one that was answered, and is called NOERROR"
