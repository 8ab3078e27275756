#!/bin/sh
# php-net-dns2 1.5.0-1 (Debian 12, Net_DNS2, 'Native PHP5 DNS Resolver and Updater'): a name that doesn't exist, with two name servers, the
#   second of which is down, or refuses.
# Expected: the exception of NXDOMAIN (3), from the first server: it is an answer (RFC 1034, 4.3.1: 'a name error indicating that the
#   name does not exist'), and the list is for servers that don't give one. glibc's resolver asks the second one nothing.
# Seen: 'timeout on read select()', code 203, after the time for it, or 'The name server refuses', code 5: every status but NOERROR sends
#   it to the next server, and the exception is that of the last. With one server, or two that are well, it is 3, and both are asked.
# Costs: 'this domain does not exist' becomes 'try again later': mail to mistyped addresses is queued for days, checks take a working
#   resolver for a dead one, and wait for each missing name; and with two that are well each NXDOMAIN is counted at both, twice as
#   often as any other status.
# Needs root, for port 53 in a network of its own. The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
command -v php >/dev/null || untried "needs Debian's php-cli"
(cd "$dir" && apt-get -q download php-net-dns2=1.5.0-1 && dpkg -x php-net-dns2*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's php-net-dns2 can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""Servers at 127.0.0.1 to 127.0.0.4: two that know one.example alone, one that is silent and one that refuses."""
import socket, struct, threading

def serve(address, code):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    while True:
        query, client = server.recvfrom(4096)
        end = query.index(0, 12) + 5
        here = code == 3 and b"\3one" in query
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1]) if here else b""
        print(address, query[13:13 + query[12]].decode(), flush=True)
        if code is not None:
            server.sendto(query[:2] + struct.pack(">5H", 0x8180 | (0 if here else code), 1, here, 0, 0) + query[12:end] + record, client)

for number, code in enumerate((3, 3, None, 5), 1):
    threading.Thread(target=serve, args=(f"127.0.0.{number}", code)).start()
END
cat >"$dir/try.php" <<'END'
<?php
// the status of a name that is there and of one that isn't, for each list of servers
set_include_path($argv[1] . "/usr/share/php");
require "Net/DNS2.php";
foreach (["one server" => [1], "two" => [1, 2], "the second silent" => [1, 3], "the second refusing" => [1, 4]] as $list => $numbers) {
    $servers = array_map(fn ($number) => "127.0.0.$number", $numbers);
    foreach (["one.example", "gone.example"] as $name) {
        $resolver = new Net_DNS2_Resolver(["nameservers" => $servers, "timeout" => 1]);
        try {
            $seen = "code " . $resolver->query($name, "A")->header->rcode;
        } catch (Net_DNS2_Exception $error) {
            $seen = "code " . $error->getCode() . " (" . trim($error->getMessage()) . ")";
        }
        echo "$list, $name: $seen\n";
    }
}
END
cat >"$dir/run.sh" <<'END'
# in a network of its own: the statuses, once the servers are there
ip link set lo up
python3 "$1/server.py" >"$1/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    ss -Hlun 2>/dev/null | grep -q '127.0.0.4:53' && break
    sleep 1
done
: >"$1/asked"
php "$1/try.php" "$1"
END
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
echo "questions: $(tr -d '\0' <"$dir/asked" | sort | uniq -c | xargs)"
codes=$(echo "$seen" | sed 's/.*: code \([0-9]*\).*/\1/' | xargs)
[ "$(echo "$codes" | cut -d ' ' -f 1-3)" = "0 3 0" ] || untried "the servers don't answer: $(tail -n 1 "$dir/log")"
[ "$codes" = "0 3 0 3 0 203 0 5" ] || { echo "changed: $codes"; exit 1; }
echo "a name that is said not to exist is a time-out, or a refusal"
