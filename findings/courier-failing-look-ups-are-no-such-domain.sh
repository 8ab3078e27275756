#!/bin/sh
# courier-base 1.0.16-3+b6 with libcourier-unicode4 2.1.2-2+b2 (Debian 12), of the Courier mail server: testmxlookup, which shows by the look-up
#   that mail is delivered with where a domain's mail goes, while a mail server's address can't be looked up (SERVFAIL).
# Expected: 'soft error', 'a temporary error condition', as for the MX question: 'Hard error indicates that the domain does not exist, or
#   does not have any mail servers' (testmxlookup(1)), and nobody knows that. 'If a temporary error is returned, the message MUST be
#   queued and retried later' (RFC 5321, 5.1).
# Seen: 'hard error' where A fails and AAAA is answered with no record, as for all hosts that have IPv4 alone, with MX and without; and where
#   all of the mail servers fail but one, whose name doesn't exist. A failure counts if it is one of both types, and any server that
#   is sure to have no address has the failures of all others forgotten ('at least some A records were probably fetched').
#   For a hard error delivery says 'No such domain.', with a 5 (its esmtpclient).
# Costs: a bad minute of the server for the mail hosts' zone, often another than the domain's, returns mail to senders as to a domain that
#   isn't there, and addresses are taken off lists for it; one old MX record whose host is gone makes this of any outage.
# The packages are unpacked in the folder, not installed. Needs root, for port 53 and the group courier in namespaces of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download courier-base=1.0.16-3+b6 libcourier-unicode4=2.1.2-2+b2 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver: names that exist, their mail servers and addresses, and the questions that fail."""
import socket, struct

A, MX, AAAA = 1, 15, 28
MAIL = {"well": ["mail4"], "failing": ["fails4"], "both": ["fails"], "old": ["fails", "gone"], "ill": []}
FAILING = {("fails4", A), ("alone4", A), ("fails", A), ("fails", AAAA), ("ill", MX)}
NAMES = {*MAIL, "mail4", "fails4", "fails", "alone4"}


def data_of(name, kind):
    if kind == MX:
        return [struct.pack(">H", 10 * at) + bytes([len(host)]) + host.encode() + b"\7example\0" for at, host in enumerate(MAIL.get(name, []), 1)]
    return [bytes([192, 0, 2, 25])] if (name, kind) == ("mail4", A) else []


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    name, kind = query[13:13 + query[12]].decode().lower(), query[end - 3]
    code = 2 if (name, kind) in FAILING else 0 if name in NAMES else 3
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data for data in data_of(name, kind) if code == 0)
    count = len(data_of(name, kind)) if code == 0 else 0
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, count, 0, 0) + query[12:end] + records, client)
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own, with a user and a group courier: what the look-up says of each domain
dir=$1
ip link set lo up
for file in passwd group; do cp /etc/$file "$dir/$file"; done
echo 'courier:x:64903:64903::/:/bin/false' >>"$dir/passwd"
echo 'courier:x:64903:' >>"$dir/group"
for file in passwd group; do mount --bind "$dir/$file" /etc/$file; done
python3 "$dir/server.py" >"$dir/ready" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/ready" && break
    sleep 1
done
export LD_LIBRARY_PATH="$dir/usr/lib/x86_64-linux-gnu"
for domain in well ill both nowhere alone4 failing old; do
    "$dir/usr/bin/testmxlookup" @127.0.0.54 $domain.example | sed -n 's/^\([a-z0-9]*\)\.example: /\1: /p; s/^Relay: /'$domain': /p'
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "well: mail4.example, Priority: 10,"*"
ill: soft error.
both: soft error.
nowhere: hard error.
"*) ;;
*) untried "other domains end otherwise: $(tail -n 1 "$dir/log")";; esac
[ "$(echo "$seen" | tail -n 3 | tr '\n' ' ')" = "alone4: hard error. failing: hard error. old: hard error. " ] ||
    { echo "changed: domains whose hosts can't be looked up end otherwise"; exit 1; }
echo "a domain whose hosts can't be looked up is one that isn't there"
