#!/bin/sh
# pdns-exporter 0.3.0 (PyPI, with aiomysql 0.3.2 and SQLAlchemy 1.4.54), which gives the zones of a PowerDNS server's database 'with zone file
#   format', at /zone/ID, and counts their records for Prometheus: a zone of pdns-server 4.7.3-2 with its backend pdns-backend-mysql and
#   mariadb-server-core 10.11.19 (Debian 12), which pdnsutil has loaded.
# Expected: the zone as 'pdnsutil list-zone' of PowerDNS gives it; one that a server can load.
# Seen: 'MX mx.example' without its preference, and SRV with three fields of four, so that BIND refuses the whole zone. The database of
#   PowerDNS has the first number of these two types in a column of its own, prio, and the exporter asks for name, type, content and ttl.
#   Nor does it ask for disabled: a record that was switched off, and that PowerDNS doesn't serve, is in the zone and in the counts.
# Costs: the copy that is kept for the day the database is lost can't be loaded, and which mail server comes first is in no line of it; a
#   record that was taken out comes back.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
trap 'kill ${database:-} ${exporter:-} 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
[ "$(id -u)" = 0 ] || untried "needs root, since the database wants to become another user"
command -v named-checkzone >/dev/null || untried "needs named-checkzone"
python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" -q install pdns-exporter==0.3.0 aiomysql==0.3.2 SQLAlchemy==1.4.54 PyMySQL==1.1.2 2>"$dir/log" ||
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
cat >"$dir/zone" <<'END'
$ORIGIN example.
$TTL 300
@ SOA ns.example. host.example. 1 7200 3600 1209600 300
@ NS ns
@ MX 10 mx
_sip._udp SRV 10 5 5060 ns
ns A 192.0.2.1
off A 192.0.2.2
END
power() { "$dir/usr/bin/pdnsutil" --config-dir="$dir" "$@" 2>"$dir/log" || untried "pdnsutil fails: $(tail -n 1 "$dir/log")"; }
power load-zone example "$dir/zone"
echo "USE pdns; UPDATE records SET disabled = 1 WHERE name = 'off.example'" >"$dir/off.sql"
database "$dir/off.sql"
cat >"$dir/exporter.conf" <<'END'
api-login=reader
api-password=none
local-address=127.0.0.1
local-port=5439
db-pdns-host=127.0.0.1
db-pdns-port=5438
db-pdns-user=root
db-pdns-password=none
db-pdns-name=pdns
END
"$dir/venv/bin/pdns_exporter" -c "$dir/exporter.conf" >"$dir/log" 2>&1 & exporter=$!
cat >"$dir/ask.py" <<'END'
"""What the exporter has at an address."""
import sys, time, urllib.request

request = urllib.request.Request(f"http://127.0.0.1:5439{sys.argv[1]}", headers={"Authorization": "Basic cmVhZGVyOm5vbmU="})
for tries in range(20):
    try:
        print(urllib.request.urlopen(request).read().decode())
        break
    except OSError:
        time.sleep(0.5)
END
power list-zone example | grep -v '^\$' >"$dir/listed"
python3 "$dir/ask.py" /zone/1 >"$dir/exported"
count=$(python3 "$dir/ask.py" /metrics | sed -n 's/^pdnsexporter_records_total //p')
fields() { awk -v type="$1" '$4 == type {$1 = $2 = $3 = ""; print $0}' "$2" | xargs; }
echo "pdnsutil: $(fields MX "$dir/listed"), $(fields SRV "$dir/listed"), off.example $(grep -c '^off.example' "$dir/listed") times"
echo "exporter: $(fields MX "$dir/exported"), $(fields SRV "$dir/exported"), off.example $(grep -c '^off.example' "$dir/exported") times, $count records"
status=0
named-checkzone example "$dir/exported" >"$dir/checked" || status=$?
echo "BIND's check of it: status $status, $(head -n 1 "$dir/checked" | sed "s|$dir/||")"
[ "$(fields MX "$dir/listed"), $(fields SRV "$dir/listed")" = "MX 10 mx.example., SRV 10 5 5060 ns.example." ] || untried "PowerDNS has another zone"
grep -q 'SOA' "$dir/exported" || untried "the exporter has no zone: $(tail -n 1 "$dir/log")"
[ "$(fields MX "$dir/exported"), $(fields SRV "$dir/exported")" = "MX mx.example, SRV 5 5060 ns.example" ] && [ $status != 0 ] ||
    { echo "changed: preferences are in the zone"; exit 1; }
grep -q '^off.example' "$dir/exported" && [ "$count" = 6 ] || { echo "changed: a record that is off is not in the zone, or not counted"; exit 1; }
echo "a zone without preferences, which can't be loaded, and with what is switched off"
