#!/bin/sh
# haraka-plugin-fcrdns 1.2.1 (npm, with haraka-net-utils 1.9.3), by which the mail server Haraka sees whether a host's name leads back to its
#   address: a host whose name can't be looked up, as its server fails (SERVFAIL).
# Expected: 'temperror', 'a temporary DNS error, e.g., a DNS RCODE of 2, commonly known as SERVFAIL' (RFC 8601, 2.7.3, iprev), and with
#   no_fcrdns=true in fcrdns.ini a refusal for the time being (DENYSOFT), as it has for a failing look-up of the name itself.
# Seen: 'iprev=fail', and DENY, 'Sorry, no FCrDNS match found', as for a host whose name doesn't exist: the look-up of the name's addresses
#   gives a list of errors beside them, and the form of it that is used here throws that list away, so a failure is a name without
#   addresses. Nothing of it is in the results ('err' is empty).
# Costs: while a sender's DNS fails for a minute its mail comes back to those who wrote it, by a status that says it never will be taken,
#   and the rules of spam filters that read Authentication-Results count it as a forgery of its own name.
# Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" haraka-plugin-fcrdns@1.2.1 haraka-net-utils@1.9.3 haraka-tld@1.3.6 haraka-config@1.7.0 \
    haraka-constants@1.0.8 haraka-test-fixtures@1.7.2 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

mkdir "$dir/config"
printf '[reject]\nno_fcrdns=true\n' >"$dir/config/fcrdns.ini"
cat >"$dir/server.py" <<'END'
"""203.0.113.1 is good.example.com, which has this address; .2 is missing.example.com: NXDOMAIN; .3 is fails.example.com: SERVFAIL."""
import pathlib, socket, struct

NAMES = {b"1": b"\4good", b"2": b"\7missing", b"3": b"\5fails"}
STATUS = {b"missing": 3, b"fails": 2}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
pathlib.Path("ready").touch()
while True:
    query, client = server.recvfrom(4096)
    end = 12
    while query[end]:
        end += 1 + query[end]
    first, kind = query[13:13 + query[12]], struct.unpack(">H", query[end + 1:end + 3])[0]
    data = NAMES.get(first, b"") + b"\7example\3com\0" if kind == 12 else bytes([203, 0, 113, 1]) if (first, kind) == (b"good", 1) else b""
    answer = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    head = query[:2] + struct.pack(">5H", 0x8180 | STATUS.get(first, 0), 1, bool(answer), 0, 0)
    server.sendto(head + query[12:end + 5] + answer, client)
END
cat >"$dir/try.js" <<'END'
// what the plugin says of each host, with a server's folder of settings
const fixtures = require("haraka-test-fixtures"), config = require("haraka-config"), tlds = require("haraka-tld");
const constants = require("haraka-constants");
async function check(ip) {
    const plugin = new fixtures.plugin("haraka-plugin-fcrdns");
    plugin.config = config.module_config(`${__dirname}/node_modules/haraka-plugin-fcrdns`, __dirname);
    plugin.register();
    const connection = fixtures.connection.createConnection();
    const said = [];
    connection.remote.ip = ip;
    connection.remote.is_private = false;
    connection.auth_results = (result) => said.push(result);
    plugin.initialize_fcrdns(() => {}, connection);
    const code = await new Promise((done) => plugin.do_dns_lookups(done, connection));
    const word = code === constants.deny ? "DENY" : code === constants.denysoft ? "DENYSOFT" : "taken";
    console.log("host", ip, said.join(), word, `errors ${connection.results.get("fcrdns").err.length}`);
}
(async () => {
    for (let tries = 0; tries < 100 && !tlds.get_organizational_domain("a.example.com"); tries++) {
        await new Promise((done) => setTimeout(done, 100));
    }
    for (const last of [1, 2, 3]) await check(`203.0.113.${last}`);
    process.exit();
})();
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own, once the server is there
cd "$1"
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:2 attempts:1\n' >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
python3 server.py & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do [ -e ready ] && break; sleep 1; done
node try.js | grep '^host'
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 2)" = "host 203.0.113.1 iprev=pass taken errors 0
host 203.0.113.2 iprev=fail DENY errors 0" ] || untried "hosts whose names are there, or aren't, are not told apart"
[ "$(echo "$seen" | tail -n 1)" = "host 203.0.113.3 iprev=fail DENY errors 0" ] || { echo "changed: $(echo "$seen" | tail -n 1)"; exit 1; }
echo "a name that can't be looked up just now is no name"
