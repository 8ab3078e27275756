#!/bin/sh
# rocksdict 0.3.29 (PyPI): a database opened to be followed (AccessType.secondary) in a folder that its reader may not write to.
# Expected: it opens. RocksDB's secondary instance has a folder of its own for what it writes, and only reads the other.
# Seen: it fails, since rocksdict writes rocksdict-config.json into the database's folder, anew at each opening, as a reader too.
# Costs: passive DNS can't be served from a volume that is mounted read-only, nor by a user who may read the store and not
#   change it; and a reader changes what a backup of the folder has.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || untried "needs python3-venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check rocksdict==0.3.29 || untried "rocksdict can't be had"
seen=$("$dir/venv/bin/python" - "$dir" <<'END'
import os, sys
from rocksdict import AccessType, Options, Rdict

folder = sys.argv[1] + "/database"
rows = Rdict(folder, Options(raw_mode=True))
rows[b"key"] = b"value"
rows.close()
config = folder + "/rocksdict-config.json"
os.utime(config, (1, 1))
reader = Rdict(folder, Options(raw_mode=True), access_type=AccessType.secondary(sys.argv[1] + "/its-own"))
print(reader[b"key"].decode(), "unchanged" if os.stat(config).st_mtime == 1 else "written")
END
) || untried "rocksdict does not follow a database"
echo "read, and its configuration in the database's folder: $seen"
[ "$seen" = "value written" ] || { echo "changed: not 'value written'"; exit 1; }
echo "who only reads a database writes in its folder"
