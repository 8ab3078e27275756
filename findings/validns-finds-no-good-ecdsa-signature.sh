#!/bin/sh
# validns 0.8+git20160720-3.2 (Debian 12), a validator of zone files and their DNSSEC, for a zone that BIND 1:9.18.49-1~deb12u3 signed with
#   ECDSAP256SHA256, algorithm 13.
# Expected: no error, as dnssec-verify of the same BIND has none, and as validns has none of the zone with RSASHA256: algorithm 13 is
#   one that MUST be there for signing and validation (RFC 8624, 3.1). Its change log has 'Support ECC
#   algorithms in DS and DNSKEY'; for an algorithm that it doesn't know, as Ed25519, it has 'bad or unsupported algorithm'.
# Seen: 'cannot verify signature, reason unknown' for each signature of the zone, 'error building pkey', 'No KSK found' beside the key that is
#   one, and status 1; with algorithm 14 too. The keys' algorithm numbers are known, but keys are made for the RSA family only. The manual
#   doesn't say so.
# Costs: a check before publication refuses every zone that was moved from RSA to ECDSA, with the words of a zone that is bogus: the move is
#   undone, or the check left out, and then a truly bad signature isn't found among as many false ones.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
for program in dnssec-keygen dnssec-signzone dnssec-verify; do
    command -v $program >/dev/null || untried "needs Debian's bind9-utils"
done
(cd "$dir" && apt-get -q download validns=0.8+git20160720-3.2 libjudydebian1=1.0.5-5+b2 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
validns() { LD_LIBRARY_PATH="$dir/usr/lib/x86_64-linux-gnu" "$dir/usr/bin/validns" "$@"; }

cat >"$dir/zone" <<'END'
$ORIGIN example.com.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 3600 1209600 300
@ NS ns1
@ NS ns2
@ TXT "v=spf1 -all"
ns1 A 192.0.2.1
ns2 A 192.0.2.2
END
sign() { # ALGORITHM: the zone with keys of that algorithm, in zone.ALGORITHM
    mkdir "$dir/$1"
    (cd "$dir/$1" && dnssec-keygen -q -a "$1" -f KSK example.com && dnssec-keygen -q -a "$1" example.com &&
        dnssec-signzone -q -S -K . -o example.com -f "../zone.$1" ../zone) >"$dir/log" 2>&1 &&
        dnssec-verify -q -o example.com "$dir/zone.$1" >"$dir/log" 2>&1 || untried "BIND doesn't sign: $(tail -n 1 "$dir/log")"
}
seen() { # ALGORITHM: the status, and how many signatures are verified and not
    validns -s -p ksk-exists -z example.com "$dir/zone.$1" >"$dir/out" 2>&1 && status=0 || status=$?
    echo "status $status, $(sed -n 's/^signatures verified: *//p' "$dir/out") signatures verified," \
        "$(grep -c 'cannot verify signature, reason unknown' "$dir/out") not, $(grep -c 'No KSK found' "$dir/out") KSK missing"
}
for algorithm in RSASHA256 ECDSAP256SHA256; do
    sign $algorithm
    echo "$algorithm, which BIND finds good: $(seen $algorithm)"
done
case "$(seen RSASHA256)" in "status 0, "[1-9]*" signatures verified, 0 not, 0 KSK missing") ;;
*) untried "the zone with RSA isn't good either: $(head -n 1 "$dir/out")";; esac
case "$(seen ECDSAP256SHA256)" in "status 1, 0 signatures verified, "[1-9]*" not, 1 KSK missing") ;;
*) echo "changed: ECDSA is verified"; exit 1;; esac
echo "no signature of the usual algorithm is good"
