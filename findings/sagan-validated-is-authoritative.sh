#!/bin/sh
# ripe.atlas.sagan 2.0.1 (PyPI), RIPE NCC's library for the results of RIPE Atlas' measurements: the flags of DNS answers.
# Expected: header.authenticated_data is the bit AD, by which a validating resolver says that the answer is validated (RFC 4035, 3.2.3),
#   as is_authoritative is the bit AA, is_truncated TC, and checking_disabled CD.
# Seen: authenticated_data is the bit AA: False for a validated answer from a resolver, and True for one from an authority, which
#   validates nothing. The short names, header.ad and flags.ad, are right.
# Costs: a study of how many resolvers validate, which is what such measurements are made for, finds none, and with authorities among the
#   targets it finds just these; nothing raises, and both values are plausible for a network one doesn't know.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install ripe.atlas.sagan==2.0.1 pytz==2026.6 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import base64, struct, sys

from ripe.atlas.sagan import Result

def header(flags):
    """The header that it reads from a result with a message of these flags and an address."""
    message = struct.pack(">6H", 7, flags, 1, 1, 0, 0) + b"\3one\7example\0" + struct.pack(">HH", 1, 1)
    message += b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1)
    answer = {"abuf": base64.b64encode(message).decode(), "rt": 1.5, "size": len(message)}
    result = {"fw": 5080, "af": 4, "dst_addr": "192.0.2.53", "from": "192.0.2.1", "msm_id": 1, "prb_id": 1, "proto": "UDP"}
    result |= {"src_addr": "192.0.2.1", "timestamp": 1700000000, "type": "dns", "msm_name": "Tdig", "result": answer}
    return Result.get(result).responses[0].abuf.header

validated, authoritative = header(0x81A0), header(0x8580)
for name, one in (("validated", validated), ("authoritative", authoritative)):
    print(f"{name}: ad {one.ad}, authenticated_data {one.authenticated_data}, aa {one.aa}, is_authoritative {one.is_authoritative}")
if [(one.ad, one.aa, one.is_authoritative) for one in (validated, authoritative)] != [(True, False, False), (False, True, True)]:
    sys.exit(print("not tried: the flags are read otherwise") or 2)
if (validated.authenticated_data, authoritative.authenticated_data) != (False, True):
    sys.exit(print("changed: authenticated_data is the bit AD") or 1)
print("what is validated isn't, and what is authoritative is")
END
"$dir/venv/bin/python" "$dir/try.py"
