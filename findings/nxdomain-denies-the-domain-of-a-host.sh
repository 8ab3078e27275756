#!/bin/sh
# nxdomain 1.0.2 (PyPI), which makes a resolver's configuration of domain block lists: a list in the form of a hosts file that has hosts with
#   an underscore, two hyphens together, or capitals in their names.
# Expected: the names of the list are denied, and no others; or such names are left out. An underscore is a part of a name (RFC 2181, 11),
#   hyphens are so anywhere within, as CDNs have them (r3---sn-...), and case doesn't matter (RFC 4343, 3).
# Seen: what its pattern finds in the line is denied: it knows letters that are small, digits and single hyphens, and is looked for rather
#   than matched. Of my_tracker.example.org that is example.org, and dnsmasq denies all below a name; of r3---sn-abc.video.example it is
#   sn-abc.video.example; Metrics.Example.NET is not there. 'block list has 3 domains' is all that is said.
# Costs: one tracker's host in a list of a hundred thousand, and a whole domain is gone for everybody, mail and all, with a name in the logs
#   that no list has; and what the list has isn't denied.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install nxdomain==1.0.2 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/hosts" <<'END'
# a block list
0.0.0.0 ads.example.com
0.0.0.0 my_tracker.example.org
0.0.0.0 r3---sn-abc.video.example
0.0.0.0 Metrics.Example.NET
END
for format in dnsmasq bind; do
    "$dir/venv/bin/nxdomain" --format $format --out "$dir/$format" --hosts "$dir/hosts" 2>"$dir/log" ||
        untried "can't be run: $(tail -n 1 "$dir/log")"
done
denied=$(sed 's|^address=/||; s|/#$||' "$dir/dnsmasq" | sort | xargs)
zone=$(awk '$4 == "CNAME" {print $1}' "$dir/bind" | sort | xargs)
echo "listed: $(awk '/^0/ {print $2}' "$dir/hosts" | xargs)"
echo "denied by dnsmasq: $denied"
echo "denied by BIND's policy zone: $zone"
tail -n 1 "$dir/log"
case "$denied" in
    *ads.example.com*) ;;
    *) untried "nothing is denied";;
esac
[ "$denied/$zone" = "ads.example.com example.org sn-abc.video.example/ads.example.com example.org sn-abc.video.example" ] ||
    { echo "changed: other names are denied"; exit 1; }
echo "a host with an underscore, and its whole domain is denied"
