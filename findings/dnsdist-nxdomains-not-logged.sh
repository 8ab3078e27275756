#!/bin/sh
# dnsdist 1.7.3-2 (Debian 12) with a packet cache, a rule that denies names, and a response action that logs each
# NXDOMAIN over dnstap: addResponseAction(RCodeRule(DNSRCode.NXDOMAIN), DnstapLogResponseAction(...)).
# Expected: what clients get is what is logged: seven NXDOMAINs, seven messages.
# Seen: one. Response actions see the answers of servers behind dnsdist alone: not those of its cache, nor those that
#   it makes itself. Each of these has a list of its own (addCacheHitResponseAction, addSelfAnsweredResponseAction).
# Costs: the busiest dead names, which the cache answers, count least, and names that a policy denies are not
#   there at all; the rule's text says otherwise. Nothing in the counters of the logger shows it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
dpkg-query -W dnsdist 2>/dev/null || { rm -r "$dir"; untried "needs Debian's package dnsdist"; }
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"

cat >"$dir/dnsdist.conf" <<END
setSecurityPollSuffix("")
newServer({address="127.0.0.1:5406", healthCheckMode="up"})
setLocal("127.0.0.1:5405")
getPool(""):setCache(newPacketCache(1000))
addAction("denied.example.", RCodeAction(DNSRCode.NXDOMAIN))
log = newFrameStreamUnixLogger("$dir/socket")
addResponseAction(RCodeRule(DNSRCode.NXDOMAIN), DnstapLogResponseAction("x", log))
END
cat >"$dir/try.py" <<'END'
import socket, struct, subprocess, sys, threading, time

room = sys.argv[1]
listener = socket.socket(socket.AF_UNIX)
listener.bind(f"{room}/socket")
listener.listen()
behind = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
behind.bind(("127.0.0.1", 5406))
logged = bytearray()

def control(kind):
    content = b"protobuf:dnstap.Dnstap"
    body = struct.pack(">III", kind, 1, len(content)) + content
    return struct.pack(">II", 0, len(body)) + body

def serve():  # NXDOMAIN for all, with an SOA, so that it is cached
    soa = b"\0" + struct.pack(">HHIH", 6, 1, 300, 22) + b"\0\0" + struct.pack(">5I", 1, 2, 3, 4, 300)
    while True:
        query, client = behind.recvfrom(512)
        end = query.index(b"\0", 12) + 5
        behind.sendto(query[:2] + struct.pack(">5H", 0x8183, 1, 0, 1, 0) + query[12:end] + soa, client)

def receive():
    sender, _ = listener.accept()
    sender.recv(100)  # READY
    sender.sendall(control(1))  # ACCEPT
    while octets := sender.recv(65536):
        logged.extend(octets)

for task in serve, receive:
    threading.Thread(target=task, daemon=True).start()
log = open(f"{room}/log", "w")
dnsdist = subprocess.Popen(["dnsdist", "--supervised", "--disable-syslog", "-C", f"{room}/dnsdist.conf"], stdout=log, stderr=log)
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(1)

def ask(name):
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0\0\1\0\1"
    for _ in range(20):
        client.sendto(struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + question, ("127.0.0.1", 5405))
        try:
            return client.recv(512)[3] & 15
        except OSError:  # not up yet
            time.sleep(0.5)
    sys.exit(print("not tried: dnsdist does not answer") or 2)

try:
    got = [ask("gone.example") for _ in range(5)] + [ask(f"{one}.denied.example") for one in "ab"]
    time.sleep(5)
finally:
    dnsdist.kill()
messages, at = 0, 0
while at + 4 <= len(logged):
    length, = struct.unpack_from(">I", logged, at)
    if length == 0:  # a control frame
        length = 4 + struct.unpack_from(">I", logged, at + 4)[0]
    else:
        messages += 1
    at += 4 + length
print(f"NXDOMAINs that the client got: {got.count(3)}; that were logged: {messages}")
if got.count(3) != 7 or not messages:
    sys.exit(print("not tried: dnsdist did not answer or log") or 2)
if messages != 1:
    sys.exit(print(f"changed: {messages} messages") or 1)
print("the response action logs one of seven NXDOMAINs")
END
python3 "$dir/try.py" "$dir"
