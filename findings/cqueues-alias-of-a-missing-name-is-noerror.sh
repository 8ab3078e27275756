#!/bin/sh
# lua-cqueues 20200726-1+b1 with lua5.4 5.4.4-3+deb12u1 (Debian 12): dns.query, its resolver ('cqueues.dns', the C library dns.c), for names
#   that are aliases: of a host, of a name that doesn't exist (NXDOMAIN) and of one whose server fails (SERVFAIL).
# Expected: the status that the server gave: behind an alias it is that of the last step to the answer, and the error's if the chain ends with
#   one (RFC 6604, 3): NXDOMAIN (3) and SERVFAIL (2), as packet:flags().rcode has them where the name itself is asked for.
# Seen: rcode 0, NOERROR, for all aliases. Where the answer has no address behind its alias the library asks for the alias' target itself,
#   gets NXDOMAIN or SERVFAIL again, and puts the two messages into a new one: the records are copied, the header's status isn't, and
#   so it is 0.
# Costs: an alias whose target is gone, as of a service that somebody has given up, can't be told from a name without such a record
#   (NODATA), and a provider's failure is 'there is none' for good instead of 'try again'. Failures are counted for direct names alone.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download lua-cqueues=20200726-1+b1 lua5.4=5.4.4-3+deb12u1 liblua5.4-0=5.4.4-3+deb12u1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 || untried "Debian's lua-cqueues can't be had: $(tail -n 1 "$dir/log")"
lib="$dir/usr/lib/$(uname -m)-linux-gnu"

cat >"$dir/server.py" <<'END'
"""A server whose answers are a matter of the name: names with an alias have it, and the status of its target."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
SOA = b"\7example\0" + struct.pack(">HHIH", 6, 1, 300, 22) + b"\0\0" + struct.pack(">5I", 1, 2, 3, 4, 300)
ADDRESS = struct.pack(">HHIH", 1, 1, 300, 4) + bytes([192, 0, 2, 1])
TARGETS = {b"to-host": b"host", b"to-gone": b"gone", b"to-fail": b"fail"}
STATUSES = {b"host": 0, b"gone": 3, b"fail": 2}
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label = query[13:13 + query[12]]
    target = TARGETS.get(label, label)
    records = []
    if target != label:
        name = bytes([len(target)]) + target + b"\7example\0"
        records.append(b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 300, len(name)) + name)
    if target == b"host":
        records.append(bytes([len(target)]) + target + b"\7example\0" + ADDRESS)
    status = STATUSES[target]
    header = query[:2] + struct.pack(">5H", 0x8180 | status, 1, len(records), status == 3, 0)
    server.sendto(header + query[12:end] + b"".join(records) + SOA * (status == 3), client)
END
cat >"$dir/ask.lua" <<'END'
-- the status and the number of addresses of each name
local cqueues, dns, packet = require "cqueues", require "cqueues.dns", require "cqueues.dns.packet"
local loop = cqueues.new()
loop:wrap(function()
    for _, name in ipairs { "host", "gone", "fail", "to-host", "to-gone", "to-fail" } do
        local answer, problem = dns.query(name .. ".example.", "A")
        local addresses = 0
        for _ in (answer or error(problem)):grep { section = packet.section.ANSWER, type = "A" } do addresses = addresses + 1 end
        print(string.format("%s: status %d, addresses %d", name, answer:flags().rcode, addresses))
    end
end)
assert(loop:loop())
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own
dir=$1 lib=$2
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:1\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" 2>"$dir/log" & server=$!
trap 'kill $server' EXIT
python3 - <<'PYTHON' || exit
import socket, time

for _ in range(50):
    try:
        socket.getaddrinfo("host.example", 80, socket.AF_INET)
        break
    except OSError:
        time.sleep(0.2)
PYTHON
cd "$dir" && LUA_PATH="$dir/usr/share/lua/5.4/?.lua" LUA_CPATH="$lib/lua/5.4/?.so" LD_LIBRARY_PATH="$lib" usr/bin/lua5.4 ask.lua 2>>"$dir/log"
END
seen=$(timeout 120 unshare -mn bash "$dir/run.sh" "$dir" "$lib") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
    "host: status 0, addresses 1
gone: status 3, addresses 0
fail: status 2, addresses 0
to-host: status 0, addresses 1
"*) ;;
    *) untried "names without an alias have another status";;
esac
[ "$(echo "$seen" | tail -n 2)" = "to-gone: status 0, addresses 0
to-fail: status 0, addresses 0" ] || { echo "changed: aliases have another status"; exit 1; }
echo "what fails behind an alias is no failure"
