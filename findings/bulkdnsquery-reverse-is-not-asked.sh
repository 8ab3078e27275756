#!/bin/sh
# bulkdnsquery 1.0.0 (PyPI, with dnspython 2.7.0 and XlsxWriter 3.2.9), 'Bulk DNS Query Tool', which looks up a list of hosts or addresses and
#   writes a table: addresses, with -x ('--reverse, PTR record lookup, ip to host') and with -a ('--forward, A record lookup').
# Expected: with -x the name of each address; with -a none, as addresses have no A records, of which it warns.
# Seen: with -x an empty table, status 0 and no warning: no question is sent. With -a the addresses are looked up in reverse, after 'Skipping
#   DMARC/SPF/MX/A lookup for IP'. What -x sets is read nowhere; whether to ask for PTR is decided by what -a sets.
# Costs: whoever looks up the addresses of a log has none of their names, and takes it that they have none; a list of both, with -a for its
#   hosts, asks for every address in it too.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install bulkdnsquery==1.0.0 dnspython==2.7.0 XlsxWriter==3.2.9 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""Every address has the name host.example; what is asked is written down."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    labels, end = [], 12
    while query[end]:
        labels.append(query[end + 1:end + 1 + query[end]].decode())
        end += 1 + query[end]
    print(".".join(labels), flush=True)
    data = b"\4host\7example\0"
    record = b"\xc0\x0c" + struct.pack(">HHIH", 12, 1, 60, len(data)) + data
    server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + query[12:end + 5] + record, client)
END
printf '192.0.2.1\n2001:db8::1\n' >"$dir/list"
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: for some options, what is in the table, and what was asked for it
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.54' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
: >"$dir/asked"
python3 "$dir/server.py" >>"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
look_up() {
    : >"$dir/asked"
    "$dir/venv/bin/bulkdnsquery" --input-type txt -i "$dir/list" -o "$dir/table.xlsx" --log-level ERROR "$@" >/dev/null
    texts=$(unzip -p "$dir/table.xlsx" xl/sharedStrings.xml 2>/dev/null | grep -o '<t[^>]*>[^<]*' | sed 's/.*>//' | xargs)
    echo "$*: table '$texts', $(wc -l <"$dir/asked") questions"
}
look_up -x
look_up -a
look_up -x -a
END
command -v unzip >/dev/null || untried "needs unzip"
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
"-x: table '', 0 questions
-a: "*host.example*", 2 questions
-x -a: "*host.example*", 2 questions") ;;
*"-x -a: "*host.example*) echo "changed: -x is heeded, or -a isn't for addresses"; exit 1 ;;
*) untried "no address has a name: $(tail -n 1 "$dir/log")" ;;
esac
echo "the option for reverse look-ups asks nothing, the one for forward look-ups does"
