#!/bin/sh
# ormsgpack 1.13.1 and u-msgpack-python 2.8.0 (PyPI): unpackb of two records that stand one after the other, as MessagePack is
#   stored in files and batched in messages.
# Expected: an error, as msgpack 1.2.4, msgspec 0.23.0 (PyPI) and @msgpack/msgpack 3.1.3 (npm) give one for octets after the
#   first value, or both records.
# Seen: the first record, and nothing of the second. There is no option for it in ormsgpack, and nothing tells how many octets
#   were read. Their documentation doesn't say so.
# Costs: a sender that begins to batch, or a file with more than one record, loses all but the first of each, without an error
#   or a counter; and a message with rubbish behind it counts as whole.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install ormsgpack==1.13.1 u-msgpack-python==2.8.0 msgpack==1.2.4 \
    msgspec==0.23.0 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import msgpack
import msgspec
import ormsgpack
import umsgpack

octets = b"".join(msgpack.packb({"name": name}) for name in ("one.example", "two.example"))

def read(unpack):
    try:
        return unpack(octets)
    except (ValueError, msgspec.DecodeError) as error:
        return f"error: {error}"

seen = {one.__name__: read(one.unpackb) for one in (ormsgpack, umsgpack, msgpack)}
seen["msgspec"] = read(msgspec.msgpack.decode)
for name, found in seen.items():
    print(f"{name}: {found}")
if not all("error" in str(seen[name]) for name in ("msgpack", "msgspec")):
    sys.exit(print("not tried: the others read two records otherwise") or 2)
if [seen["ormsgpack"], seen["umsgpack"]] != [{"name": "one.example"}] * 2:
    sys.exit(print(f"changed: {seen}") or 1)
print("the second record is lost")
END
"$dir/venv/bin/python" "$dir/try.py"
