#!/bin/sh
# polars 2.1.0 (PyPI): a file of JSON lines, as logs are, whose records have a key only where there is something to say: here
#   'ede', the reason of a failure (RFC 8914), first in record 101.
# Expected: a column 'ede' with nulls, or an error: infer_schema_length=100 is 'the maximum number of rows to scan for schema
#   inference'. A value that doesn't fit what was inferred is an error, in the same call.
# Seen: no column and no error: read_ndjson and scan_ndjson leave out keys that the first 100 records don't have. The same file
#   with one such record among the first 100 has them all.
# Costs: rare keys are what is looked for: reasons, errors, flags. A query for them finds none, and whether it does depends on the
#   order of lines.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install polars==2.1.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import io
import sys

import polars

PLAIN, RARE = b'{"rcode":2}\n', b'{"rcode":2,"ede":23}\n'

def columns(octets):
    with open(f"{sys.argv[1]}/lines", "wb") as file:
        file.write(octets)
    return polars.read_ndjson(io.BytesIO(octets)).columns, polars.scan_ndjson(file.name).collect().columns

def unfit():
    try:
        return polars.read_ndjson(io.BytesIO(PLAIN * 100 + b'{"rcode":"SERVFAIL"}\n')).height
    except polars.exceptions.ComputeError:
        return "an error"

late, early, text = columns(PLAIN * 100 + RARE), columns(RARE + PLAIN * 100), unfit()
print(f"the key in record 101: {late}\nthe key in record 1: {early}\na text for a number in record 101: {text}")
if early != (["rcode", "ede"], ["rcode", "ede"]):
    sys.exit(print("not tried: the lines are read otherwise") or 2)
if late != (["rcode"], ["rcode"]) or text != "an error":
    sys.exit(print(f"changed: {late}, {text}") or 1)
print("the late key is lost")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
