#!/bin/sh
# pdnsbackup 1.0.12 (PyPI, with aiomysql 0.3.2), which writes the zones of a PowerDNS server's database as files for BIND, each night or so: three
#   zones of pdns-server 4.7.3-2 with pdns-backend-mysql and mariadb-server-core 10.11.19 (Debian 12), one of them a reverse zone of fewer
#   than 256 addresses, 0/25.2.0.192.in-addr.arpa, as RFC 2317 (4) names them.
# Expected: three zones; or the other two, and a status other than 0.
# Seen: none, and status 0. Each zone is written into a file db. with the name of the zone behind it, in one loop, within one 'try': the
#   slash makes it a file in a folder that isn't there, and what was written before is thrown away with what would have come. It logs
#   'export file' and the error. With the metrics that it can write, the last words of the run are 'backup processing terminated' in place of
#   'backup processing error', since how the writing of the metrics went is taken for how the backup went.
# Costs: from the day on which the first such zone is added no zone is backed up any more, the files of the day before stay where they are,
#   and the job is green.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
trap 'kill ${database:-} 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
[ "$(id -u)" = 0 ] || untried "needs root, since the database wants to become another user"
python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" -q install pdnsbackup==1.0.12 aiomysql==0.3.2 PyMySQL==1.1.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
(cd "$dir" && apt-get -q download mariadb-server-core=1:10.11.19-0+deb12u1 libaio1=0.3.113-4 liburing2=2.3-3 libmariadb3=1:10.11.19-0+deb12u1 \
    pdns-server=4.7.3-2 pdns-backend-mysql=4.7.3-2 && for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
ldd "$dir/usr/bin/pdnsutil" "$dir/usr/sbin/mariadbd" | grep 'not found' && untried "a library is missing"

mkdir "$dir/data"
chmod 755 "$dir"
chown nobody "$dir/data"
shared=$dir/usr/share/mysql
"$dir/usr/sbin/mariadbd" --no-defaults --user=nobody --skip-grant-tables --datadir="$dir/data" --socket="$dir/data/socket" --port=5438 \
    --bind-address=127.0.0.1 --lc-messages-dir="$shared" --character-sets-dir="$shared/charsets" --innodb-buffer-pool-size=16M >"$dir/log" 2>&1 &
database=$!
cat >"$dir/database.py" <<'END'
"""Runs the statements of a file, once the database is there."""
import sys, time
import pymysql

for tries in range(20):
    try:
        cursor = pymysql.connect(host="127.0.0.1", port=5438, user="root", password="", autocommit=True).cursor()
        break
    except pymysql.Error:
        time.sleep(1)
for statement in open(sys.argv[1]).read().split(";"):
    if statement.strip():
        cursor.execute(statement)
END
database() { "$dir/venv/bin/python" "$dir/database.py" "$1" 2>"$dir/log" || untried "the database doesn't run: $(tail -n 1 "$dir/log")"; }
(echo "CREATE DATABASE pdns; USE pdns;" && cat "$dir/usr/share/pdns-backend-mysql/schema/schema.mysql.sql") >"$dir/schema.sql"
database "$dir/schema.sql"
cat >"$dir/pdns.conf" <<END
launch=gmysql
module-dir=$LD_LIBRARY_PATH/pdns
gmysql-host=127.0.0.1
gmysql-port=5438
gmysql-user=root
gmysql-password=none
gmysql-dbname=pdns
END
power() { "$dir/usr/bin/pdnsutil" --config-dir="$dir" "$@" >"$dir/log" 2>&1 || untried "pdnsutil fails: $(tail -n 1 "$dir/log")"; }
back_up() {  # back_up METRICS: the zones that are in the backup, and how it ends
    rm -rf "$dir/backup"
    cat >"$dir/backup.yml" <<END
gmysql-host: 127.0.0.1
gmysql-port: 5438
gmysql-user: root
gmysql-password: none
gmysql-dbname: pdns
file-path-output: $dir/backup
metrics-enabled: $1
metrics-prom-file: $dir/metrics.prom
END
    status=0
    "$dir/venv/bin/pdnsbackup" -c "$dir/backup.yml" >"$dir/said" 2>&1 || status=$?
    echo "$(ls "$dir/backup" 2>/dev/null | grep -c '^db[.]') zones, status $status, $(grep -o 'backup processing .*' "$dir/said")"
}
for zone in one.example two.example; do power create-zone $zone ns.example; done
before=$(back_up false)
echo "two zones: $before"
power create-zone 0/25.2.0.192.in-addr.arpa ns.example
after=$(back_up false)
echo "and 0/25.2.0.192.in-addr.arpa: $after; $(grep -o 'export file - .*' "$dir/said" | sed 's|/tmp/[^/]*|DIR|')"
metrics=$(back_up true)
echo "with metrics: $metrics"
[ "$before" = "2 zones, status 0, backup processing terminated" ] || untried "two zones aren't backed up: $(tail -n 1 "$dir/said")"
[ "$after" = "0 zones, status 0, backup processing error" ] || { echo "changed: $after"; exit 1; }
[ "$metrics" = "0 zones, status 0, backup processing terminated" ] || { echo "changed: with metrics $metrics"; exit 1; }
echo "one classless reverse zone, and no zone is backed up"
