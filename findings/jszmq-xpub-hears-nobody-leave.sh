#!/bin/sh
# jszmq 0.1.2 (npm), ZeroMQ in JavaScript over WebSockets, by ZeroMQ's own makers: an XPUB socket whose subscribers go away.
# Expected: 'you can receive subscriptions from the peers in form of incoming messages' (zmq_socket, ZMQ_XPUB), and as with libzmq
#   (pyzmq 27.3.0) the last subscriber of a topic that disconnects is an unsubscription: \0 and the topic.
# Seen: a topic that is unsubscribed is told; one whose subscriber disconnects isn't, and the next subscriber of it is told as
#   the first one, a second time.
# Costs: a server that runs a query or a feed as long as somebody listens never ends one: browsers don't unsubscribe, they close.
#   Who counts subscriptions up and down counts up only.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" jszmq@0.1.2 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pyzmq==27.3.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
// The messages an XPUB gets: "left" is unsubscribed, the first subscriber of "gone" disconnects, a second one comes.
const zmq = require("jszmq");
const ADDRESS = "ws://127.0.0.1:5464";
const heard = [];
const xpub = zmq.socket("xpub");
xpub.on("message", (message) => { heard.push(`${message[0] ? "+" : "-"}${Buffer.from(message).subarray(1)}`); });
xpub.bind(ADDRESS);
const until = async (count) => {
  for (let tries = 0; heard.length < count && tries < 40; tries++) await new Promise((done) => setTimeout(done, 50));
};
const subscribe = (topic) => {
  const socket = zmq.socket("sub");
  socket.subscribe(topic);
  socket.connect(ADDRESS);
  return socket;
};
(async () => {
  const left = subscribe("left");
  await until(1);
  left.unsubscribe("left");
  await until(2);
  const gone = subscribe("gone");
  await until(3);
  gone.close();
  await until(4);
  subscribe("gone");
  await until(heard.length + 1);
  console.log(heard.join(" "));
  process.exit(0);
})();
END
cat >"$dir/try.py" <<'END'
import zmq

context = zmq.Context()
xpub = context.socket(zmq.XPUB)
port = xpub.bind_to_random_port("tcp://127.0.0.1")
heard = []

def hear():
    if xpub.poll(2000):
        message = xpub.recv()
        heard.append("-+"[message[0]] + message[1:].decode())

def subscribe(topic):
    socket = context.socket(zmq.SUB)
    socket.subscribe(topic)
    socket.connect(f"tcp://127.0.0.1:{port}")
    hear()
    return socket

left = subscribe("left")
left.unsubscribe("left")
hear()
subscribe("gone").close(0)
hear()
last = subscribe("gone")
print(*heard)
context.destroy(0)
END
jszmq=$(cd "$dir" && node try.js 2>"$dir/log") || untried "jszmq can't be run: $(tail -n 1 "$dir/log")"
pyzmq=$("$dir/venv/bin/python" "$dir/try.py" 2>"$dir/log") || untried "pyzmq can't be run: $(tail -n 1 "$dir/log")"
echo "jszmq: $jszmq"
echo "pyzmq: $pyzmq"
[ "$pyzmq" = "+left -left +gone -gone +gone" ] || untried "libzmq tells others"
[ "$jszmq" = "+left -left +gone +gone" ] || { echo "changed: $jszmq"; exit 1; }
echo "the subscriber that disconnects is not told"
