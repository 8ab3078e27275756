#!/bin/sh
# ripe.atlas.sagan 2.0.1 (PyPI), RIPE NCC's library for the results of RIPE Atlas' measurements: DNS answers with the client's subnet in
#   their OPT record (RFC 7871), or the name of the server (NSID, RFC 5001) in other than ASCII.
# Expected: return_code NOERROR, and NXDOMAIN of a name that doesn't exist, as without the option, and the option in edns0: the address of a
#   /24 has three octets ('enough to cover SOURCE PREFIX-LENGTH bits', RFC 7871, 6). An NSID is any octets (RFC 5001, 2.3).
# Seen: '0' and '3', an error ('The response did not contain "NOERROR"') for the good answer too, and no edns0, as 'wrong prefix length:
#   rdata size = 3, required 3': the octets needed are worked out with '/', which in Python 3 gives 3.875, and a number
#   of octets is never equal to that. A /25, for which it is whole, can't be read at all, nor can the NSID: no header and no answers.
# Costs: of a measurement with client subnets each answer is a failure, of a status that isn't in the list of names; who counts NXDOMAIN
#   counts none. One server whose NSID has an accent or is binary gives results without a status.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install ripe.atlas.sagan==2.0.1 pytz==2026.6 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import base64, logging, struct, sys

from ripe.atlas.sagan import Result

logging.disable()

def option(code, data):
    return struct.pack(">HH", code, len(data)) + data

def subnet(length):
    return option(8, struct.pack(">HBB", 1, length, 0) + bytes([192, 0, 2, 0])[:(length + 7) // 8])

def read(status, options):
    """Status, addresses and number of options that it reads from a result with a message of these."""
    message = struct.pack(">6H", 7, 0x8180 | status, 1, status == 0, 0, 1) + b"\3one\7example\0" + struct.pack(">HH", 1, 1)
    if status == 0:
        message += b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1)
    message += b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(options)) + options
    answer = {"abuf": base64.b64encode(message).decode(), "rt": 1.5, "size": len(message)}
    result = {"fw": 5080, "af": 4, "dst_addr": "192.0.2.53", "from": "192.0.2.1", "msm_id": 1, "prb_id": 1, "proto": "UDP"}
    result |= {"src_addr": "192.0.2.1", "timestamp": 1700000000, "type": "dns", "msm_name": "Tdig", "result": answer}
    abuf = Result.get(result).responses[0].abuf
    return abuf.header and abuf.header.return_code, len(abuf.answers), abuf.edns0 and len(abuf.edns0.options), abuf.is_error

cases = {"no option": (0, b""), "no option, missing name": (3, b""), "NSID": (0, option(3, b"fra1")), "/24": (0, subnet(24))}
cases |= {"/24, missing name": (3, subnet(24)), "/25": (0, subnet(25)), "NSID in UTF-8": (0, option(3, "müc1".encode()))}
seen = {name: read(*case) for name, case in cases.items()}
for name, values in seen.items():
    print(f"{name}: status {values[0]}, addresses {values[1]}, options {values[2]}, error {values[3]}")
good = [("NOERROR", 1, 0, False), ("NXDOMAIN", 0, 0, True), ("NOERROR", 1, 1, False)]
if list(seen.values())[:3] != good:
    sys.exit(print("not tried: the results are read otherwise") or 2)
if list(seen.values())[3:] != [("0", 1, None, True), ("3", 0, None, True), (None, 0, None, False), (None, 0, None, False)]:
    sys.exit(print(f"changed: {seen}") or 1)
print("answers with a client's subnet have no status that has a name")
END
"$dir/venv/bin/python" "$dir/try.py"
