#!/bin/sh
# pdnssoc-cli 0.0.5 (PyPI), which looks for names and addresses of MISP in what go-dnscollector wrote of dnstap: a message of a whole second.
# Expected: '2023-11-14T22:13:20Z' is a time as '2023-11-14T22:13:20.123456789Z' is (RFC 3339, 5.6: the fraction may be left out); Go's
#   RFC3339Nano, in which go-dnscollector writes it, leaves out the zeros at the end, and the point with them.
# Seen: 'Failed to parse ..., skipping', and nothing of the file is taken, neither what stands before that message nor after it: the zone is
#   cut off together with the last digit of a fraction, so that where there is none the time keeps it, and Python compares no time that
#   has a zone with those that have none (before 3.11 it doesn't read it at all).
# Costs: a match is lost with all of its file, which may be an hour of a network, because one other message came at a fraction of zero: one in
#   a million with a clock of microseconds, one in a thousand with one of milliseconds, each for whole seconds; in a folder that is read
#   with --delete-on-success the file is deleted besides.
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
cat >"$dir/files.py" <<'END'
"""Correlates files of two messages: which names match."""
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

listed = message("listed.example", "2023-11-14T22:13:20.123456789Z")
print("beside a time with a fraction:", *matched(["listed.example"], listed, message("other.example", "2023-11-14T22:13:20.5Z")))
print("beside a whole second:", *matched(["listed.example"], listed, message("other.example", "2023-11-14T22:13:20Z")))
END
seen=$("$dir/venv/bin/python" "$dir/files.py" "$dir" 2>"$dir/log") || untried "can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
    "beside a time with a fraction: listed.example"*) ;;
    *) untried "no name is found";;
esac
[ "$seen" = "beside a time with a fraction: listed.example
beside a whole second:" ] || { echo "changed: the name is found"; exit 1; }
echo "one time without a fraction, and its file is passed over"
