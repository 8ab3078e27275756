#!/bin/sh
# pyprobables 0.7.0 (PyPI), counters in little memory: the names that are asked for most (HeavyHitters) and those over a threshold
#   (StreamThreshold), written to a file by export before a restart and read from it by filepath=, or by frombytes.
# Expected: the list as it was: both are given the file as 'Path to file to load', 'Export the count-min sketch to disk' has no word of what
#   isn't in it, and the counts are there: check() is 50 for a name that was seen 50 times.
# Seen: heavy_hitters and meets_threshold are empty. The file has the sketch's numbers, from which no name can be told, and not the list
#   of names beside it. The places are then free for whatever comes: three names that are seen once each are the three heaviest, and a
#   name that was seen 50 times is none of them until it is seen again.
# Costs: after each restart the top of failing names is what was seen in the first moments since, with counts of one; a name over its
#   threshold, as one that is on watch, isn't any more if nobody asks for it again, and nothing raises: the sketch was read.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pyprobables==0.7.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import pathlib, sys

from probables import HeavyHitters, StreamThreshold

folder = pathlib.Path(sys.argv[1])
busy, watched = HeavyHitters(num_hitters=3, width=1000, depth=5), StreamThreshold(threshold=10, width=1000, depth=5)
for counter in (busy, watched):
    counter.add("dead.example", 50)
    counter.add("wpad.example", 20)
busy.export(folder / "busy")
watched.export(folder / "watched")
read = HeavyHitters(num_hitters=3, filepath=folder / "busy"), StreamThreshold(threshold=10, filepath=folder / "watched")
print("before:", busy.heavy_hitters, watched.meets_threshold)
print("after:", read[0].heavy_hitters, read[1].meets_threshold, "counts", [one.check("dead.example") for one in read])
later = HeavyHitters.frombytes(pathlib.Path(folder / "busy").read_bytes(), num_hitters=3)
for name in ("one.example", "two.example", "three.example"):
    later.add(name)
print("after three other names:", later.heavy_hitters)
names = {"dead.example": 50, "wpad.example": 20}
if busy.heavy_hitters != names or watched.meets_threshold != names or [one.check("dead.example") for one in read] != [50, 50]:
    sys.exit(print("not tried: names are not counted, or the counts are not read") or 2)
if read[0].heavy_hitters or read[1].meets_threshold or "dead.example" in later.heavy_hitters:
    sys.exit(print("changed: the names are read with their counts") or 1)
print("the counts are there, and the names that they are of are gone")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
