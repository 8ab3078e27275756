#!/bin/sh
# misp-stix 2026.10.12 (PyPI, with pymisp 2.5.34.4 and stix2 3.0.2), MISP's converter from and to STIX: an indicator of other people's, that is a
#   bad domain OR a bad address, as reports list what belongs to one malware.
# Expected: two attributes, a domain and an address; or the pattern kept as it is, in an object 'stix2-pattern', as is done with a domain OR a
#   URL, and with FOLLOWEDBY. Of two that are joined by OR, one that is true is enough (STIX 2.1, 9.5 and 9.6).
# Seen: one object 'domain-ip', 'A domain/hostname and IP address seen as a tuple': of two domains OR two addresses, that each of the domains
#   has both addresses. Written as STIX again it is a domain-name whose resolves_to_refs has the addresses, and an indicator with AND. Of a
#   compiled pattern it keeps what is compared, by types, and not the operators between them; its list of words that make a pattern too
#   complex for this has FOLLOWEDBY, NOT and others, and not OR. No error and no warning is given.
# Costs: a resolution that nobody ever saw, in a database of passive DNS or beside real ones, with the indicator's time as its first; and the
#   indicator that is passed on asks for all at once, so that neither the domain nor the address is found any more.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install misp-stix==2026.10.12 pymisp==2.5.34.4 stix2==3.0.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
"""For each pattern: what it is in MISP, and what that is in STIX."""
import stix2
from misp_stix_converter import ExternalSTIX2toMISPParser, MISPtoSTIX21Parser

DOMAIN, ADDRESS, URL = "domain-name:value = 'a.example'", "ipv4-addr:value = '192.0.2.1'", "url:value = 'http://b.example/'"
MORE = "domain-name:value = 'b.example' OR ipv4-addr:value = '198.51.100.7'"
for pattern in (f"[{DOMAIN}]", f"[{DOMAIN} OR {URL}]", f"[{DOMAIN} OR {ADDRESS}]", f"[{DOMAIN}] OR [{ADDRESS}]", f"[{DOMAIN} OR {ADDRESS} OR {MORE}]"):
    indicator = stix2.v21.Indicator(pattern=pattern, pattern_type="stix", valid_from="2026-11-30T12:00:00Z")
    reader = ExternalSTIX2toMISPParser()
    reader.load_stix_bundle(stix2.Bundle(indicator))
    reader.parse_stix_bundle()
    event = reader.misp_event
    print(pattern)
    found = [f"{one.type} {one.value}" for one in event.attributes]
    found += [f"{one.name} " + " ".join(str(part.value) for part in one.attributes if part.type != "text") for one in event.objects]
    print("  in MISP:", "; ".join(found))
    writer = MISPtoSTIX21Parser()
    writer.parse_misp_event(event)
    values = {one.id: one.value for one in writer.stix_objects if hasattr(one, "value")}
    for one in writer.stix_objects:
        if hasattr(one, "pattern"):
            print("  in STIX:", one.pattern)
        if getattr(one, "resolves_to_refs", None):
            print(f"  in STIX: {one.value} resolves to", " ".join(values[other] for other in one.resolves_to_refs))
END
"$dir/venv/bin/python" "$dir/try.py" >"$dir/seen" 2>"$dir/log" || untried "it can't be run: $(tail -n 1 "$dir/log")"
cat "$dir/seen"
[ ! -s "$dir/log" ] || { echo "changed: it warns: $(tail -n 1 "$dir/log")"; exit 1; }
grep -q '^  in MISP: domain a.example$' "$dir/seen" || untried "a single domain isn't read"
grep -q "^  in MISP: stix2-pattern .*OR url:value" "$dir/seen" || untried "a domain OR a URL isn't kept"
[ "$(grep -c '^  in MISP: domain-ip a.example 192.0.2.1$' "$dir/seen")" = 2 ] &&
    [ "$(grep -c 'in STIX: [ab].example resolves to 192.0.2.1 198.51.100.7$' "$dir/seen")" = 2 ] ||
    { echo "changed: a domain or an address is no resolution"; exit 1; }
echo "of a domain or an address it makes that the one has the other"
