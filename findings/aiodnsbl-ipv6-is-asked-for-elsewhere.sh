#!/bin/sh
# aiodnsbl 1.0.0 (PyPI): is an IPv6 address on a blocklist?
# Expected: 2001:db8::1 is asked for as its 32 hexadecimal digits, turned round (RFC 5782, 2.4, which its source names), so 1.0.0 and
#   so on to 8.b.d.0.1.0.0.2.LIST, as pydnsbl 1.1.7 (PyPI) asks, and, below ip6.arpa, Python's ipaddress has it.
# Seen: 1.8.b.d.1.0.0.2.LIST: the text is taken without its colons as it was typed, so zeros that were left out are missing. A list
#   that has the address is asked for a name that it hasn't, says NXDOMAIN, and the address is 'not blacklisted', with no error.
#   Written in full, 2001:0db8:0000:..., it is found.
# Costs: no IPv6 address is ever listed, as nearly all that write addresses write them short (RFC 5952), so mail from all of them is clean;
#   and the lists' servers, and data of missing names, get names that stand for no address.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install aiodnsbl==1.0.0 pydnsbl==1.1.7 aiodns==3.6.1 pycares==4.11.0 idna==3.11 \
    2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
"""What aiodnsbl and pydnsbl ask a list for that has 2001:db8::1, and what they say of it."""
import asyncio, ipaddress, socket, struct, threading

import aiodns
import aiodnsbl
import aiodnsbl.providers
import pydnsbl
import pydnsbl.providers

LISTED = ipaddress.ip_address("2001:db8::1").reverse_pointer.replace("ip6.arpa", "list.example")
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
port = server.getsockname()[1]
asked = []

def serve():
    while True:
        query, client = server.recvfrom(512)
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        asked.append(".".join(labels))
        listed = asked[-1] == LISTED
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([127, 0, 0, 2]) if listed else b""
        server.sendto(query[:2] + struct.pack(">5H", 0x8180 if listed else 0x8183, 1, listed, 0, 0) + query[12:at + 5] + record, client)

threading.Thread(target=serve, daemon=True).start()

async def look(checker, ask, address):
    checker._resolver = aiodns.DNSResolver(nameservers=["127.0.0.1"], udp_port=port, tcp_port=port)
    result = await ask(address)
    return str(result.blacklisted), len(result.failed_providers), asked[-1]

async def main():
    new = aiodnsbl.DNSBLChecker(providers=[aiodnsbl.providers.Provider("list.example")])
    old = pydnsbl.DNSBLIpChecker(providers=[pydnsbl.providers.Provider("list.example")], loop=asyncio.get_running_loop())
    for name, checker, ask, address in (("pydnsbl", old, old.check_async, "2001:db8::1"), ("aiodnsbl", new, new.check, "2001:db8::1"),
                                        ("aiodnsbl", new, new.check, "2001:0db8:0000:0000:0000:0000:0000:0001")):
        print(name, address, *await look(checker, ask, address))

asyncio.run(main())
END
seen=$("$dir/venv/bin/python" "$dir/try.py" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "library, address, whether it's listed, failures, the name that was asked for:"
echo "$seen"
full="1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.list.example"
[ "$(echo "$seen" | head -n 1)" = "pydnsbl 2001:db8::1 True 0 $full" ] || untried "the list doesn't answer"
[ "$(echo "$seen" | sed -n 2p)" = "aiodnsbl 2001:db8::1 False 0 1.8.b.d.1.0.0.2.list.example" ] ||
    { echo "changed: $(echo "$seen" | sed -n 2p)"; exit 1; }
echo "an address that is listed isn't"
