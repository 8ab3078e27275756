#!/bin/sh
# woohoo-pdns 2019.1.3 (PyPI), a passive DNS database, with SQLAlchemy 1.4.54: what 'pdns load' takes of dnstap by its DNSTapFileImporter,
#   which reads the YAML of dnstap-read (bind9-dnsutils 1:9.18.49-1~deb12u3, Debian 12).
# Expected: each record of each answer, so an MX, and two addresses beside it and after it; an answer without records, as NXDOMAIN, has
#   none to take, and is passed over.
# Seen: a message that has a record whose data has a blank, as all MX, SOA and SRV have, is left out with all its records and without
#   a word: each line must be of five words. An answer without records is an error, as its list is looked for and isn't there, and
#   one more in a row than a hundredth of the batch (101 of 10000) ends the load: nothing at all is in the database,
#   neither what comes after them nor what was read before.
# Costs: the database knows no mail servers and no services, and no address that came along with one; and a client that asks for a hundred
#   missing names one after the other, as many do all day, keeps everybody's records of that file out of it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
for package in bind9-dnsutils=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 libfstrm0=0.6.1-1 libprotobuf-c1=1.4.1-1+b1; do
    (cd "$dir" && mkdir "${package%%=*}" && cd "${package%%=*}" && apt-get -q download "$package" && dpkg -x ./*.deb ..) >"$dir/log" 2>&1 ||
        untried "Debian's ${package%%=*} can't be had: $(tail -n 1 "$dir/log")"
done
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install --no-deps woohoo-pdns==2019.1.3 sqlalchemy==1.4.54 greenlet==3.2.4 \
    PyYAML==6.0.3 python-dateutil==2.9.0.post0 six==1.17.0 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/write.py" <<'END'
"""The dnstap file of an address, an MX, an MX with an address, so many missing names, and an address."""
import struct, sys

def field(number, value):
    if isinstance(value, int):
        out = bytes([number << 3])
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])
    return bytes([number << 3 | 2]) + field(0, len(value))[1:] + value

def control(kind, content=b""):
    body = struct.pack(">I", kind) + (struct.pack(">II", 1, len(content)) + content if content else b"")
    return struct.pack(">II", 0, len(body)) + body

def frame(label, kind, status, *records):
    message = struct.pack(">6H", 7, 0x8180 | status, 1, len(records), 0, 0)
    message += bytes([len(label)]) + label + b"\7example\0" + struct.pack(">HH", kind, 1)
    message += b"".join(b"\xc0\x0c" + struct.pack(">HHIH", of, 1, 300, len(data)) + data for of, data in records)
    seen = field(1, 4) + field(2, 1) + field(3, 1)  # RESOLVER_RESPONSE, INET, UDP
    seen += field(4, bytes([192, 0, 2, 1])) + field(5, bytes([192, 0, 2, 53])) + field(6, 4000) + field(7, 53)
    seen += field(12, 1_700_000_000) + bytes([13 << 3 | 5]) + struct.pack("<I", 0) + field(14, message)
    dnstap = field(14, seen) + field(15, 1)
    return struct.pack(">I", len(dnstap)) + dnstap

ADDRESS, MAIL = (1, bytes([192, 0, 2, 1])), (15, b"\0\x0a\4mail\7example\0")
with open(sys.argv[1], "wb") as file:
    file.write(control(2, b"protobuf:dnstap.Dnstap") + frame(b"first", 1, 0, ADDRESS) + frame(b"mail", 15, 0, MAIL))
    file.write(frame(b"both", 255, 0, ADDRESS, MAIL) + frame(b"gone", 1, 3) * int(sys.argv[2]))
    file.write(frame(b"last", 1, 0, ADDRESS) + control(3))
END
printf '[DB]\nconn_str = sqlite:///%s/pdns.db\n[LOAD]\nloader_class = woohoo_pdns.load.DNSTapFileImporter\n' "$dir" >"$dir/conf"

# what is in the database after a load of a file with so many missing names
load() {
    rm -f "$dir/pdns.db"
    python3 "$dir/write.py" "$dir/file.tap" "$1"
    LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu" "$dir/usr/bin/dnstap-read" -y "$dir/file.tap" >"$dir/file.yaml" 2>"$dir/log" ||
        untried "dnstap-read can't be run: $(tail -n 1 "$dir/log")"
    [ "$(grep -c '^ *- .*IN \(A 192\|MX 10\)' "$dir/file.yaml")" = 5 ] || untried "dnstap-read writes other records"
    status=0
    "$dir/venv/bin/pdns" -f "$dir/conf" load --no-rename "$dir/file.yaml" >"$dir/log" 2>&1 || status=$?
    names=$("$dir/venv/bin/pdns" -f "$dir/conf" query '*' 2>/dev/null | sed -n 's/.*"rrname": "\(.*\)\.example".*/\1/p' | sort | xargs)
    echo "$1 missing names, status $status: ${names:-nothing}"
}

few=$(load 100) || { echo "$few"; exit 2; }
many=$(load 101) || { echo "$many"; exit 2; }
printf '%s\n' "$few" "$many"
case $few in *" first last"* | *" both "*) ;; *) untried "nothing can be loaded: $few" ;; esac
[ "$few; $many" = "100 missing names, status 0: first last; 101 missing names, status 1: nothing" ] || { echo "changed: $few; $many"; exit 1; }
echo "no MX is taken, no address beside one, and nothing of a file with 101 missing names in a row"
