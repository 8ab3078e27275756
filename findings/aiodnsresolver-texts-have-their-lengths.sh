#!/bin/sh
# aiodnsresolver 0.0.157 (PyPI), 'Pure Python asyncio DNS resolver': TXT records.
# Expected: the text, as for A the address: 'One or more <character-string>s' whose 'single length octet' (RFC 1035, 3.3) is the
#   form on the wire and not part of it: b"v=spf1 -all", or the strings apart.
# Seen: the record as it is on the wire: b"\x0bv=spf1 -all", and in a record of two strings the second length stands amid the text.
# Costs: no policy or token is found by how it begins, so SPF, DMARC and proofs of a domain's owner are 'absent'; a key of DKIM,
#   which has two strings, has an octet in the middle that isn't its own, and no signature is good. Addresses hide that: they're made ready.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install aiodnsresolver==0.0.157 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
"""TXT records by a server in the same process."""
import asyncio, socket, struct, sys, threading

from aiodnsresolver import TYPES, Resolver

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
TEXTS = {b"one": [b"v=spf1 -all"], b"two": [b"v=DKIM1; p=MIIB", b"IjANBg"]}


def serve():
    while True:
        query, client = server.recvfrom(512)
        end = query.index(0, 12) + 5
        if query[end - 3] == 1:
            data, kind = bytes([192, 0, 2, 1]), 1
        else:
            data, kind = b"".join(bytes([len(text)]) + text for text in TEXTS[query[13:16].lower()]), 16
        record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(data)) + data
        server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + query[12:end] + record, client)


async def nameservers(_, name):
    yield 5.0, server.getsockname()


async def main():
    resolve, clear = Resolver(get_nameservers=nameservers)
    found = [(await resolve(f"{name}.example", TYPES.TXT))[0] for name in ("one", "two")]
    print("A:", str((await resolve("one.example", TYPES.A))[0]), "TXT:", *map(bytes, found))
    await clear()
    return [bytes(text) for text in found]


threading.Thread(target=serve, daemon=True).start()
found = asyncio.run(main())
if found != [b"\x0bv=spf1 -all", b"\x0fv=DKIM1; p=MIIB\x06IjANBg"]:
    sys.exit(print(f"changed: {found}") or 1)
print("texts begin with their lengths, and have more of them inside")
END
"$dir/venv/bin/python" "$dir/try.py"
