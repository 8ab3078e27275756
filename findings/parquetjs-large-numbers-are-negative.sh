#!/bin/sh
# parquetjs 0.11.2 and parquetjs-lite 0.8.7 (npm): a column UINT_64 of a Parquet file, as hashes of names and counters are kept in,
#   written by pyarrow 26.0.1 (PyPI) in the first version of the format, the one they read.
# Expected: 'UINT_64' is 'a 64 bit unsigned integer' (Parquet's format, LogicalTypes): 2^63 + 1 is read as 9223372036854775809, as
#   hyparquet 1.31.5 (npm) does, or rounded, or refused: it is never below 0.
# Seen: the upper half is negative: -9223372036854775807 in parquetjs-lite, rounded in parquetjs too. 2^64 - 1 is -1 in both,
#   which many programs take for 'none'.
# Costs: half of all hashes aren't those that were written: they don't join with the same hash from another reader, and sums and
#   'greater than' are wrong, without an error.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" parquetjs@0.11.2 parquetjs-lite@0.8.7 hyparquet@1.31.5 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pyarrow==26.0.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/write.py" <<'END'
import sys

import pyarrow
from pyarrow import parquet

table = pyarrow.table({"id": pyarrow.array([5, 2**63 + 1, 2**64 - 1], pyarrow.uint64())})
parquet.write_table(table, sys.argv[1], version="1.0", compression="NONE", use_dictionary=False)
END
"$dir/venv/bin/python" "$dir/write.py" "$dir/ids.parquet" || untried "pyarrow does not write the file"
cat >"$dir/read.mjs" <<'END'
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import one from "parquetjs";
import lite from "parquetjs-lite";
const file = process.argv[2];
for (const { ParquetReader } of [one, lite]) {
  const cursor = (await ParquetReader.openFile(file)).getCursor();
  const ids = [];
  for (let row; (row = await cursor.next());) ids.push(row.id);
  console.log(ids.join(" "));
}
console.log((await parquetReadObjects({ file: await asyncBufferFromFile(file) })).map((row) => row.id).join(" "));
END
seen=$(node "$dir/read.mjs" "$dir/ids.parquet" 2>"$dir/log") || untried "the file isn't read: $(tail -n 1 "$dir/log")"
echo "parquetjs, parquetjs-lite and hyparquet:"
echo "$seen"
[ "$seen" = "5 -9223372036854776000 -1
5 -9223372036854775807 -1
5 9223372036854775809 18446744073709551615" ] || { echo "changed: the numbers are others"; exit 1; }
echo "unsigned numbers from 2^63 are negative"
