#!/bin/sh
# pdnssoc-cli 0.0.5 (PyPI), with which a security team looks for indicators of MISP in logs of DNS answers (go-dnscollector's): its
#   correlate, run a second time in one process, as its daemonize does every few minutes, beside fetch-iocs, which renews the lists.
# Expected: a name is looked for in the list as it is now: one that was added since the last run is found in a new answer, and one
#   that was taken off isn't any more. Two runs of the command, each in a process of its own, have it so.
# Seen: added.example, which somebody asked for before it was on the list, is never found; removed.example, which was found before,
#   is found again. The verdict on a name, and on an address, is kept without end by the name alone (a decorator around the function,
#   whose key leaves the list out).
# Costs: indicators are published after the first look-ups of a campaign, so the names that matter are those that were asked for and
#   clean; the daemon is blind to just these until it is restarted, in its look back at the archive too, which is for that. Names that
#   were taken off as mistakes go on alarming. Started by hand it is right.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pdnssoc-cli==0.0.5 cachetools==8.0.2 schedule==1.2.2 pymisp==2.5.34.4 \
    2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
"""What each of two runs finds, with the list of the first and the list of the second, in one process or in two."""
import json, pathlib, subprocess, sys

folder = pathlib.Path(sys.argv[1])
NAMES = ("always.example", "added.example", "removed.example")
LISTS = (("always.example", "removed.example"), ("always.example", "added.example"))

def prepare(day):
    """The list and the answers of a day."""
    (folder / "domains.txt").write_text("\n".join(LISTS[day]) + "\n")
    (folder / "in" / "answers.json").write_text("".join(json.dumps({
        "network": {"query-ip": "192.0.2.7"},
        "dns": {"qname": name, "resource-records": {"an": [{"rdatatype": "A", "rdata": "192.0.2.1"}]}},
        "dnstap": {"identity": "sensor", "timestamp-rfc3339ns": f"2024-03-0{day + 1}T12:00:00.5Z"}}) + "\n" for name in NAMES))
    (folder / "out" / "matches.json").unlink(missing_ok=True)

def found():
    return sorted(json.loads(line)["query"] for line in (folder / "out" / "matches.json").read_text().splitlines())

def run(day):
    return ["-c", str(folder / "config.yml"), "correlate", "--start-date", f"2024-03-0{day + 1}T00:00:00",
            "--end-date", f"2024-03-0{day + 1}T23:59:59"]

mode = sys.argv[2]
for day in (0, 1):
    prepare(day)
    if mode == "one process":
        from pdnssoccli.pdnssoccli import main
        main(run(day), standalone_mode=False)
    else:
        subprocess.run([sys.executable, "-m", "pdnssoccli.pdnssoccli", *run(day)], check=True)
    print(f"{mode}, list {', '.join(LISTS[day])}: found {', '.join(found())}")
END
cat >"$dir/config.yml" <<END
logging_level: ERROR
misp_servers: []
correlation:
  input_dir: $dir/in
  output_dir: $dir/out
  malicious_domains_file: $dir/domains.txt
  malicious_ips_file: $dir/ips.txt
  last_correlation_pointer_file: $dir/correlation.last
  last_retro_pointer_file: $dir/retro.last
END
mkdir "$dir/in" "$dir/out"
: >"$dir/ips.txt"
two=$("$dir/venv/bin/python" "$dir/try.py" "$dir" "two processes" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
one=$("$dir/venv/bin/python" "$dir/try.py" "$dir" "one process" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$two"
echo "$one"
[ "${two##*found }" = "added.example, always.example" ] || untried "two processes find other names"
[ "${one##*found }" = "always.example, removed.example" ] || { echo "changed: ${one##*found }"; exit 1; }
echo "the second run finds by the first one's list"
