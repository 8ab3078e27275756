#!/bin/sh
# dnserver 0.4.0 (PyPI), a 'simple DNS server written in python for use in development and testing', with dnslib 0.9.26: a policy of SPF
#   that is longer than the 255 octets of one string, given as one text.
# Expected: strings that together are the text: they 'MUST be treated as if those strings are concatenated together without adding spaces'
#   (RFC 7208, 3.3), so the blank that the cut falls at is in one of them.
# Seen: the blank is in none: the last word of the first string and the first of the second are one, as the text is cut by a function for
#   paragraphs (textwrap.wrap), which cuts at blanks and drops them, makes tabs and ends of lines blanks, and may cut at hyphens.
# Costs: the policy that a mail program is tested with is a permanent error, or allows and denies others than it says, and the one that was
#   written is right; one looks for the fault in the program. Up to 255 octets, as in most tests, nothing happens.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnserver==0.4.0 dnslib==0.9.26 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import contextlib, io, socket, sys

from dnserver import DNSServer, Zone
from dnslib import DNSRecord

def policy(number):
    return " ".join(["v=spf1", *(f"include:_spf{one}.provider.example" for one in range(number)), "ip4:192.0.2.1", "-all"])

def ask(name):
    record = DNSRecord.parse(DNSRecord.question(name, "TXT").send("127.0.0.1", port, tcp=True, timeout=20)).rr[0]
    return [data.decode() for data in record.rdata.data]

texts = {"short.example": policy(2), "long.example": policy(10)}
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
server = DNSServer(port=port, upstream=None)
for name, text in texts.items():
    server.add_record(Zone(name, "TXT", text))
with contextlib.redirect_stdout(io.StringIO()):  # what the server logs
    server.start()
    try:
        seen = {name: ask(name) for name in texts}
    finally:
        server.stop()
for name, strings in seen.items():
    print(f"{name}: given {len(texts[name])} octets, {len(texts[name].split())} words; strings of "
          f"{' and '.join(str(len(one)) for one in strings)}, together {len(''.join(strings).split())} words")
if seen["short.example"] != [texts["short.example"]] or len(seen["long.example"]) != 2:
    sys.exit(print("not tried: the texts are served otherwise") or 2)
if "".join(seen["long.example"]) == texts["long.example"]:
    sys.exit(print("changed: the strings are the text") or 1)
if " ".join(seen["long.example"]) != texts["long.example"]:
    sys.exit(print(f"changed: {seen['long.example']}") or 1)
print("the blank at the cut is lost, and two words are one")
END
"$dir/venv/bin/python" -W ignore "$dir/try.py"
