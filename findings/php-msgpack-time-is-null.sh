#!/bin/sh
# php-msgpack 1:2.2.0~rc2-3 (Debian 12, PHP 8.2): records with MessagePack's own type of times, and with a large counter.
# Expected: a time, an object for it, or an error: the timestamp is a type of the specification (extension -1), which
#   Python's msgpack, Go and Rust write. An unsigned integer over 2^63 is a float, as PHP makes of such an integer elsewhere.
# Seen: msgpack_unpack gives NULL for the time, without a warning; msgpack_pack writes nil in its place. The integer becomes a
#   string of digits, and is written again as a string.
# Costs: a consumer in PHP sees records without times, which it takes for 'not known', and a relay in PHP erases them for
#   everybody behind it; serials and counters change their type by their size.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v php >/dev/null && php -r 'exit(extension_loaded("msgpack") ? 0 : 1);' || untried "needs Debian's php-cli and php-msgpack"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install msgpack==1.2.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

octets=$("$dir/venv/bin/python" -c '
import msgpack
print(msgpack.packb([msgpack.Timestamp(1764350639, 123456789), msgpack.Timestamp(1764350639), 2**63 - 1, 2**64 - 1]).hex())')
echo "written by Python: $octets"
seen=$(php -r '
    $read = msgpack_unpack(hex2bin($argv[1]));
    echo json_encode($read), " ", bin2hex(msgpack_pack($read));' "$octets" 2>&1) || untried "not read: $seen"
echo "read and written again by PHP: $seen"
[ "$seen" = '[null,null,9223372036854775807,"18446744073709551615"] 94c0c0cf7fffffffffffffffb43138343436373434303733373039353531363135' ] ||
    { echo "changed: $seen"; exit 1; }
echo "a time is NULL, and stays so"
