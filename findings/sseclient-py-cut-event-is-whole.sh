#!/bin/sh
# sseclient-py 1.9.0 (PyPI): a stream of server-sent events that ends in the middle of an event, as it does when a server or a
#   proxy is restarted.
# Expected: the unfinished event is dropped: 'Once the end of the file is reached, any pending data must be discarded. (If the
#   file ends in the middle of an event, before the final empty line, the incomplete event is not dispatched.)' (HTML Living
#   Standard, 9.2.6), as httpx-sse 0.4.3 (PyPI) does. A client that asks again from the last id gets it then.
# Seen: it is given as an event, with its id and as many of its lines as had come: {"qname": "b.exam.
# Costs: half a record is taken for one, or fails as JSON; and a client that goes on behind the last id it saw, as ids are meant
#   for, asks for what comes after the cut record: that one is lost for good.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install sseclient-py==1.9.0 httpx-sse==0.4.3 httpx==0.28.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import httpx
import httpx_sse
import sseclient

octets = b'id: 1\ndata: {"qname": "a.example."}\n\nid: 2\ndata: {"qname": "b.exam'
seen = [(one.data, one.id) for one in sseclient.SSEClient(iter([octets])).events()]
response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=octets)
other = [(one.data, one.id) for one in httpx_sse.EventSource(response).iter_sse()]
print(f"sseclient-py: {seen}\nhttpx-sse: {other}")
if other != [('{"qname": "a.example."}', "1")]:
    sys.exit(print("not tried: httpx-sse reads another event") or 2)
if seen[1:] != [('{"qname": "b.exam', "2")]:
    sys.exit(print(f"changed: {seen}") or 1)
print("half an event is given as one")
END
"$dir/venv/bin/python" "$dir/try.py"
