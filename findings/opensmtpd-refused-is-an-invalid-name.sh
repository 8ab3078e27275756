#!/bin/sh
# opensmtpd 6.8.0p2-4+b4 (Debian 12), a mail server: mail to a domain whose MX question the resolver refuses (REFUSED), as after a mistake in
#   its list of clients, while it is being moved, or at a rate limit.
# Expected: the mail stays in the queue, as for SERVFAIL: 'If a non-existent domain error is returned, this situation MUST be reported as
#   an error. If a temporary error is returned, the message MUST be queued and retried later' (RFC 5321, 5.1). REFUSED and NOTIMP say
#   nothing of the name (RFC 1035, 4.1.1); NXDOMAIN alone does.
# Seen: 'Invalid domain name', PermFail: the mail is returned at the first try, as for NXDOMAIN. Its resolver library has 'try again' for
#   SERVFAIL alone and calls all other statuses not recoverable, and the MX lookup takes that for a name that can't be one. Upstream
#   was told in 2016 (issue 742, open).
# Costs: an hour of a resolver's wrong access list returns all mail of that hour to its senders, whose addresses are then struck off
#   lists; the text points to the recipient's domain, and bounces themselves, which have no sender, are gone for good.
# Needs root, for namespaces and users of its own. The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download opensmtpd=6.8.0p2-4+b4 && dpkg -x opensmtpd*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's opensmtpd can't be had: $(tail -n 1 "$dir/log")"
ldd "$dir/usr/sbin/smtpd" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver that answers by the name's first label, always without records."""
import socket, struct

CODES = {b"servfail": 2, b"gone": 3, b"notimp": 4, b"refused": 5}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    code = CODES.get(query[13:13 + query[12]], 3)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, 0, 0, 0) + query[12:end], client)
END
cat >"$dir/send.py" <<'END'
"""A mail to each domain, once the mail server listens."""
import smtplib, time

for again in range(20):
    try:
        smtp = smtplib.SMTP("127.0.0.1", 2525)
        break
    except OSError:
        time.sleep(0.5)
for domain in ("servfail", "gone", "notimp", "refused"):
    smtp.sendmail("", [f"somebody@{domain}.example"], "Subject: a mail\n\nhello\n")
smtp.quit()
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own, with a small /etc: the mail server, four mails, and what its log says of them
dir=$1
ip link set lo up
mkdir "$dir/etc.new" && cp -L /etc/passwd /etc/group /etc/ld.so.cache "$dir/etc.new"
printf 'nameserver 127.0.0.54\noptions timeout:1 attempts:1\n' >"$dir/etc.new/resolv.conf"
printf '127.0.0.1 localhost\n' >"$dir/etc.new/hosts"
printf 'opensmtpd:x:64901:64901::/var/lib/opensmtpd/empty:/bin/false\nopensmtpq:x:64902:64902::/var/lib/opensmtpd/empty:/bin/false\n' \
    >>"$dir/etc.new/passwd"
printf 'opensmtpd:x:64901:\nopensmtpq:x:64902:\n' >>"$dir/etc.new/group"
printf 'this.example\n' >"$dir/etc.new/mailname"
printf 'listen on lo port 2525\naction "out" relay\nmatch from any for any action "out"\n' >"$dir/etc.new/smtpd.conf"
chmod 644 "$dir/etc.new/smtpd.conf"
for folder in /var/spool /var/lib /run; do mount -t tmpfs -o mode=755 tmpfs $folder; done
mount --bind "$dir/etc.new" /etc
mkdir -p /var/lib/opensmtpd/empty
mkdir -m 711 /var/spool/smtpd
mkdir -m 770 /var/spool/smtpd/offline && chgrp 64902 /var/spool/smtpd/offline
mkdir -m 700 /var/spool/smtpd/queue /var/spool/smtpd/purge && chown 64902 /var/spool/smtpd/queue /var/spool/smtpd/purge
python3 "$dir/server.py" >"$dir/ready" & server=$!
"$dir/usr/sbin/smtpd" -d -f /etc/smtpd.conf >"$dir/smtpd.log" 2>&1 & smtpd=$!
trap 'kill $server $smtpd' EXIT
python3 "$dir/send.py" || cat "$dir/smtpd.log" >&2
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(grep -c ' result=' "$dir/smtpd.log")" -ge 4 ] && break
    sleep 1
done
sed -n 's/.* to=<somebody@\([a-z]*\)\.example>.* result="\([A-Za-z]*\)" stat="\([^"]*\)".*/\1: \2, \3/p' "$dir/smtpd.log" | sort
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in *"gone: PermFail, Domain does not exist"*"servfail: TempFail, Temporary failure in MX lookup") ;;
*) untried "a mail for SERVFAIL or NXDOMAIN ends otherwise: $(tail -n 1 "$dir/log")";; esac
[ "$(echo "$seen" | grep -c '^\(notimp\|refused\): PermFail, Invalid domain name')" = 2 ] || { echo "changed: another status for REFUSED"; exit 1; }
echo "mail is returned for good while the resolver refuses"
