#!/bin/sh
# dnspython 2.9.2 (PyPI): records read one by one with dns.rdata.from_wire, as from the sections of an UPDATE message.
# Expected: what a record reads as depends on its class, type and octets alone.
# Seen: RFC 2136's 'delete an RRset' (2.5.2: class ANY, type A, no data), read before the first A record of class IN,
#   makes all later A records of class IN in the process unknown ones (RFC 3597): '\# 4 c0000201', without .address.
#   So with AAAA, SRV, SVCB, HTTPS, NAPTR. In the other order nothing happens.
# Costs: what a long-running program shows of addresses depends on which record came first since its start; a test
#   passes alone and fails after another.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
import sys
import dns.rdata

IN, ANY, A = 1, 255, 1
read = [dns.rdata.from_wire(rdclass, A, data, 0, len(data)) for rdclass, data in
        sorted([(IN, bytes([192, 0, 2, 1])), (ANY, b"")], reverse=sys.argv[1] == "delete-first")]
print(next(str(one) for one in read if one.rdclass == IN))
END
after=$("$dir/venv/bin/python" "$dir/try.py" address-first)
before=$("$dir/venv/bin/python" "$dir/try.py" delete-first)
echo "the same A record: $after, and after a deletion was read: $before"
[ "$after" = 192.0.2.1 ] || untried "no address was read"
[ "$before" = '\# 4 c0000201' ] || { echo "changed: $before"; exit 1; }
echo "one record of class ANY makes addresses unknown data for the rest of the process"
