#!/bin/sh
# python3-dnsq 1.3.0-1 (Debian 12, dnsq), 'high-level DNS library', one of whose 'only two functions' that matter is mx_hosts_for.
# Expected: 'Returns a list of MX hostnames', as its example shows, and 'Raises' for network errors; [] for a domain that doesn't
#   exist.
# Seen: an iterator (filter) instead of a list, which is true for a domain that doesn't exist too, has no len(), and is empty when it is
#   gone through a second time: the code is that of Python 2, where filter() gave a list. A server that fails (SERVFAIL) raises
#   nothing.
# Costs: 'if mx_hosts_for(domain):', what a check of addresses asks, says yes to every domain there isn't: no typing error is
#   found, and mail goes to where no server is. A retry over the same hosts tries none; a failing resolver is 'no host'.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
/usr/bin/python3 -c "import dnsq" 2>/dev/null || untried "needs Debian's python3-dnsq"

cat >"$dir/try.py" <<'EOF'
"""mx_hosts_for by a server in the same process, which knows mail.example. alone."""
import socket, struct, sys, threading

import dns.resolver
import dnsq

server = socket.create_server(("127.0.0.1", 0))
CODES = {b"mail": 0, b"gone": 3, b"fail": 2}


def serve():
    exchange = b"\0\x0a\2mx\7example\0"
    record = b"\xc0\x0c" + struct.pack(">HHIH", 15, 1, 300, len(exchange)) + exchange
    while True:
        client = server.accept()[0]
        query = client.recv(struct.unpack(">H", client.recv(2, socket.MSG_WAITALL))[0], socket.MSG_WAITALL)
        code = CODES[query[13:17]]
        header = query[:2] + struct.pack(">5H", 0x8180 | code, 1, code == 0, 0, 0)
        answer = header + query[12:query.index(0, 12) + 5] + (record if code == 0 else b"")
        client.sendall(struct.pack(">H", len(answer)) + answer)


threading.Thread(target=serve, daemon=True).start()
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
dnsq._thread_local.resolver = resolver
mail, gone, fail = (dnsq.mx_hosts_for(f"{name}.example") for name in ("mail", "gone", "fail"))
kind, truth, first, second = type(gone).__name__, bool(gone), list(mail), list(mail)
print(f"mail.example: {first}, then {second}; gone.example: a {kind}, bool() is {truth}, and in it is {list(gone)}; "
      f"fail.example: {list(fail)}")
if first != ["mx.example"]:
    sys.exit(print("not tried: the server is not asked") or 2)
if (kind, truth, second) != ("filter", True, []):
    sys.exit(print(f"changed: gone.example gives a {kind}") or 1)
print("what mx_hosts_for gives is always true, and empty the second time")
EOF
/usr/bin/python3 "$dir/try.py"
