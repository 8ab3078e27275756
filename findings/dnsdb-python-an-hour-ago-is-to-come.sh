#!/bin/sh
# dnsdb-python 1.2.4 (PyPI) with dateparser 1.5.0, a client and a command for the passive DNS of the DNSDB API: 'first_seen_after: Filter
#   results first seen after this date', as '1 hour ago' or '2026-11-30T12:00:00Z', on machines in different zones.
# Expected: the second of an hour ago, wherever one is: the API's times are 'Unix timestamps, in seconds' of UTC; and a time with its zone,
#   as the API and the client's own results have it.
# Seen: in Tokyo '1 hour ago' is sent as 8 hours in the future, in Bogota as 6 hours ago: the local time that dateparser gives is taken
#   for UTC. A time with a zone is 'can't subtract offset-naive and offset-aware datetimes', also one that is a result's.
# Costs: east of Greenwich nothing is 'first seen since an hour ago', ever, and no error says so: new names of a domain under attack aren't
#   there; to the west what is too old is there too. On a machine in UTC, as servers and tests are, it is right.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnsdb-python==1.2.4 dateparser==1.5.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
"""What the client sends to a server of its API for a time, as hours from now."""
import http.server, json, sys, threading, time, urllib.parse

from dnsdb import DNSDBAPI

class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query))
        self.send_response(200)
        self.end_headers()
        row = {"count": 1, "time_first": 1700000000, "time_last": 1700000000, "rrname": "a.example.", "rrtype": "A", "rdata": ["192.0.2.1"]}
        self.wfile.write(json.dumps(row).encode() + b"\n")

    def log_message(self, *_):
        pass

def hours(text):
    try:
        client.forward_lookup("a.example", first_seen_after=text)
    except TypeError as error:
        return str(error)
    return round((int(asked[-1]["time_first_after"][0]) - time.time()) / 3600)

asked = []
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = DNSDBAPI("key", url_root=f"http://127.0.0.1:{server.server_port}")
(row,) = client.forward_lookup("a.example")
print(hours("1 hour ago"), hours(row["first_seen"].isoformat()), sep="; ")
END
ask() { TZ="$1" "$dir/venv/bin/python" -W ignore "$dir/try.py" 2>"$dir/log" || echo "error: $(tail -n 1 "$dir/log")"; }
utc=$(ask UTC) tokyo=$(ask Asia/Tokyo) bogota=$(ask America/Bogota)
printf "'1 hour ago', and a result's time with its zone, in hours from now:\nUTC: %s\nTokyo: %s\nBogota: %s\n" "$utc" "$tokyo" "$bogota"
[ "${utc%%;*}" = -1 ] || untried "it can't be asked"
error="can't subtract offset-naive and offset-aware datetimes"
[ "$utc/$tokyo/$bogota" = "-1; $error/8; $error/-6; $error" ] || { echo "changed: $utc/$tokyo/$bogota"; exit 1; }
echo "an hour ago is to come in the east, and a time with its zone is an error"
