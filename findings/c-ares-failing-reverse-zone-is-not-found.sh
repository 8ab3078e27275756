#!/bin/sh
# c-ares 1.34, the DNS library of Node.js 20.20.2 (dns.reverse) and of pycares 5.2.1 (PyPI, gethostbyaddr, on which aiodns stands): the name
#   of an address whose reverse zone's server fails (SERVFAIL), or refuses.
# Expected: ESERVFAIL and EREFUSED, as for the same question by resolvePtr and query(..., PTR), and as dns.resolve4 has them: these are codes
#   of their own (ARES_ESERVFAIL, 'DNS server returned general failure'), other than ARES_ENOTFOUND, 'Domain name not found'.
# Seen: ENOTFOUND for all three. Where the question comes to nothing its status is dropped: the look-up by address goes on to the next
#   source of 'hosts:', there is none, and what stands at the end of the list is 'not found'.
# Costs: an address whose name could not be looked up just now has none, for good: mail servers that reject hosts without a name and mean to
#   tell those to come back whose look-up failed, reject them all (Haraka's fcrdns does by this code), and logs and counts of hosts
#   without names grow with each failure of somebody's reverse zone.
# Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v node >/dev/null || untried "needs node"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pycares==5.2.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""192.0.2.1 is NXDOMAIN; 192.0.2.2: SERVFAIL; 192.0.2.5: REFUSED; and 192.0.2.9 is host.example."""
import pathlib, socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
pathlib.Path("ready").touch()
while True:
    query, client = server.recvfrom(4096)
    end = 12
    while query[end]:
        end += 1 + query[end]
    status = {b"1": 3, b"2": 2, b"5": 5}.get(query[13:13 + query[12]], 0)
    name = b"\4host\7example\0"
    answer = b"" if status else b"\xc0\x0c" + struct.pack(">HHIH", 12, 1, 60, len(name)) + name
    head = query[:2] + struct.pack(">5H", 0x8180 | status, 1, bool(answer), 0, 0)
    server.sendto(head + query[12:end + 5] + answer, client)
END
cat >"$dir/try.js" <<'END'
// what Node.js has of each address, by the address and by the name that stands for it
const dns = require("dns").promises;
(async () => {
    for (const last of [9, 1, 2, 5]) {
        const code = (error) => error.code;
        console.log(`node ${last}`, String(await dns.reverse(`192.0.2.${last}`).catch(code)),
            String(await dns.resolvePtr(`${last}.2.0.192.in-addr.arpa`).catch(code)));
    }
})();
END
cat >"$dir/try.py" <<'END'
"""What pycares has of them."""
import pycares

channel = pycares.Channel(servers=["127.0.0.54"], timeout=2, tries=1)

def outcome(ask, *arguments):
    found = []
    ask(*arguments, callback=lambda result, error: found.append((result, error)))
    channel.wait()
    result, error = found[0]
    return pycares.errno.errorcode[error].removeprefix("ARES_") if error else getattr(result, "name", "an answer")

for last in (9, 1, 2, 5):
    print(f"pycares {last}", outcome(channel.gethostbyaddr, f"192.0.2.{last}"),
          outcome(channel.query, f"{last}.2.0.192.in-addr.arpa", pycares.QUERY_TYPE_PTR))
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own, once the server is there
cd "$1"
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:2 attempts:1\n' >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
python3 server.py & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do [ -e ready ] && break; sleep 1; done
node try.js
venv/bin/python try.py
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "last octet, by address, by name (1 is NXDOMAIN, 2 SERVFAIL, 5 REFUSED):"
echo "$seen"
for one in "node 9 host.example host.example" "node 1 ENOTFOUND ENOTFOUND" "pycares 9 host.example an answer" "pycares 1 ENOTFOUND ENOTFOUND"; do
    echo "$seen" | grep -qx "$one" || untried "names are not looked up as they should"
done
for one in "node 2 ENOTFOUND ESERVFAIL" "node 5 ENOTFOUND EREFUSED" "pycares 2 ENOTFOUND ESERVFAIL" "pycares 5 ENOTFOUND EREFUSED"; do
    echo "$seen" | grep -qx "$one" || { echo "changed: not $one"; exit 1; }
done
echo "an address whose zone fails has no name"
