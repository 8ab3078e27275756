#!/bin/sh
# lua-cqueues 20200726-1+b1 with lua5.4 5.4.4-3+deb12u1 (Debian 12): dns.query, its resolver ('cqueues.dns', the C library dns.c), for SSHFP
#   records (fingerprints of SSH's host keys) by SHA-1 and by SHA-256, of a host itself and of an alias of it.
# Expected: the fingerprints, in the text and by record:digest(): type 2 is SHA-256 (RFC 6594), and what ssh-keygen -r writes beside SHA-1; or, of
#   a type that isn't known, its octets (RFC 3597, 5) or an error for that record.
# Seen: '4 1' and the 40 digits for SHA-1. For SHA-256 the text is '4 2 0', which reads as a fingerprint, and digest() is nil: the octets of
#   other types than 1 are not read. Behind an alias, where the library puts two answers together and so writes the records anew,
#   the look-up ends with 'Illegal DNS RR name or data', SHA-1 and all, as it has no octets to write.
# Costs: a check of host keys against the DNS finds that no key of any host is the published one, for the hash that hosts are told to use, and an
#   inventory has one and the same fingerprint, 0, for all hosts, so that new keys are never seen.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download lua-cqueues=20200726-1+b1 lua5.4=5.4.4-3+deb12u1 liblua5.4-0=5.4.4-3+deb12u1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 || untried "Debian's lua-cqueues can't be had: $(tail -n 1 "$dir/log")"
lib="$dir/usr/lib/$(uname -m)-linux-gnu"

cat >"$dir/server.py" <<'END'
"""A server of a host with three SSHFP records, one by SHA-1 and two keys' by SHA-256, and of an alias of it, whose answer is the alias alone."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
PRINTS = [b"\4\1" + bytes(range(20)), b"\4\2" + bytes(range(32)), b"\4\2" + bytes(range(32, 64))]
HOST = b"\4host\7example\0"
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    kind = query[end - 3]
    if query[12:end - 4] == HOST:
        data = PRINTS if kind == 44 else [bytes([192, 0, 2, 1])] if kind == 1 else []
    else:
        kind, data = 5, [HOST]
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(one)) + one for one in data)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, len(data), 0, 0) + query[12:end] + records, client)
END
cat >"$dir/ask.lua" <<'END'
-- the text and the fingerprint of each record
local cqueues, dns, packet = require "cqueues", require "cqueues.dns", require "cqueues.dns.packet"
local errno = require "cqueues.errno"
local loop = cqueues.new()
loop:wrap(function()
    for _, name in ipairs { "host", "alias" } do
        local answer, problem = dns.query(name .. ".example.", "SSHFP")
        if not answer then print(name .. ": " .. errno.strerror(problem)) end
        for record in answer and answer:grep { section = packet.section.ANSWER, type = "SSHFP" } or function() end do
            local kind, digest = record:digest()
            print(string.format("%s: %s, digest() %d %s", name, record, kind, digest))
        end
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
sha1=000102030405060708090a0b0c0d0e0f10111213
[ "$(echo "$seen" | head -n 1)" = "host: 4 1 $sha1, digest() 1 $sha1" ] || untried "fingerprints by SHA-1 aren't read"
[ "$(echo "$seen" | tail -n +2)" = "host: 4 2 0, digest() 2 nil
host: 4 2 0, digest() 2 nil
alias: Illegal DNS RR name or data" ] || { echo "changed: those by SHA-256 are others"; exit 1; }
echo "fingerprints by SHA-256 are zero"
