#!/bin/sh
# zeeklog2pandas 1.0.2 (PyPI) with pandas 3.1.1, 'Read Zeek/Bro log ... into a Pandas Dataframe': dns.log with names that have a quotation
#   mark or a '#', as a name may have any octet (RFC 2181, 11), or that are words as null, which broken programs ask the root for.
# Expected: a row for each line and the fields that are in it: Zeek's logs have no quotation, '#' begins a line of the head and means
#   nothing within one, and a field without a value is '-', which the head says ('#unset_field -'). Seven lines are seven rows.
# Seen: five. From a name that begins with a quotation mark to the next such mark, three lines later, all is one name, tabs and ends of
#   lines included. What follows a '#' is gone, so that the rest of the name, and the status, are missing. null, nan and n/a are missing
#   names (NaN), while '-' stays a text. The file goes through read_csv as a table with quotation, comments and its own words for 'none'.
# Costs: one broken client's name takes the lines of all others up to the next such mark out of the count, which may be hours, and its
#   own row looks like any other. Names as null are just what one looks for among missing names, and are there as no name at all.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install zeeklog2pandas==1.0.2 pandas==3.1.1 numpy==2.4.6 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

from zeeklog2pandas import read_zeek

fields = {"ts": "time", "query": "string", "rcode_name": "string"}
names = ["first.example", '"quoted.example', "second.example", 'third".example', "a#b.example", "null", "last.example"]
lines = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tdns"]
lines += ["#open\t2026-11-30-10-00-00"]
lines += ["\t".join(["#fields", *fields]), "\t".join(["#types", *fields.values()])]
lines += [f"170000000{number}.1\t{name}\tNXDOMAIN" for number, name in enumerate(names)]
lines += ["#close\t2026-11-30-11-00-00"]
path = f"{sys.argv[1]}/dns.log"
with open(path, "w") as file:
    file.write("\n".join(lines) + "\n")
frame = read_zeek(path)
rows = [["missing" if value != value else value for value in row] for row in frame[["query", "rcode_name"]].values.tolist()]
print(f"{len(names)} lines, {len(rows)} rows:")
print(*rows, sep="\n")
if rows[0] != ["first.example", "NXDOMAIN"] or rows[-1] != ["last.example", "NXDOMAIN"]:
    sys.exit(print("not tried: the log is read otherwise") or 2)
eaten = "quoted.example\tNXDOMAIN\n1700000002.1\tsecond.example\tNXDOMAIN\n1700000003.1\tthird.example"
if rows[1:-1] != [[eaten, "NXDOMAIN"], ["a", "missing"], ["missing", "NXDOMAIN"]]:
    sys.exit(print(f"changed: {rows}") or 1)
print("three lines are one name, and two names are missing or cut")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
