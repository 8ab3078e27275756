#!/bin/sh
# better-lookup 1.4.1 (npm), a cache for Node.js' look-ups that 'implements the /etc/hosts file support', and hostparty 1.0.15 (npm), a
#   'Cross platform CLI editor & JavaScript API for managing your hostsfile': a line with a comment behind its names.
# Expected: 'Text from a "#" character until the end of the line is a comment, and is ignored' (hosts(5)), as glibc's getent does: the line
#   below gives db.example.net an address and says nothing of web.example.org; where another host is added it stays as it is.
# Seen: better-lookup gives web.example.org, a word of the comment, the address of db.example.net, and asks no server for it. hostparty,
#   which is told to add new.example.net, writes '192.0.2.1 # db.example.net primary, was web.example.org': db.example.net is gone. Both
#   take a line for a comment if it begins with '#', and else each of its words for a name; hostparty sorts names before it writes them,
#   and '#' comes before all letters.
# Costs: a note on what a host was called before sends what is meant for that name to the wrong machine; a host that was there yesterday
#   is asked for in the DNS, where it doesn't exist, since somebody added another. Nothing is said, and the file looks right at a glance.
# Needs root, for a hosts file of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" better-lookup@1.4.1 hostparty@1.0.15 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/hosts" <<'END'
127.0.0.1 localhost
192.0.2.1 db.example.net  # primary, was web.example.org
END
cat >"$dir/lookup.mjs" <<'END'
// the addresses that better-lookup has for these names
import { lookup } from "better-lookup";
for (const name of ["db.example.net", "web.example.org"]) {
    const found = await lookup(name, { family: 4, all: true }).catch((error) => [{ address: error.code }]);
    console.log(`${name} ${found.map(({ address }) => address)}`);
}
process.exit();
END
cat >"$dir/add.js" <<'END'
// a host is added to the file
const party = require("hostparty").setup({ path: `${__dirname}/hosts` });
party.add("192.0.2.9", ["new.example.net"]).catch((error) => { console.error(error); process.exit(1); });
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own, without a network: what getent and better-lookup find in the hosts file
mount --bind "$1/hosts" /etc/hosts
cd "$1"
for name in db.example.net web.example.org; do echo "getent $name $(getent hosts "$name" | cut -d ' ' -f 1)"; done
node lookup.mjs | sed 's/^/better-lookup /'
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
node "$dir/add.js" 2>"$dir/log" || untried "no host is added: $(tail -n 1 "$dir/log")"
line=$(grep '^192\.0\.2\.1 ' "$dir/hosts" || true)
echo "$seen"
echo "after hostparty: $line"
case "$seen" in
*"getent db.example.net 192.0.2.1"*"better-lookup db.example.net 192.0.2.1"*) ;;
*) untried "the host itself is not found" ;;
esac
grep -q '^192\.0\.2\.9 new\.example\.net$' "$dir/hosts" || untried "no host was added"
case "$seen" in
*"better-lookup web.example.org 192.0.2.1"*) ;;
*) echo "changed: better-lookup finds no name in the comment"; exit 1 ;;
esac
[ "$line" = "192.0.2.1 # db.example.net primary, was web.example.org" ] || { echo "changed: hostparty leaves the line's host"; exit 1; }
echo "a word of a comment is a name, and a name becomes a comment"
