#!/bin/sh
# stix2 3.0.2 (PyPI), OASIS's library of STIX: a domain name that was seen at a time in nanoseconds, as sensors have it.
# Expected: a time: OASIS's JSON schema of STIX 2.1 has any number of digits behind the seconds, '(\\.[0-9]+)?Z$'. stix2-validator
#   3.3.2 (PyPI), of OASIS too, finds nothing wrong.
# Seen: 'must be a datetime object, date object, or timestamp string in a recognizable format', from the seventh digit on, and the
#   whole bundle is refused by it.
# Costs: who reads feeds with it loses bundles whose maker has a finer clock, as Go and Java write it, and is told that the maker
#   is wrong.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install stix2==3.0.2 stix2-validator==3.3.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import stix2
from stix2validator import validate_instance

name = {"type": "domain-name", "spec_version": "2.1", "value": "a.example", "id": "domain-name--8a62552d-25db-5d21-b12d-26cf799b102a"}

def bundle(digits):
    seen = {"type": "observed-data", "spec_version": "2.1", "number_observed": 1, "object_refs": [name["id"]]}
    seen |= {"id": "observed-data--11111111-1111-4111-8111-111111111111", "first_observed": f"2026-01-01T00:00:00.{digits}Z"}
    seen |= dict.fromkeys(("created", "modified"), "2026-01-01T00:00:00.000Z") | {"last_observed": "2026-01-01T00:00:01Z"}
    return {"type": "bundle", "id": "bundle--11111111-1111-4111-8111-111111111111", "objects": [name, seen]}

def read(digits):
    try:
        return len(stix2.parse(bundle(digits)).objects)
    except stix2.exceptions.InvalidValueError as error:
        return str(error)

valid = [validate_instance(bundle(digits)).is_valid for digits in ("123456", "123456789")]
seen = [read(digits) for digits in ("123456", "1234567", "123456789")]
print(f"valid, with six and with nine digits: {valid}")
print(*(f"stix2, with {digits}: {one}" for digits, one in zip((6, 7, 9), seen)), sep="\n")
if valid != [True, True]:
    sys.exit(print("not tried: the bundles are not valid") or 2)
if seen[0] != 2 or not all("recognizable format" in str(one) for one in seen[1:]):
    sys.exit(print(f"changed: {seen}") or 1)
print("nanoseconds are no time")
END
"$dir/venv/bin/python" "$dir/try.py"
