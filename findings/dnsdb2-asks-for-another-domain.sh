#!/bin/sh
# dnsdb2 1.2.0 (PyPI), the client of the DNSDB API: names and bailiwicks of its look-ups.
# Expected: a name with letters outside ASCII is asked for as registries and browsers have it since IDNA2008 (RFC 5891, 5892):
#   faß.example is xn--fa-hia.example, as idna 3.11 (PyPI) and Node.js 20 say. The bailiwick "." is the root's, which
#   'a DNS bailiwick in presentation format' may be: the NS of each TLD are seen there.
# Seen: 'fass.example' is asked for, another domain with another owner, since Python's codec 'idna' is that of 2003. The bailiwick
#   "." is a UnicodeError, as no label may be empty for the codec.
# Costs: who looks for the past of a German, Greek (final sigma) or Persian (zero width joiners) name gets the rows of somebody
#   else's, and nothing says so. Names in their form with xn-- are asked for as they are.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnsdb2==1.2.0 idna==3.11 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dnsdb2
import idna

asked = []

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path.split("?")[0].removeprefix("/dnsdb/v2/lookup/rrset/name/"))
        body = b'{"cond":"begin"}\n{"cond":"succeeded"}\n'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

def ask(name, **more):
    try:
        list(client.lookup_rrset(name, **more))
    except UnicodeError as error:
        return "UnicodeError"
    return asked.pop()

server = HTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = dnsdb2.Client("key", server=f"http://127.0.0.1:{server.server_port}")
seen = [ask("bücher.example"), ask("faß.example"), ask("com.", bailiwick="com."), ask("com.", bailiwick=".")]
print(f"bücher.example: {seen[0]}\nfaß.example: {seen[1]}, by IDNA2008 {idna.encode('faß.example').decode()}")
print(f"com. within com.: {seen[2]}\ncom. within the root: {seen[3]}")
if seen[::2] != ["xn--bcher-kva.example", "com./ANY/com."]:
    sys.exit(print("not tried: plain questions aren't asked") or 2)
if seen[1::2] != ["fass.example", "UnicodeError"]:
    sys.exit(print(f"changed: {seen[1::2]}") or 1)
print("the rows are those of fass.example")
END
"$dir/venv/bin/python" "$dir/try.py"
