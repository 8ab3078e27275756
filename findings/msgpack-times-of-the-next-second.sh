#!/bin/sh
# msgspec 0.23.0 and amsgpack 0.5.1 (PyPI): a time of MessagePack (extension -1), in nanoseconds, read as Python's datetime.
# Expected: what is finer than a microsecond is cut off, as msgpack 1.2.4, u-msgpack-python 2.8.0 and ormsgpack 1.13.1 (PyPI) do,
#   and as every clock shows a time: 11:03:28.999999 is not 11:03:29 yet.
# Seen: it is rounded: 28.999999999 s is 29 s, so another second; at midnight it is another day and file. Their documentation
#   doesn't tell.
# Costs: half of all times differ by a microsecond between two consumers of one stream, so records don't join and duplicates
#   aren't found by time; a time may be later than the moment it was received.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install msgspec==0.23.0 amsgpack==0.5.1 msgpack==1.2.4 \
    u-msgpack-python==2.8.0 ormsgpack==1.13.1 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import amsgpack
import msgpack
import msgspec
import ormsgpack
import umsgpack

octets = msgpack.packb(msgpack.Timestamp(1699959808, 999_999_999))
seen = {
    "msgspec": msgspec.msgpack.decode(octets),
    "amsgpack": amsgpack.unpackb(octets),
    "msgpack": msgpack.unpackb(octets, timestamp=3),
    "umsgpack": umsgpack.unpackb(octets),
    "ormsgpack": ormsgpack.unpackb(octets, option=ormsgpack.OPT_DATETIME_AS_TIMESTAMP_EXT),
}
for name, time in seen.items():
    print(f"{name}: {time:%H:%M:%S.%f}")
seconds = "".join(f"{time:%S} " for time in seen.values())
if seconds != "29 29 28 28 28 ":
    sys.exit(print(f"changed: {seconds}") or 1)
print("two of five readers are in the next second")
END
"$dir/venv/bin/python" "$dir/try.py"
