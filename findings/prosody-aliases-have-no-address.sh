#!/bin/sh
# prosody 0.12.3-1+deb12u1 with lua-socket and lua5.4 5.4.4-3+deb12u1 (Debian 12): dns.lookup of its own resolver, net.dns, which 'prosodyctl
#   check dns' asks with where lua-unbound isn't installed (which Debian only recommends): a chat host that is an alias (CNAME).
# Expected: the address of the alias' target, as getaddrinfo has it: the answer has both the alias and the address.
# Seen: nothing (nil), as for a host that doesn't exist. Of an answer those records are kept whose name ends with the one that was asked for, so
#   the alias is and the address isn't; then the alias is followed in what was kept, and there is nothing. Where the target's name
#   happens to end with the alias', as a.talk.example for talk.example, it is found. The module's asynchronous way keeps all records.
# Costs: 'Host chat.example does not seem to resolve to this server', says the check of a host that does, and of a real fault it says the same;
#   who adds the address beside the alias makes a zone that servers refuse to load (RFC 1034, 3.6.2). Scripts that use the module find
#   no address of hosts at providers, which are aliases mostly.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download prosody=0.12.3-1+deb12u1 lua-socket=3.1.0-1+b1 lua5.4=5.4.4-3+deb12u1 liblua5.4-0=5.4.4-3+deb12u1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 || untried "the packages can't be had: $(tail -n 1 "$dir/log")"
lib="$dir/usr/lib/$(uname -m)-linux-gnu"

cat >"$dir/server.py" <<'END'
"""A server of a host, of an alias of it, and of one whose target's name ends with its own; all else doesn't exist."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
TARGETS = {b"\4chat\7example\0": b"\3box\7example\0", b"\4talk\7example\0": b"\1a\4talk\7example\0"}
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    name, kind = query[12:end - 4], query[end - 3]
    records = []
    if name in TARGETS:
        target = TARGETS[name]
        records.append(b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 300, len(target)) + target)
        name = target
    there = name in (b"\4host\7example\0", *TARGETS.values())
    if there and kind == 1:
        records.append(name + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([192, 0, 2, 1]))
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 if there else 0x8183, 1, len(records), 0, 0) + query[12:end] + b"".join(records), client)
END
cat >"$dir/ask.lua" <<'END'
local dns = require "net.dns"
for _, name in ipairs { "host.example", "gone.example", "chat.example", "talk.example" } do
    local records = dns.lookup(name, "A")
    print(name .. ": " .. (records and records[1] and records[1].a or "nothing"))
end
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own
dir=$1 lib=$2
ip link set lo up
printf 'nameserver 127.0.0.54\n' >"$dir/resolv.conf"
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
print("glibc: chat.example:", socket.getaddrinfo("chat.example", 80, socket.AF_INET)[0][4][0])
PYTHON
cd "$dir" && LUA_PATH="$dir/usr/lib/prosody/?.lua;$dir/usr/share/lua/5.4/?.lua" LUA_CPATH="$dir/usr/lib/prosody/?.so;$lib/lua/5.4/?.so" \
    LD_LIBRARY_PATH="$lib" usr/bin/lua5.4 ask.lua 2>>"$dir/log"
END
seen=$(timeout 120 unshare -mn bash "$dir/run.sh" "$dir" "$lib") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
    "glibc: chat.example: 192.0.2.1
host.example: 192.0.2.1
gone.example: nothing
"*) ;;
    *) untried "hosts without an alias aren't found";;
esac
[ "$(echo "$seen" | tail -n 2)" = "chat.example: nothing
talk.example: 192.0.2.1" ] || { echo "changed: aliases have another address"; exit 1; }
echo "an alias has no address"
