#!/bin/sh
# piholelongtermstats 0.2.7 (PyPI, with dash 4.1.0 and pandas 3.0.3), a page of statistics of a Pi-hole's database over weeks or years: its
#   'Most Active Hour' and 'Least Active Hour'.
# Expected: of ten days with 60 queries between 20:00 and 21:00 and 6 between 4:00 and 5:00 each, 'On average, 60 queries are made during this
#   time', and 6; as 'Most Active Day of the Week' has 66, which is what a day has.
# Seen: 600 and 60: all queries of that hour of the day in the whole time are added up, and not divided by the days; the figure for the days
#   of the week is made day by day first. The longer the time, the larger the average: with the 31 days that are the default it is 31 times
#   as much.
# Costs: a small network's resolver seems to have thousands of queries in its busy hour; two servers, or two spans of time, can't be compared,
#   and of the hours the one figure that says how many is another number.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
trap 'kill ${page:-} 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install piholelongtermstats==0.2.7 dash==4.1.0 pandas==3.0.3 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
python3 - "$dir/pihole-FTL.db" <<'END'
import sqlite3, sys, time

midnight = int(time.time()) // 86400 * 86400
database = sqlite3.connect(sys.argv[1])
database.execute("CREATE TABLE queries (id INTEGER PRIMARY KEY, timestamp INTEGER, type INTEGER, status INTEGER, domain TEXT, client TEXT, reply_time REAL)")
for day in range(1, 11):
    for hour, queries in ((4, 6), (20, 60)):
        for number in range(queries):
            database.execute("INSERT INTO queries (timestamp, type, status, domain, client, reply_time) VALUES (?, 1, ?, ?, '192.0.2.1', 0.01)",
                             (midnight - day * 86400 + hour * 3600 + number * 10, 2 if number % 2 else 1, f"host{number % 3}.example"))
database.commit()
END
(cd "$dir" && exec "$dir/venv/bin/piholelongtermstats" --db_path "$dir/pihole-FTL.db" --port 5437 >"$dir/log" 2>&1) & page=$!
cat >"$dir/read.py" <<'END'
"""The sentences of the page that give an average, each with its heading."""
import json, time, urllib.request

for tries in range(60):
    try:
        layout = json.load(urllib.request.urlopen("http://127.0.0.1:5437/_dash-layout"))
        break
    except OSError:
        time.sleep(0.5)
texts = []


def collect(part):
    if isinstance(part, str):
        texts.append(part)
    for inner in part if isinstance(part, list) else [part["props"].get("children")] if isinstance(part, dict) and "props" in part else []:
        collect(inner)


collect(layout)
for heading, value, sentence in zip(texts, texts[1:], texts[2:]):
    if sentence.startswith("On average, ") and "queries" in sentence:
        print(f"{heading}, {value}: {sentence}")
END
seen=$(python3 "$dir/read.py" 2>>"$dir/log") || untried "the page can't be read: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
*"Most Active Hour, 20:00 - 21:00: On average, "*"Least Active Hour, 4:00 - 5:00: On average, "*"Day of the Week, "*": On average, 66 queries"*) ;;
*) untried "the page is another: $(tail -n 1 "$dir/log")" ;;
esac
case "$seen" in
*"20:00 - 21:00: On average, 600 queries"*"4:00 - 5:00: On average, 60 queries"*) ;;
*) echo "changed: the averages are others"; exit 1 ;;
esac
echo "the average of ten days is their sum"
