#!/bin/sh
# httpx-sse 0.4.3 (PyPI), with which httpx reads server-sent events: a stream whose events have ids, and a keep-alive between
#   them.
# Expected: one event. A line that begins with a colon is a comment, sent 'every 15 seconds or so' against proxies that close idle
#   connections, and where 'the data buffer is an empty string', nothing is dispatched (HTML Living Standard, 9.2.6 and 9.2.7).
#   sseclient-py 1.9.0 gives one.
# Seen: two: the second is empty, of type 'message', and has the id of the first. It comes as soon as the stream has had an id,
#   once for each keep-alive; without ids there is none.
# Costs: a quiet stream makes events: event.json() fails on them, counters count them, and a reader that looks for doubles by id
#   sees one.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install httpx-sse==0.4.3 httpx==0.28.1 sseclient-py==1.9.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import httpx
import httpx_sse
import sseclient

def read(octets):
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=octets)
    return [(one.event, one.data, one.id) for one in httpx_sse.EventSource(response).iter_sse()]

octets = b'id: 1\ndata: {"qname": "a.example."}\n\n: keep-alive\n\n'
seen, without_id = read(octets), read(octets.replace(b"id: 1\n", b""))
other = [one.data for one in sseclient.SSEClient(iter([octets])).events()]
print(f"httpx-sse: {seen}\nwithout the id: {without_id}\nsseclient-py: {other}")
if len(other) != 1 or len(without_id) != 1:
    sys.exit(print("not tried: the others don't read one event") or 2)
if [data for _, data, _ in seen] != ['{"qname": "a.example."}', ""]:
    sys.exit(print(f"changed: {seen}") or 1)
print("a keep-alive is an event")
END
"$dir/venv/bin/python" "$dir/try.py"
