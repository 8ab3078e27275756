#!/bin/sh
# pdnssoc-cli 0.0.5 (PyPI), which looks for names and addresses of MISP in what go-dnscollector wrote of dnstap: as a daemon, which fetches
#   the list and correlates anew every few minutes in one process.
# Expected: a question that comes after its name was put on the list is a match, whether the name was asked for before or not; and a time
#   without a fraction, as Go's RFC3339Nano writes a whole second (trailing zeros are left out), is a time.
# Seen: a name that was asked for once while it wasn't on the list never matches again, until the daemon is restarted: what was found of a
#   name or an address is kept for good, without the list in its key. And of a file in which one message is of a whole second nothing is
#   taken: that time alone is read with its zone, can't be compared with the others, and the file is skipped.
# Costs: names get on such lists because somebody has met them: those that one's own clients ask for already are just the ones that are
#   never told of. A match is lost with a file of a million others, by the chance of a fraction of zero.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pdnssoc-cli==0.0.5 pymisp==2.5.34.4 cachetools==8.0.2 click==8.5.1 \
    pytz==2026.6 jsonlines==4.0.0 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"

mkdir "$dir/out"
cat >"$dir/config.yml" <<END
logging_level: INFO
misp_servers: []
correlation:
  input_dir: $dir
  output_dir: $dir/out
  malicious_domains_file: $dir/domains.txt
  malicious_ips_file: $dir/addresses.txt
  last_correlation_pointer_file: $dir/pointer.last
END
cat >"$dir/rounds.py" <<'END'
"""Rounds of correlation in one process, as the daemon has them: which names match."""
import json, pathlib, sys
from click.testing import CliRunner
from pdnssoccli.pdnssoccli import main

folder = pathlib.Path(sys.argv[1])
matches = folder / "out" / "matches.json"
(folder / "addresses.txt").write_text("")

def message(name, time):
    return json.dumps({"network": {"query-ip": "192.0.2.1"}, "dnstap": {"identity": "here", "timestamp-rfc3339ns": time},
                       "dns": {"qname": name, "resource-records": {"an": []}}}) + "\n"

def matched(names, *messages):
    (folder / "domains.txt").write_text("".join(f"{name}\n" for name in names))
    (folder / "file.json").write_text("".join(messages))
    matches.write_text("")
    result = CliRunner().invoke(main, ["-c", str(folder / "config.yml"), "correlate", "--start-date", "2023-01-01T00:00:00",
                                       str(folder / "file.json")])
    if result.exit_code:
        sys.exit(repr(result.exception))
    return [json.loads(line)["query"] for line in matches.read_text().splitlines()]

early = message("early.example", "2023-11-14T22:13:20.123456789Z")
late = message("late.example", "2023-11-14T22:13:20.123456789Z")
print("nothing listed:", *matched([], early))
print("both listed:", *matched(["early.example", "late.example"], early, late))
print("with a whole second:", *matched(["late.example"], late, message("other.example", "2023-11-14T22:13:20Z")))
END
seen=$("$dir/venv/bin/python" "$dir/rounds.py" "$dir" 2>"$dir/log") || untried "can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
    *"both listed: "*late.example*) ;;
    *) untried "no name is found";;
esac
[ "$seen" = "nothing listed:
both listed: late.example
with a whole second:" ] || { echo "changed: other names match"; exit 1; }
echo "a name that was seen before it was listed is never found"
