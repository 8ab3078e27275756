#!/bin/sh
# tai64 1.0.0 (npm), TAI64 for Node.js, and daemontools 1:0.76-8.1 (Debian 12), whose multilog and tai64n put such labels before each line of
#   the logs of dnscache, tinydns and much else.
# Expected: the label of a line, read by a library of TAI64, is the time at which the line was written, as tai64nlocal of daemontools shows it:
#   both name the same definition, which has one label for each second (cr.yp.to/libtai/tai64.html).
# Seen: toUnix() is 27 seconds earlier. tai64 takes off the 37 leap seconds that the definition has by now, and daemontools, where the clock
#   is not set to TAI, as nearly none is, adds 10 to what the clock says and never more; its manual says what it takes the clock for,
#   but not that this is 27 seconds away. tai64converter 0.0.1 (PyPI) takes off 10, and has the time. Labels that tai64 makes are
#   shown by tai64nlocal 27 seconds late.
# Costs: failures in dnscache's log come before the questions that a capture or dnstap has of them, so that joins by time find nothing, or
#   what was half a minute before; the offset was another for logs before 2017, 2015, 2012 and 2009.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
(cd "$dir" && apt-get -q download daemontools=1:0.76-8.1 && dpkg -x daemontools_*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's daemontools can't be had: $(tail -n 1 "$dir/log")"
npm install --silent --prefix "$dir" tai64@1.0.0 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install tai64converter==0.0.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/label.js" <<'END'
// the time of a label, and the label of a time
const { TAI64 } = require("tai64");
const [what, value] = process.argv.slice(2);
console.log(what === "read" ? TAI64.fromHexString(value).toUnix() : TAI64.fromUnix(Number(value)).toHexString());
END
local_time() { echo "@$1$2" | TZ=UTC "$dir/usr/bin/tai64nlocal" | cut -d . -f 1 | xargs -I{} date -u -d {} +%s; }
before=$(date +%s)
label=$(echo "a line" | "$dir/usr/bin/tai64n" | cut -c 2-25) || untried "tai64n can't be run"
seconds=$(echo "$label" | cut -c 1-16)
shown=$(local_time "$seconds" 00000000)
read=$(cd "$dir" && node label.js read "$seconds") || untried "tai64 can't be run"
back=$(local_time "$(cd "$dir" && node label.js make "$shown")" 00000000)
converted=$("$dir/venv/bin/python" -c "
from tai64converter.core import Tai64Converter
print(int(Tai64Converter(tai='@${seconds}00000000').decode().timestamp()))") || untried "tai64converter can't be run"
echo "clock $before, label $label: tai64nlocal $shown, tai64converter $converted, tai64 $read; tai64's own label: tai64nlocal $back"
[ $((shown - before)) -ge 0 ] && [ $((shown - before)) -le 2 ] || untried "tai64nlocal shows another time than the clock"
[ $((converted - shown)) -eq 0 ] || untried "tai64converter reads another time than tai64nlocal"
[ $((shown - read)) -eq 27 ] && [ $((back - shown)) -eq 27 ] || { echo "changed: tai64 is $((shown - read)) seconds early"; exit 1; }
echo "the line was written 27 seconds after the time that tai64 reads"
