#!/bin/sh
# php8.2-intl 8.2.36-1~deb12u1 with libicu72 72.1 (Debian 12): idn_to_ascii on names as they are in the DNS.
# Expected: a name that is ASCII already comes back as it is: ToASCII is for the others. It does so for _dmarc.example.com,
#   *.example.com and 0/25.2.0.192.in-addr.arpa, which are no host names; Node.js 20's domainToASCII does it for the hyphens, and
#   Perl's Net::IDN::Encode for all names below.
# Seen: false for a label with hyphens in its third and fourth place, as the hosts of a big video service have (r3---sn-...), and
#   for one that ends with a hyphen. There is no flag for it (CheckHyphens of UTS #46), and the manual doesn't tell.
# Costs: false becomes "" where PHP joins texts: names of a stream become empty, are dropped as invalid, or all meet in one
#   key. Each video that is played there asks for such names.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v php >/dev/null && php -r 'exit(extension_loaded("intl") ? 0 : 1);' || untried "needs Debian's php-cli and php-intl"
cat >"$dir/try.php" <<'END'
<?php
foreach (["www.example.com", "_dmarc.example.com", "*.example.com", "0/25.2.0.192.in-addr.arpa", "r3---sn-abc.example.com", "a-.example.com"] as $name)
    echo $name, " ", json_encode(idn_to_ascii($name), JSON_UNESCAPED_SLASHES), "\n";
END
php "$dir/try.php" >"$dir/seen" || untried "php fails"
cat "$dir/seen"
command -v node >/dev/null && echo "Node.js: $(node -p 'require("url").domainToASCII("r3---sn-abc.example.com")')"
[ "$(cut -d' ' -f2 "$dir/seen" | tr '\n' ' ')" = '"www.example.com" "_dmarc.example.com" "*.example.com" "0/25.2.0.192.in-addr.arpa" false false ' ] ||
    { echo "changed: other names are taken"; exit 1; }
echo "names with hyphens are no names"
