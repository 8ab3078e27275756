#!/bin/sh
# bns 0.16.0 (npm), a DNS library, server and resolver in JavaScript ('DNS bike-shed'): hosts files, which its dig and named take with
#   --hosts, and its stub resolver as Hosts, 'Like /etc/hosts'.
# Expected: 'IP_address canonical_hostname [aliases...]' (hosts(5)): all names of a line have its address, as glibc's getent has them.
# Seen: the last name of a line of two and more has none: 'www', 'store' and, of Debian's own file, 'ip6-loopback' are not there, while a
#   line with one name is whole. The last word is taken off the list and kept as the entry's 'hostname', which is only written when the
#   file is, and never looked up.
# Costs: what is in the file is asked for in the DNS, of servers that don't know it, or mustn't: short and internal names are NXDOMAIN, are
#   in the counts of failing names, and are told to others. Whether a name works depends on its place in a line.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" bns@0.16.0 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/hosts" <<'END'
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
192.0.2.1 www.example.com www
192.0.2.2 db.example.com db store
192.0.2.3 mail.example.com
END
cat >"$dir/try.js" <<'END'
const { Hosts, constants } = require("bns");
const hosts = Hosts.fromFile(`${__dirname}/hosts`);
const address = (name) => ["A", "AAAA"].flatMap((type) => hosts.query(`${name}.`, constants.types[type]) ?? [])
    .map((record) => record.data.address).join() || "none";
const NAMES = ["ip6-localhost", "ip6-loopback", "www.example.com", "www", "db.example.com", "db", "store", "mail.example.com"];
const seen = NAMES.map((name) => `${name} ${address(name)}`);
console.log(seen.join(", "));
const firsts = ["www.example.com 192.0.2.1", "db.example.com 192.0.2.2", "db 192.0.2.2", "mail.example.com 192.0.2.3"];
if (!firsts.every((one) => seen.includes(one))) {
    console.log("not tried: the file is not read");
    process.exit(2);
}
if (!["ip6-loopback none", "www none", "store none"].every((one) => seen.includes(one))) {
    console.log("changed: the last name of a line has an address");
    process.exitCode = 1;
} else console.log("the last name of a line has no address");
END
node "$dir/try.js"
