#!/bin/sh
# go-sendxmpp 0.5.6+git20221206.bbc83969-1+b6 (Debian 12, with its author's library xmppsrv), with which scripts send messages of alarms: a chat
#   domain that has the SRV record of RFC 6120, _xmpp-client; the same with _xmpps-client beside it (XEP-0368: TLS from the start); and one
#   with both whose name is an alias (CNAME) for a web provider's.
# Expected: 127.0.0.8, to which the records point, is tried first for all three. Each kind of record is one on its own, and XEP-0368 is an addition. The name
#   asked for is 'corresponding to the "origin domain"' that the user gave (RFC 6120, 3.2.1): names below an alias are names like any
#   other, and the alias says nothing of them (RFC 1034, 3.6.2).
# Seen: with _xmpp-client alone its record is asked for, found, and not used: the domain's own address is tried at port 5222. Both are looked
#   up, and that one of them doesn't exist is returned as an error beside the other's records. For the alias they are asked for below its
#   target, _xmpp-client._tcp.hosting.example, where there are none, and the provider's web server is tried; the change log has
#   'Always look up CNAME before doing SRV lookups'.
# Costs: alarms aren't sent, with 'connection refused' of a machine that has nothing to do with chat, while people's clients work; the provider's
#   name servers get questions for services that nobody looks for there; where a chat server runs, the account is tried at it.
# The package is unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download go-sendxmpp=0.5.6+git20221206.bbc83969-1+b6 && dpkg -x ./*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's package can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""Three chat domains with SRV records of their own; each address takes connections at 5222, closes them, and says which it was."""
import socket, struct, threading

A, CNAME, SRV = 1, 5, 33


def wire(name):
    return b"".join(bytes([len(label)]) + label for label in name.encode().split(b".")) + b"\0"


def service(port):
    return struct.pack(">3H", 0, 5, port) + wire("xmpp.example")


records = {
    ("one.example", A): bytes([127, 0, 0, 7]),
    ("_xmpp-client._tcp.one.example", SRV): service(5222),
    ("both.example", A): bytes([127, 0, 0, 7]),
    ("_xmpp-client._tcp.both.example", SRV): service(5222),
    ("_xmpps-client._tcp.both.example", SRV): service(5223),
    ("alias.example", CNAME): wire("hosting.example"),
    ("_xmpp-client._tcp.alias.example", SRV): service(5222),
    ("_xmpps-client._tcp.alias.example", SRV): service(5223),
    ("hosting.example", A): bytes([127, 0, 0, 9]),
    ("xmpp.example", A): bytes([127, 0, 0, 8]),
}


def listen(address, port):
    with socket.create_server((address, port)) as listener:
        while True:
            connection, _ = listener.accept()
            print("connected", address, flush=True)
            connection.close()


for place in ("127.0.0.7", 5222), ("127.0.0.8", 5222), ("127.0.0.8", 5223), ("127.0.0.9", 5222):
    threading.Thread(target=listen, args=place, daemon=True).start()
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    name, (kind,) = ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])
    if kind == SRV:
        print("asked", name, flush=True)
    answers = []
    if (name, CNAME) in records:
        answers.append((name, CNAME))
        name = "hosting.example"
    if (name, kind) in records:
        answers.append((name, kind))
    known = any(other == name or other.endswith("." + name) for other, _ in records)
    data = b"".join(wire(key[0]) + struct.pack(">HHIH", key[1], 1, 60, len(records[key])) + records[key] for key in answers)
    head = struct.pack(">5H", 0x8180 if known else 0x8183, 1, len(answers), 0, 0)
    server.sendto(query[:2] + head + query[12:at + 5] + data, client)
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:2 attempts:2\n' >"$dir/resolv.conf"
printf 'hosts: dns\n' >"$dir/nsswitch.conf"
for file in resolv nsswitch; do mount --bind "$dir/$file.conf" /etc/$file.conf; done
python3 "$dir/server.py" >"$dir/seen" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/seen" && break
    sleep 1
done
for domain in both one alias; do
    : >"$dir/seen"
    echo disk full | HOME=$dir timeout 60 "$dir/usr/bin/go-sendxmpp" -u monitor@$domain.example -p none admin@$domain.example 2>"$dir/error" || true
    echo "$domain.example: asked for $(grep -a -o '_xmpp-client.*' "$dir/seen" | sort -u), tried first $(grep -a -o '127.*' "$dir/seen" | head -n 1)"
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "both.example: asked for _xmpp-client._tcp.both.example, tried first 127.0.0.8"*) ;;
*) untried "a domain with both records isn't found either: $(tail -n 1 "$dir/error")";; esac
[ "$seen" = "both.example: asked for _xmpp-client._tcp.both.example, tried first 127.0.0.8
one.example: asked for _xmpp-client._tcp.one.example, tried first 127.0.0.7
alias.example: asked for _xmpp-client._tcp.hosting.example, tried first 127.0.0.9" ] || { echo "changed: other services or hosts are tried"; exit 1; }
echo "the SRV records of two domains of three aren't used"
