#!/bin/sh
# zeek_to_sqlite 1.0.0 (PyPI), which 'creates a sqlite db from zeek logs' of a folder and its subfolders: logs that Zeek rotated, one dns.log an
#   hour or a day, in a folder for each day, as its zeekctl has them (unpacked).
# Expected: the table dns has the records of all files. It says 'Inserted rows' for each.
# Seen: it has those of the file that was read last; which that is, is the file system's choice. The table is made only where there is none, as if
#   for several files, but before each file it is emptied (DELETE without a condition), so as not to have a run's records twice.
# Costs: of a day's logs one hour is counted, of a month's one day, and the lines on the screen add up to all of them: names that
#   failed in the other hours did not fail, and two runs on two machines see other hours.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install zeek_to_sqlite==1.0.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import pathlib, re, sqlite3, subprocess, sys

folder = pathlib.Path(sys.argv[1])
FIELDS = {"ts": "time", "uid": "string", "query": "string", "rcode_name": "string"}

def write(day, hour, names):
    """A file of Zeek's, with one failing question for each name."""
    head = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tdns"]
    head += ["#fields\t" + "\t".join(FIELDS), "#types\t" + "\t".join(FIELDS.values())]
    rows = [f"17040672{hour:02}.000000\tC{hour}\t{name}\tNXDOMAIN" for name in names]
    path = folder / "logs" / day
    path.mkdir(parents=True, exist_ok=True)
    (path / f"dns.{hour:02}:00:00-{hour + 1:02}:00:00.log").write_text("\n".join([*head, *rows, ""]))

def convert(result):
    """What it says that it inserted, and the names in the table."""
    command = [sys.executable, "-m", "zeek_to_sqlite", "-p", str(folder / "logs"), "-r", str(folder / result)]
    said = subprocess.run(command, capture_output=True, text=True).stdout
    rows = sqlite3.connect(folder / result / "zeek.db").execute("SELECT query FROM dns").fetchall()
    return sum(map(int, re.findall(r"Inserted rows: (\d+)", said))), sorted(name for name, in rows)

write("2024-01-01", 9, ["a.example", "b.example"])
one = convert("one")
write("2024-01-01", 10, ["c.example", "d.example"])
write("2024-01-02", 9, ["e.example", "f.example"])
three = convert("three")
print(f"of one file: {one[0]} inserted, in the table: {' '.join(one[1])}")
print(f"of three files: {three[0]} inserted, in the table: {' '.join(three[1])}")
if one != (2, ["a.example", "b.example"]) or three[0] != 6:
    sys.exit(print("not tried: it does not read the files") or 2)
if len(three[1]) != 2:
    sys.exit(print(f"changed: {len(three[1])} records of 6") or 1)
print("of several files one is left")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
