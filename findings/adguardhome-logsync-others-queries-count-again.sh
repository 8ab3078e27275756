#!/bin/sh
# adguardhome-logsync 0.1.3 (PyPI), which makes one query log of those of several AdGuard Homes: two servers of three queries each, synchronized
#   every few minutes, as its README has cron do it.
# Expected: six queries in either log, however often it is run: 'Combines all found query logs into a single unified log', 'merge and
#   synchronize query logs from multiple AdGuard Home instances'.
# Seen: the first server has six, then nine, twelve and so on: the other's three are added anew by each run, though nobody has asked anything.
#   The log that it writes in place of the server's own has the other's queries; the next run copies it into the folder as the server's own,
#   and takes all logs of the folder together, where the other's stand too. Nothing looks for a line that is there already. Where both
#   servers do it, as they should, each adds what the other has added: the logs grow by about a third with each run.
# Costs: clients, domains and failures are counted as many times as the job has run since, in AdGuard Home's own view too; with 'every 5
#   minutes, keep logs for 1 week' two quiet servers fill their disks within hours.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install adguardhome-logsync==0.1.3 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

log() {  # log SERVER: three queries of now, as AdGuard Home writes them
    mkdir -p "$dir/$1"
    for number in 1 2 3; do
        echo "{\"T\":\"$(date -u +%Y-%m-%dT%H:%M:%S).12345678${number}Z\",\"QH\":\"$number.$1.example\",\"QT\":\"A\",\"QC\":\"IN\",\"CP\":\"\"," \
            "\"Answer\":\"\",\"Result\":{},\"Elapsed\":1000,\"IP\":\"192.0.2.$number\"}"
    done >"$dir/$1/querylog.json"
}
synchronize() {
    TMPDIR=$dir "$dir/venv/bin/adguardhome-logsync" --name "$1" --path "$dir/$1/querylog.json" --backup "$dir/backup" >"$dir/log" 2>&1 ||
        untried "can't be run: $(tail -n 1 "$dir/log")"
    counts="$counts $(wc -l <"$dir/$1/querylog.json")"
}
begin() {
    rm -rf "$dir/backup" "$dir/one" "$dir/two"
    mkdir "$dir/backup"
    log one
    log two
    counts=
}
begin
cp "$dir/two/querylog.json" "$dir/backup/querylog-two.json"
for run in 1 2 3 4 5; do synchronize one; done
alone=$counts
different=$(sort -u "$dir/one/querylog.json" | wc -l)
echo "queries in the log of one, run by run, of six that were asked:$alone ($different different lines)"
begin
for run in 1 2 3 4 5; do synchronize one; synchronize two; done
echo "in those of one and two, which both do it, in turn:$counts"
case "$alone" in
" 6 9 12 15 18") ;;
" 6 "*) echo "changed: $alone"; exit 1 ;;
*) untried "the logs aren't merged" ;;
esac
[ "$different" = 6 ] || untried "there are other lines"
echo "the other server's queries are counted once a run"
