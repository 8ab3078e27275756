#!/bin/sh
# ruby-net-dns 0.9.1-2 (Debian 12, the gem net-dns), 'Pure Ruby DNS library': TXT records that are read, shown and written.
# Expected: the record "v=spf1 -all", one string, is written as one string, as which it was read, or as which RR.new was given it: 'One or
#   more <character-string>s' (RFC 1035, 3.3.14). It is shown as to_s promises, 'a String representation of this record', with its data, as
#   A and MX are; and txt is the text. Ruby's own Resolv has it so.
# Seen: two strings, "v=spf1" and "-all": a text is cut into strings at its blanks, which are gone. In to_s the data is missing, for SRV
#   too (upstream's issue 22, open). txt has a blank behind each string, at the end as well, and so between the two halves of a long one.
# Costs: strings of a record are read 'without adding spaces' (RFC 7208, 3.3), so the domain's policy is v=spf1-all, which is none, and a
#   server, proxy or test in Ruby that passes the answer on publishes that; a key of DKIM has a blank in the middle; a token
#   that one looks for is never equal; and a log made of to_s has the records without what they say.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v ruby >/dev/null || untried "needs Debian's ruby"
(cd "$dir" && apt-get -q download ruby-net-dns=0.9.1-2 && dpkg -x ruby-net-dns*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's ruby-net-dns can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/try.rb" <<'END'
# a TXT and an SRV answer, as texts and as they are written again, for a reader of its own
require "net/dns"
require "resolv"

NAME = "\7example\3com\0".b

def answer(type, data)
  [7, 0x8180, 1, 1, 0, 0].pack("n6") + NAME + [type, 1].pack("n2") + "\xC0\x0C".b + [type, 1, 60, data.bytesize].pack("nnNn") + data.b
end

def strings(message) # of the TXT record, by Ruby's own library
  [].tap { |all| Resolv::DNS::Message.decode(message).each_answer { |_, _, record| all.concat(record.strings) } }
end

text = answer(16, "\x0Bv=spf1 -all")
long = answer(16, "\x06v=spf1\x05 -all")
srv = answer(33, [10, 5, 5222].pack("n3") + "\4chat".b + NAME)
record = Net::DNS::Packet.parse(text).answer.first
made = Net::DNS::RR.new("example.com. 60 IN TXT v=spf1 include:mail.example -all")
packet = Net::DNS::Packet.new("example.com", Net::DNS::TXT)
packet.answer = [made]
puts "sent: #{strings(text)}"
puts "txt: #{[record.txt, Net::DNS::Packet.parse(long).answer.first.txt]}"
puts "to_s: #{[record.to_s.rstrip.split.last, Net::DNS::Packet.parse(srv).answer.first.to_s.rstrip.split.last]}"
puts "written: #{strings(Net::DNS::Packet.parse(text).data)} #{strings(packet.data)}"
END
seen=$(ruby -I "$dir/usr/lib/ruby/vendor_ruby" "$dir/try.rb" 2>"$dir/log") || untried "it can't be run: $(head -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 1)" = 'sent: ["v=spf1 -all"]' ] || untried "the answer to be read is another"
[ "$(echo "$seen" | tail -n 3)" = 'txt: ["v=spf1 -all ", "v=spf1  -all "]
to_s: ["TXT", "SRV"]
written: ["v=spf1", "-all"] ["v=spf1", "include:mail.example", "-all"]' ] || { echo "changed: the texts are others"; exit 1; }
echo "a text is written as a string for each of its words, and shown as none"
