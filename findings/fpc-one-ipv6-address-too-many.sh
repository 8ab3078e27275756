#!/bin/sh
# Free Pascal 3.2.2+dfsg-20 (Debian 12: fp-compiler-3.2.2, fp-units-rtl-3.2.2 and fp-units-fcl-3.2.2), its own resolver: netdb's
#   ResolveName6, the addresses of a host that has IPv4 only.
# Expected: as many as it says: ResolveName gives 1 for one address. For a host without IPv6 its source means to give the IPv4 addresses in IPv6 form
#   (::ffff:192.0.2.1, RFC 4291, 2.5.5.2), so 1 for one and 2 for two.
# Seen: 2 for one, and 3 for two: the first ones are so, and the last is nothing that was looked up: what was in the caller's array before. The
#   number is made one larger, for the loop that copies them, and isn't made smaller again.
# Costs: a program that tries the addresses one after the other connects to the host that it looked up before, which is still in its array, and
#   takes it for this one; a log, or passive DNS, has an address for the name that it never had; and by the number each host with one
#   address has two. With a real IPv6 address it is right.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v ld >/dev/null && [ "$(dpkg --print-architecture)" = amd64 ] || untried "needs Debian's binutils, on amd64"
(cd "$dir" && for package in compiler units-rtl units-fcl; do apt-get -q download fp-$package-3.2.2=3.2.2+dfsg-20; done &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver with a host of three IPv6 addresses, and hosts of one and two IPv4 addresses."""
import socket, struct

six = [bytes.fromhex("20010db8" + 22 * "0" + last) for last in ("0a", "0b", "0c")]
hosts = {("six", 28): six, ("one", 1): [bytes([192, 0, 2, 1])], ("two", 1): [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])]}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label, kind = query[13:13 + query[12]].decode(), int.from_bytes(query[end - 4:end - 2], "big")
    found = hosts.get((label, kind), [])
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(octets)) + octets for octets in found)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, len(found), 0, 0) + query[12:end] + records, client)
END
cat >"$dir/look.pas" <<'END'
program look;
{$mode objfpc}
uses sockets, netdb;
var
  addresses: array[1..8] of THostAddr6;
  at, name, count: integer;
begin
  for name := 1 to ParamCount do
  begin
    count := ResolveName6(ParamStr(name), addresses);
    write(ParamStr(name), ' ', count, ':');
    for at := 1 to count do write(' ', NetAddrToStr6(addresses[at]));
    writeln;
  end;
end.
END
free=$dir/usr/lib/x86_64-linux-gnu/fpc/3.2.2
"$free/ppcx64" -n -Fu"$free/units/x86_64-linux/*" -FE"$dir" -o"$dir/look" "$dir/look.pas" >"$dir/log" 2>&1 ||
    untried "can't be built: $(tail -n 1 "$dir/log")"
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\n' >"$dir/resolv.conf"
printf 'hosts: dns\n' >"$dir/nsswitch.conf"
for file in resolv nsswitch; do mount --bind "$dir/$file.conf" /etc/$file.conf; done
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
"$dir/look" six.example one.example two.example
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "six.example 3: 2001:0DB8::000A 2001:0DB8::000B 2001:0DB8::000C
one.example "*) ;;
*) untried "IPv6 addresses aren't found either: $(tail -n 1 "$dir/log")";; esac
[ "$seen" = "six.example 3: 2001:0DB8::000A 2001:0DB8::000B 2001:0DB8::000C
one.example 2: ::FFFF:C000:0201 2001:0DB8::000B
two.example 3: ::FFFF:C000:0201 ::FFFF:C000:0202 2001:0DB8::000C" ] || { echo "changed: the numbers are others"; exit 1; }
echo "one address more than there are, of another host"
