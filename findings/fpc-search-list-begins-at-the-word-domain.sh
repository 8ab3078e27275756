#!/bin/sh
# Free Pascal 3.2.2+dfsg-20 (Debian 12: fp-compiler-3.2.2, fp-units-rtl-3.2.2 and fp-units-fcl-3.2.2), its own resolver (netdb, which
#   THostResolver, TInetSocket and TFPHTTPClient look up hosts with), on a machine with
#   'search corp.example mydomain.example' in resolv.conf, which glibc 2.36 reads too.
# Expected: for the host intra that intra.corp.example and then intra.mydomain.example are asked for: 'The keyword and value must appear on a single
#   line, and the keyword (e.g., nameserver) must start the line' (resolv.conf(5)). netdb's source refers to that manual.
# Seen: intra.example is asked for, and its address, of somebody else's host, is the answer. A keyword is looked for anywhere in the line, and
#   'domain' before 'search': of 'search corp.example mydomain.example' it takes what stands behind 'domain' and one octet more.
# Costs: short names of a company whose domain, or one of whose domains, has that word in it (of mydomain.com, below com) are asked
#   for below what is left of it: outside, where the company's names become known, and where whoever owns that name gives an address to connect to.
#   With any other domain it is right, and so is every program in C on the same machine.
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
"""A resolver that knows intra.mydomain.example and intra.example, and says which names it was asked for."""
import socket, struct

hosts = {"intra.mydomain.example": 1, "intra.example": 99}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    name = ".".join(labels)
    print(name, flush=True)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, hosts.get(name, 0)])
    head = struct.pack(">5H", 0x8180 if name in hosts else 0x8183, 1, name in hosts, 0, 0)
    server.sendto(query[:2] + head + query[12:at + 5] + (record if name in hosts else b""), client)
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
printf 'search corp.example mydomain.example\nnameserver 127.0.0.54\n' >"$dir/resolv.conf"
printf 'hosts: dns\n' >"$dir/nsswitch.conf"
for file in resolv nsswitch; do mount --bind "$dir/$file.conf" /etc/$file.conf; done
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
for who in glibc Pascal; do
    : >"$dir/asked"
    if [ $who = glibc ]; then address=$(python3 -c 'import socket; print(socket.gethostbyname("intra"))'); else address=$("$dir/look" intra); fi
    echo "$who: ${address:-none}, asked for $(tr -d '\0' <"$dir/asked" | xargs)"
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "glibc: 192.0.2.1, asked for intra.corp.example intra.mydomain.example
"*) ;;
*) untried "glibc doesn't go by the list: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"
Pascal: 192.0.2.99, asked for intra.example") ;;
*) echo "changed: the list is another"; exit 1;; esac
echo "the search list is what stands behind the letters 'domain'"
