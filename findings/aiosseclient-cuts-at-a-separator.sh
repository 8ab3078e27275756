#!/bin/sh
# aiosseclient 0.1.8 (PyPI): server-sent events whose text has U+2028, the line separator, which JSON needs not escape (RFC 8259,
#   7), and which stands in what others write: descriptions, extra texts of DNS errors (RFC 8914, 2: UTF-8).
# Expected: the text as it was sent: lines of a stream end with CR, LF or both, and nothing else (HTML Living Standard, 9.2.5), as
#   requests-sse 0.5.3 (PyPI) and httpx-sse 0.4.3 (PyPI) have it. Such a character is no line end.
# Seen: the event's data ends there, and the rest is logged as 'Invalid SSE line' and gone. Likewise at U+0085.
# Costs: JSON that fails to parse where its text has one such character, or, in plain text, half a sentence without a sign of it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install aiosseclient==0.1.8 requests-sse==0.5.3 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import asyncio
import http.server
import json
import sys
import threading

import requests_sse
from aiosseclient import aiosseclient

sent = [json.dumps({"extra_text": f"zone{mark}expired"}, ensure_ascii=False) for mark in ("\u2028", "\u0085")]

class Stream(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write("".join(f"data: {one}\n\n" for one in sent).encode())

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stream)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"

async def read():
    return [event.data async for event in aiosseclient(url)]

seen = asyncio.run(asyncio.wait_for(read(), 20))
with requests_sse.EventSource(url, max_connect_retry=0) as source:
    other = [event.data for _, event in zip(sent, source)]
print(f"sent: {[ascii(one) for one in sent]}\naiosseclient: {[ascii(one) for one in seen]}")
if other != sent:
    sys.exit(print("not tried: requests-sse reads something else") or 2)
if seen != ['{"extra_text": "zone'] * 2:
    sys.exit(print(f"changed: {seen}") or 1)
print("the text is cut at its separator")
END
"$dir/venv/bin/python" "$dir/try.py" 2>"$dir/log" || { status=$?; tail -n 1 "$dir/log"; exit $status; }
