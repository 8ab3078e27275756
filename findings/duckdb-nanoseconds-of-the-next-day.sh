#!/bin/sh
# duckdb 2.0.1 (PyPI): the day of a time in nanoseconds (TIMESTAMP_NS), as captures and sensors have it.
# Expected: date_trunc('day', ...) and ::DATE of 23:59:59.9999999 on 30 November are 30 November: to truncate is to leave out what
#   is finer. So they are where the same text is read as TIMESTAMP, whose microseconds are cut off, not rounded.
# Seen: 1 December: date_trunc, time_bucket and the cast first make microseconds of it, rounded. strftime of the same
#   value says 30 November.
# Costs: the last half microsecond of each second, hour and day is counted in the next one: sums by day differ between a table
#   with nanoseconds and one without, and a record is outside of the file or partition of its day.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install duckdb==2.0.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import duckdb

WHAT = ("date_trunc('day', t)", "time_bucket(INTERVAL 1 DAY, t)", "t::DATE", "strftime(t, '%Y-%m-%d')")

def days(kind):
    columns = ", ".join(f"left(({one})::VARCHAR, 10)" for one in WHAT)
    return duckdb.sql(f"SELECT {columns} FROM (SELECT '2026-11-30 23:59:59.9999999'::{kind} AS t)").fetchall()[0]

seen, micro = days("TIMESTAMP_NS"), days("TIMESTAMP")
for what, one, other in zip(WHAT, seen, micro):
    print(f"{what}: {one} of TIMESTAMP_NS, {other} of TIMESTAMP")
if set(micro) != {"2026-11-30"} or seen[3] != "2026-11-30":
    sys.exit(print("not tried: TIMESTAMP is read otherwise") or 2)
if seen[:3] != ("2026-12-01",) * 3:
    sys.exit(print(f"changed: {seen}") or 1)
print("the day is the next")
END
"$dir/venv/bin/python" "$dir/try.py"
