#!/bin/sh
# txZMQ 1.0.0 (PyPI) with Twisted 26.10.0 and pyzmq 27.3.0: its ZmqSubConnection, and a publisher of any other library, whose messages
#   have one part or three, as topic, header and payload.
# Expected: 'gotMessage(message, tag)' with what was sent, or an error; ZeroMQ gives a message all its parts or none.
# Seen: of three parts only the first is handed over, without the second argument; of one part that is binary what stands before its
#   first octet 0 is the tag and gone from the message; with no such octet the second argument is missing. Two parts are right.
# Costs: a subscriber with the documented two arguments fails on each message; one that takes what comes keeps the topics and loses the
#   data. Whether a binary message comes whole depends on the octets in it: a MessagePack with a zero somewhere is cut in two.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" >"$dir/log" 2>&1 || untried "needs python3 with venv"
"$dir/venv/bin/pip" -q install txZMQ==1.0.0 Twisted==26.10.0 pyzmq==27.3.0 2>"$dir/log" || untried "pip failed: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'EOF'
import sys

import zmq
from twisted.internet import reactor
from txzmq import ZmqEndpoint, ZmqFactory, ZmqSubConnection

publisher = zmq.Context().socket(zmq.XPUB)
port = publisher.bind_to_random_port("tcp://127.0.0.1")
sent = [[b"nx", b"payload"], [b"nx", b"header", b"payload"], [b"\x81\xa1n\xa1a"], [b"\x82\xa1n\x00\xa1t\x01"]]
got = []


class Subscriber(ZmqSubConnection):
    def gotMessage(self, *arguments):
        got.append(arguments)
        if len(got) == len(sent):
            reactor.stop()


def publish_when_subscribed():
    if publisher.poll(0):
        for parts in sent:
            publisher.send_multipart(parts)
    else:
        reactor.callLater(0.05, publish_when_subscribed)


Subscriber(ZmqFactory(), ZmqEndpoint("connect", f"tcp://127.0.0.1:{port}")).subscribe(b"")
publish_when_subscribed()
reactor.callLater(20, reactor.stop)
reactor.run()
for parts, arguments in zip(sent, got):
    print(f"sent {parts}, gotMessage{arguments}")
if not got or got[0] != (b"payload", b"nx"):
    sys.exit(print("not tried: messages of two parts do not come") or 2)
if got[1:] != [(b"nx",), (b"\x81\xa1n\xa1a",), (b"\xa1t\x01", b"\x82\xa1n")]:
    sys.exit(print("changed: messages of one and three parts are others") or 1)
print("of three parts the first is handed over, and a zero octet cuts a message of one part")
EOF
"$dir/venv/bin/python" "$dir/try.py"
