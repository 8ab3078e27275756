#!/bin/sh
# Free Pascal 3.2.2+dfsg-20 (Debian 12: fp-compiler-3.2.2, fp-units-rtl-3.2.2 and fp-units-fcl-3.2.2), its own resolver (netdb, which
#   THostResolver, TInetSocket and TFPHTTPClient look up hosts with): a name with its last dot, www.example.com.
# Expected: the same as without it: the dot is how a complete name is written ('absolute', RFC 1034, 3.1), as other resolvers take it.
# Seen: a question that has one octet too many, and asks for type 0, class 256 instead of A, IN: what stands behind the dot is a label of length
#   0, which ends the name, and then comes the end of the name once more. By what servers say to that (FORMERR, or nothing) the host
#   doesn't exist. For AAAA it is type 0, class 7168.
# Costs: targets of SRV and MX records, names from zone files, and URLs with the dot, written so to keep a search list out, can't be connected to;
#   servers and captures have questions of a type and class that nobody asks for, or broken messages, which look like a scanner's.
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
"""A resolver that has an address for each name in class IN, says FORMERR to other classes, and writes down the questions."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 1
    kind, kin = struct.unpack(">2H", query[end:end + 4])
    print(f"type {kind} class {kin} octets too many {len(query) - end - 4}", flush=True)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
    head = struct.pack(">5H", 0x8180 if kin == 1 else 0x8181, 1, kin == 1, 0, 0)
    server.sendto(query[:2] + head + query[12:end + 4] + (record if kin == 1 else b""), client)
END
cat >"$dir/look.pas" <<'END'
program look;
{$mode objfpc}
uses resolve;
var resolver: THostResolver;
begin
  resolver := THostResolver.Create(nil);
  if resolver.NameLookup(ParamStr(1)) then writeln(resolver.AddressAsString) else writeln('none');
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
for name in www.example.com www.example.com.; do
    : >"$dir/asked"
    address=$("$dir/look" $name)
    echo "$name: $address, $(tr -d '\0' <"$dir/asked" | sort -u)"
done
echo "glibc: $(python3 -c 'import socket; print(socket.gethostbyname("www.example.com."))')"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "www.example.com: 192.0.2.1, type 1 class 1 octets too many 0
"*"glibc: 192.0.2.1") ;;
*) untried "names without the dot aren't found either: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"
www.example.com.: none, type 0 class 256 octets too many 1
"*) ;;
*) echo "changed: the question is another"; exit 1;; esac
echo "a name with its dot is asked for in type 0 and class 256"
