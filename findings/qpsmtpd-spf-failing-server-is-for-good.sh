#!/bin/sh
# qpsmtpd 0.94-5 with libmail-spf-perl 2.9.0-5 (Debian 12), a mail server: its plugin sender_permitted_from, for a sender whose SPF policy can't be
#   looked up (SERVFAIL).
# Expected: from 'reject 2' on the mail is deferred ('2 defer on DNS failures', says the plugin's manual), also with 'reject 6' ('6 reject if no
#   SPF records, or a syntax error'): a temporary error 'means that the SPF verifier encountered a transient (generally DNS) error'
#   (RFC 7208, 2.6.6), and is 451 where it is an error at all (8.6).
# Seen: taken with 2 and 3, deferred with 4 and 5, and refused for good with 6 ('550 SPF - temperror'). The branch for permanent errors is
#   taken wherever the result has 'error' in it, as temperror has, and the one for temporary errors behind it is never reached. Of
#   Mail::SPF the result is right, and a 'fail' is deferred with 2 and refused with 3, as the manual has it.
# Costs: who refuses broken policies sends all mail of a domain back to its senders while that domain's servers, or the own resolver, fail for
#   a minute; and who asked that DNS failures wait gets the mail unchecked. The log has 'temperror' for both.
# The packages are unpacked in the folder, not installed. Needs root, for port 53 and a resolv.conf in namespaces of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download qpsmtpd=0.94-5 libmail-spf-perl=2.9.0-5 liberror-perl libnet-dns-perl libnetaddr-ip-perl liburi-perl \
    libmailtools-perl libtimedate-perl libsocket6-perl libio-socket-inet6-perl libdigest-hmac-perl libnet-ip-perl &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver: two policies, and a domain that fails."""
import socket, struct

POLICIES = {b"allowed": b"v=spf1 ip4:127.0.0.0/8 -all", b"denied": b"v=spf1 -all"}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    first = query[13:13 + query[12]].lower()
    text = POLICIES.get(first) if query[end - 3] == 16 else None
    records = b"\xc0\x0c" + struct.pack(">HHIHB", 16, 1, 60, len(text) + 1, len(text)) + text if text else b""
    code = 2 if first == b"failing" else 0 if text else 3
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, 1 if text else 0, 0, 0) + query[12:end] + records, client)
END
cat >"$dir/send.py" <<'END'
"""What the mail server says to a sender of each domain."""
import smtplib, sys, time

for domain in "allowed", "denied", "failing":
    for again in range(30):
        try:
            smtp = smtplib.SMTP("127.0.0.1", 2525, local_hostname="host.example", timeout=20)
            break
        except OSError:
            time.sleep(0.5)
    smtp.ehlo()
    print(f"reject {sys.argv[1]}, {domain}:", smtp.mail(f"somebody@{domain}.example")[0])
    smtp.close()
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: a mail server of each level
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.54' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" >"$dir/ready" & server=$!
trap 'kill $server $smtpd' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/ready" && break
    sleep 1
done
chmod 755 "$dir"
mkdir "$dir/config"
mkdir -m 700 "$dir/spool" && chown nobody "$dir/spool"
echo "$dir/usr/share/qpsmtpd/plugins" >"$dir/config/plugin_dirs"
echo "$dir/spool" >"$dir/config/spool_dir"
echo this.example >"$dir/config/me"
for level in 2 3 4 6; do
    echo "sender_permitted_from reject $level" >"$dir/config/plugins"
    QPSMTPD_CONFIG="$dir/config" /usr/bin/perl -T -I "$dir/usr/share/perl5" -I "$dir"/usr/lib/*/perl5/5.* "$dir/usr/bin/qpsmtpd-forkserver" \
        -l 127.0.0.1 -p 2525 -u nobody -H >"$dir/smtpd.log" 2>&1 & smtpd=$!
    python3 "$dir/send.py" $level || tail -n 1 "$dir/smtpd.log" >&2
    kill $smtpd
    wait $smtpd || true
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$(echo "$seen" | grep -v failing | tr '\n' ' ')" in
"reject 2, allowed: 250 reject 2, denied: 450 reject 3, allowed: 250 reject 3, denied: 550 reject 4, allowed: 250 reject 4, denied: 550 "*) ;;
*) untried "other domains end otherwise: $(tail -n 1 "$dir/log")" ;; esac
[ "$(echo "$seen" | grep -o 'failing: .*' | tr '\n' ' ')" = "failing: 250 failing: 250 failing: 450 failing: 550 " ] ||
    { echo "changed: another answer where the policy can't be looked up"; exit 1; }
echo "a policy that can't be looked up now is refused for good"
