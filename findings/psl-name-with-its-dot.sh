#!/bin/sh
# psl 0.21.2-1 (Debian 12), the command of libpsl: the registrable domain of a name.
# Expected: a fully qualified name, with its last dot, has the same registrable domain as without:
#   www.example.co.uk. gives example.co.uk.
# Seen: it gives co.uk. with the dot, and Co.UK for a name in capitals: the public suffix itself.
# Costs: DNS data have the dot, and resolvers mix the case. Who counts by domain so counts all of co.uk as one.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dpkg-query -W psl 2>/dev/null || untried "needs Debian's package psl"

domain() { psl --print-reg-domain "$1" | sed 's/^[^ ]*: //'; }
plain=$(domain www.example.co.uk)
dotted=$(domain www.example.co.uk.)
capitals=$(domain WWW.Example.Co.UK)
echo "www.example.co.uk: $plain; www.example.co.uk.: $dotted; WWW.Example.Co.UK: $capitals"
[ "$plain" = example.co.uk ] || untried "no answer for the plain name"
[ "$dotted $capitals" = "co.uk. Co.UK" ] || { echo "changed: psl says $dotted and $capitals"; exit 1; }
echo "psl gives co.uk. as the registrable domain of www.example.co.uk."
