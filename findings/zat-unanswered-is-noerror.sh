#!/bin/sh
# zat 0.4.9 (PyPI), Zeek's analysis tools: dns.log of a query that had no answer, read with its ZeekLogReader.
# Expected: rcode and rtt are None, or absent: Zeek writes '-' for a field that has no value, and the log's head says so
#   ('#unset_field -'). zat's own LogToDataFrame reads them as missing.
# Seen: rcode is 0, which is NOERROR, and rtt is a time of 0 seconds, as of any number or interval without a value. The text
#   beside it, rcode_name, stays '-'.
# Costs: time-outs, that is dead servers and dropped packets, count as good answers, the fastest of all: shares of failures are
#   too small, and so are mean times. Nothing in the row tells a 0 that was measured from one that was not.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install zat==0.4.9 pandas==3.1.1 numpy==2.4.6 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

from zat.log_to_dataframe import LogToDataFrame
from zat.zeek_log_reader import ZeekLogReader

fields = {"ts": "time", "query": "string", "rcode": "count", "rcode_name": "string", "rtt": "interval"}
lines = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tdns"]
lines += ["#open\t2026-11-30-10-00-00"]
lines += ["\t".join(["#fields", *fields]), "\t".join(["#types", *fields.values()])]
lines += ["1700000000.1\ta.example\t0\tNOERROR\t0.012000", "1700000001.1\tlost.example\t-\t-\t-", "#close\t2026-11-30-11-00-00"]
path = f"{sys.argv[1]}/dns.log"
with open(path, "w") as file:
    file.write("\n".join(lines) + "\n")
answered, lost = ZeekLogReader(path).readrows()
frame = LogToDataFrame().create_dataframe(path)
missing = frame[["rcode", "rtt"]].isna().values.tolist()
for row in (answered, lost):
    print({key: str(row[key]) for key in ("query", "rcode", "rcode_name", "rtt")})
print(f"missing in the data frame (rcode, rtt): {missing}")
if missing != [[False, False], [True, True]] or (answered["rcode"], answered["rtt"].microseconds) != (0, 12000):
    sys.exit(print("not tried: the log is read otherwise") or 2)
if lost["rcode"] != 0 or lost["rtt"] is None or lost["rtt"].total_seconds() != 0:
    sys.exit(print(f"changed: {lost}") or 1)
print("a query without an answer is NOERROR")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
