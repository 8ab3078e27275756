#!/bin/sh
# haraka-plugin-dns-list 1.3.0 (npm), which asks blocklists for the mail server Haraka (with haraka-config 1.7.0): zones in the files
#   dnsbl.zones and dnswl.zones, of the plugins that it took the place of and whose files it reads for 'Compatibility with old-plugin'.
# Expected: the lists of these files are asked, beside those of dns-list.ini.
# Seen: lists called '0' and '1' are asked, the numbers of the lines, for 9.2.0.192.0. and 9.2.0.192.1.; none of the files' lists is. A
#   loop takes an array's keys for its values. '0' is an allow list too, as dnswl.zones has a first line.
# Costs: after the move to it no list that one had chosen is asked: each sender 'passes' the lists 0 and 1, which looks like any clean
#   sender; and the address of each host that connects is sent to the root servers, whose NXDOMAIN, for a TLD of digits, is what is
#   counted as clean.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" haraka-plugin-dns-list@1.3.0 haraka-config@1.7.0 haraka-test-fixtures@1.7.2 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"

mkdir "$dir/config"
printf '[main]\nperiodic_checks=1\nzones=new.example\n' >"$dir/config/dns-list.ini"
printf 'old.example\nolder.example\n' >"$dir/config/dnsbl.zones"
printf 'friends.example\n' >"$dir/config/dnswl.zones"
cat >"$dir/try.js" <<'END'
// the lists that are asked for a host that connects, as names and types, by the plugin with a server's folder of settings
const fixtures = require("haraka-test-fixtures"), config = require("haraka-config");
const plugin = new fixtures.plugin("haraka-plugin-dns-list");
plugin.config = config.module_config(`${__dirname}/node_modules/haraka-plugin-dns-list`, __dirname);
plugin.load_config();
console.log("files:", ...plugin.config.get("dnsbl.zones", "list"), ...plugin.config.get("dnswl.zones", "list"));
for (const zone of plugin.zones) console.log(plugin.ipQuery("192.0.2.9", zone), plugin.getListType(zone));
process.exit();
END
seen=$(cd "$dir" && node try.js 2>"$dir/log" | grep -e '^files' -e '^9') || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 2 | xargs)" = "files: old.example older.example friends.example 9.2.0.192.new.example. block" ] ||
    untried "the settings aren't read"
[ "$(echo "$seen" | tail -n +3 | xargs)" = "9.2.0.192.0. allow 9.2.0.192.1. block" ] ||
    { echo "changed: $(echo "$seen" | tail -n +3 | xargs)"; exit 1; }
echo "none of the lists in the files is asked"
