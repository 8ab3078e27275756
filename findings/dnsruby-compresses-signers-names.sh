#!/bin/sh
# ruby-dnsruby 1.61.5-3 (Debian 12, Dnsruby), Ruby's library of DNS and DNSSEC: a signed NXDOMAIN that is read and written again, as by a
#   proxy, a server or a test in Ruby.
# Expected: the same octets: 'A sender MUST NOT use DNS name compression on the Signer's Name field' of RRSIG (RFC 4034, 3.1.7), and so for
#   NSEC's next name (4.1.1). Dnsruby writes the names in KX and NAPTR whole.
# Seen: both end in pointers into the message, 21 octets less: names are written whole where the canonical form is asked for, as to verify a
#   signature, and RRSIG and NSEC don't ask for it otherwise, as KX does.
#   dnspython 2.9.2 (PyPI), which keeps to the rule, refuses the whole message (DecompressionForbidden).
# Costs: a validated denial turns into a message that can't be read, with all the records in it that have no such name; readers that keep
#   RDATA as octets (RFC 3597, 4, is why it is forbidden) store pointers into a message that is gone.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v ruby >/dev/null || untried "needs Debian's ruby"
for package in ruby-dnsruby=1.61.5-3 ruby-simpleidn=0.1.1-2 ruby-unf=0.1.4-2.1 ruby-unf-ext=0.0.7.7-1+b4; do
    (cd "$dir" && mkdir "${package%%=*}" && cd "${package%%=*}" && apt-get -q download "$package" && dpkg -x ./*.deb ..) >"$dir/log" 2>&1 ||
        untried "Debian's ${package%%=*} can't be had: $(tail -n 1 "$dir/log")"
done
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnspython==2.9.2 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/write.py" <<'END'
import dns.message, dns.rcode, dns.rrset

message = dns.message.make_response(dns.message.make_query("gone.example", "A"))
message.set_rcode(dns.rcode.NXDOMAIN)
for text in ("SOA ns.example. admin.example. 1 7200 900 1209600 300",
             "RRSIG SOA 8 1 300 20391231235959 20231114221320 12345 example. AQIDBAUGBwg=",
             "NSEC www.example. NS SOA RRSIG NSEC",
             "RRSIG NSEC 8 1 300 20391231235959 20231114221320 12345 example. AQIDBAUGBwg="):
    message.authority.append(dns.rrset.from_text("example.", 300, "IN", *text.split(" ", 1)))
print(message.to_wire().hex())
END
cat >"$dir/again.rb" <<'END'
require "dnsruby"
puts Dnsruby::Message.decode([ARGV[0]].pack("H*")).encode.unpack1("H*")
END
cat >"$dir/read.py" <<'END'
import sys
import dns.message

try:
    records = dns.message.from_wire(bytes.fromhex(sys.argv[1])).authority
    print(*(f"{record.rdtype.name}" for record in records))
except Exception as problem:
    print(type(problem).__name__)
END
written=$("$dir/venv/bin/python" "$dir/write.py")
gems="$dir/usr/share/rubygems-integration/all/gems/simpleidn-0.1.1/lib"
again=$(ruby -I "$dir/usr/lib/ruby/vendor_ruby" -I "$gems" -I "$dir/usr/lib/$(uname -m)-linux-gnu/ruby/vendor_ruby/3.1.0" "$dir/again.rb" \
    "$written" 2>"$dir/log") || untried "Dnsruby can't be run: $(tail -n 1 "$dir/log")"
before=$("$dir/venv/bin/python" "$dir/read.py" "$written"); after=$("$dir/venv/bin/python" "$dir/read.py" "$again")
echo "as it came: $((${#written} / 2)) octets, $before"
echo "by Dnsruby: $((${#again} / 2)) octets, $after"
[ "$before" = "SOA RRSIG NSEC RRSIG" ] || untried "the message isn't read: $before"
[ "$after" = DecompressionForbidden ] || { echo "changed: $after"; exit 1; }
echo "a signed denial that went through Dnsruby can't be read"
