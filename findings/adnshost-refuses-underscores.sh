#!/bin/sh
# adns-tools 1.6.0-2 (Debian 12): adnshost -t txt _dmarc.example.com.
# Expected: the question is asked: names that begin with an underscore are what TXT is asked for most (DMARC, DKIM,
#   ACME; RFC 8552), and adnshost asks SRV at such names.
# Seen: 'Domain name is syntactically invalid', status 5, and no question is sent, for TXT and A.
# Costs: checks of mail domains say that DMARC and DKIM records are wrong that are right, and logs have an error of
#   the name instead of an answer. The option -Qq is needed ('let query domains contain quote-requiring chars'), though an
#   underscore needs no quotes in a zone file.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dpkg-query -W adns-tools 2>/dev/null || untried "needs Debian's package adns-tools"

ask() { # adnshost's status for a type and a name; the server does not exist, so a question that is sent ends with 124
    timeout 2 adnshost --config 'nameserver 192.0.2.1' "$@" 2>&1 || echo "status $?"
}
txt=$(ask -t txt _dmarc.example.com)
srv=$(ask -t srv _ldap._tcp.example.com)
quoted=$(ask -Qq -t txt _dmarc.example.com)
echo "TXT _dmarc: $txt; with -Qq: $quoted; SRV _ldap._tcp: $srv" | tr '\n' ' '; echo
case "$srv" in *"status 5"*) untried "SRV is refused as well";; esac
case "$txt" in *"status 5"*) ;; *) echo "changed: $txt"; exit 1;; esac
echo "adnshost asks SRV at names with underscores, and refuses to ask TXT at them"
