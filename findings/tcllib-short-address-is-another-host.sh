#!/bin/sh
# tcllib 1.21+dfsg-1 (Debian 12), Tcl's standard library: its package ip 1.4, whose contract gives the short form of an address, for addresses of
#   IPv4 that end with the digit 0.
# Expected: the same address, 'in a more compact form suitable for displaying to users' (ip(3tcl)), which ip::normalize of the same package makes
#   the long one of again, as it does for IPv6; or the address as it is, as there is no shorter form of 192.0.2.10.
# Seen: 192.0.2.10 and 192.0.2.100 are 192.0.2.1, 10.20.30.40 is 10.20.30.4, and the network 10.0.0.0 is '1', which is read as 1.0.0.0: with the
#   parts '.0' at the end, which it means to take off, all zeros and dots go there, those of a number as well, since the end is trimmed of
#   characters and not of the text '.0'. IPv6 addresses are right.
# Costs: one address in ten is another host's: hosts .1, .10 and .100 of a network are counted as one, lists that are made shorter block the
#   gateway instead of a client, and each result looks like an address. There is no error, and the first nine hosts are right.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v tclsh >/dev/null || untried "needs Debian's tcl"
(cd "$dir" && apt-get -q download tcllib=1.21+dfsg-1 && dpkg -x tcllib*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's tcllib can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/look.tcl" <<'END'
lappend auto_path [file join [file dirname [info script]] usr share tcltk tcllib1.21]
package require ip
foreach address {2001:db8:0:0:0:0:0:10 192.0.2.1 192.0.2.9 192.0.2.10 192.0.2.100 10.20.30.40 10.0.0.0} {
    set short [ip::contract $address]
    puts "$address is $short, so [ip::normalize $short]"
}
END
seen=$(tclsh "$dir/look.tcl" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "2001:db8:0:0:0:0:0:10 is 2001:db8::10, so 2001:0db8:0000:0000:0000:0000:0000:0010
192.0.2.1 is 192.0.2.1, so 192.0.2.1
"*) ;;
*) untried "other addresses aren't right either: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"
192.0.2.10 is 192.0.2.1, so 192.0.2.1
192.0.2.100 is 192.0.2.1, so 192.0.2.1
10.20.30.40 is 10.20.30.4, so 10.20.30.4
10.0.0.0 is 1, so 1.0.0.0") ;;
*) echo "changed: the short forms are others"; exit 1;; esac
echo "the short form of an address is another host's"
