#!/bin/sh
# lnav 0.11.1-3 (Debian 12), which reads logs and lets one ask for them in SQL; it knows Zeek's (Bro's) by their heads: dns.log and its flags.
# Expected: bro_rejected is 1 for the question that Zeek has as rejected, T, and 0 for the others, F; so with AA, TC, RD and RA. The head of
#   the log says '#types ... bool', and the table has a column of numbers for each, as with other logs' true and false.
# Seen: 0 in all of them, whatever the log has. The text of a flag is 1 where it is 'true' or 'yes' (or the beginning of one), else 0;
#   Zeek writes T and F. The line itself is shown with its T.
# Costs: 'WHERE bro_rejected' finds nothing, 'WHERE NOT bro_AA' everything, and truncated answers are none; each is a number that one
#   believes, beside statuses and counts that are right.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download lnav=0.11.1-3 && dpkg -x lnav_*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's lnav can't be had: $(tail -n 1 "$dir/log")"
python3 - >"$dir/dns.log" <<'END'
fields = {"ts": "time", "uid": "string", "id.orig_h": "addr", "id.orig_p": "port", "id.resp_h": "addr", "id.resp_p": "port", "proto": "enum",
          "trans_id": "count", "rtt": "interval", "query": "string", "qclass": "count", "qclass_name": "string", "qtype": "count",
          "qtype_name": "string", "rcode": "count", "rcode_name": "string", "AA": "bool", "TC": "bool", "RD": "bool", "RA": "bool", "Z": "count",
          "answers": "vector[string]", "TTLs": "vector[interval]", "rejected": "bool"}
print("#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tdns", sep="\n")
print("#fields", *fields, sep="\t")
print("#types", *fields.values(), sep="\t")
for number, (name, code, status, flags, rejected) in enumerate((
        ("www.example", 0, "NOERROR", "TFTF", "F"), ("long.example", 0, "NOERROR", "FTTT", "F"), ("other.example", 5, "REFUSED", "FFFF", "T"))):
    print(f"1796000000.{number}00000", f"C{number}", "192.0.2.1", 4000 + number, "192.0.2.53", 53, "udp", number, "0.010000", name, 1, "C_INTERNET", 1, "A",
          code, status, *flags, 0, "-", "-", rejected, sep="\t")
END
cat >"$dir/ask" <<'END'
;SELECT bro_query, bro_rcode, bro_AA, bro_TC, bro_RD, bro_RA, bro_rejected FROM bro_dns_log
:write-csv-to -
;SELECT count(*) AS rejected FROM bro_dns_log WHERE bro_rejected
:write-csv-to -
END
seen=$(HOME=$dir TERM=dumb "$dir/usr/bin/lnav" -n -f "$dir/ask" "$dir/dns.log" 2>"$dir/log") || untried "lnav can't be run: $(tail -n 1 "$dir/log")"
echo "the log's flags AA, TC, RD, RA and rejected: $(awk -F '\t' '!/^#/ {print $10, $17, $18, $19, $20, $24 ";"}' "$dir/dns.log" | xargs)"
echo "$seen"
case "$(echo "$seen" | tr '\n' ' ')" in
*"www.example,0,0,0,0,0,0 long.example,0,0,0,0,0,0 other.example,5,0,0,0,0,0 rejected 0"*) ;;
*"other.example,5,"*) echo "changed: a flag is true"; exit 1 ;;
*) untried "lnav doesn't know the log: $(tail -n 1 "$dir/log")" ;;
esac
echo "flags that are T in Zeek's log are 0"
