#!/bin/sh
# misp-stix 2026.10.12 (PyPI, with pymisp 2.5.34.4 and stix2 3.0.2), MISP's converter from and to STIX: an indicator of other people's for a
#   family of names, [domain-name:value LIKE 'cdn_.example'], and the like for URLs.
# Expected: the pattern is kept as it is, in an object 'stix2-pattern', as is done with MATCHES and ISSUBSET. With LIKE '_' stands for any one
#   character and '%' for any number of them (STIX 2.1, 9.6.1), so cdn1.example, cdn2.example and so on are meant.
# Seen: an attribute 'domain' with the value cdn_.example, as one that is blocked and looked for; written as STIX again it is
#   [domain-name:value = 'cdn_.example'], and the URL the same with its '%'. Its list of the comparisons whose value is taken as it stands
#   has '=', IN and LIKE; the list of those for which the pattern is kept has MATCHES and ISSUBSET. No error and no warning is given.
# Costs: none of the names that are meant is found, in DNS logs or by a blocklist made of the attributes, and one that nobody has meant is;
#   cdn_.example is a name that may exist. Who gets the indicator from there can't tell that it was a pattern.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install misp-stix==2026.10.12 pymisp==2.5.34.4 stix2==3.0.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
"""For each pattern, a line: the pattern, what it is in MISP, and its pattern in STIX again."""
import stix2
from misp_stix_converter import ExternalSTIX2toMISPParser, MISPtoSTIX21Parser

for pattern in ("[domain-name:value = 'cdn1.example']", "[domain-name:value MATCHES '^cdn.[.]example$']", "[domain-name:value LIKE 'cdn_.example']",
                "[url:value LIKE 'http://cdn1.example/%']"):
    indicator = stix2.v21.Indicator(pattern=pattern, pattern_type="stix", valid_from="2026-11-30T12:00:00Z")
    reader = ExternalSTIX2toMISPParser()
    reader.load_stix_bundle(stix2.Bundle(indicator))
    reader.parse_stix_bundle()
    event = reader.misp_event
    found = [f"{one.type} {one.value}" for one in event.attributes] + [f"object {one.name}" for one in event.objects]
    writer = MISPtoSTIX21Parser()
    writer.parse_misp_event(event)
    again = [one.pattern for one in writer.stix_objects if hasattr(one, "pattern")]
    print(pattern, "-", *found, "-", *again, *reader.errors.values(), *reader.warnings.values())
END
seen=$("$dir/venv/bin/python" "$dir/try.py" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
*"- domain cdn1.example - [domain-name:value = 'cdn1.example']"*"- object stix2-pattern - [domain-name:value MATCHES '^cdn.[.]example"*) ;;
*) untried "a name or MATCHES isn't read" ;;
esac
case "$seen" in
*"- domain cdn_.example - [domain-name:value = 'cdn_.example']
"*"- url http://cdn1.example/% - [url:value = 'http://cdn1.example/%']") ;;
*) echo "changed: LIKE is something else"; exit 1 ;;
esac
echo "a pattern for many names is one name"
