#!/bin/sh
# prometheus-postfix-exporter 0.3.0-4+b3 (Debian 12): its histogram postfix_smtp_delivery_delay_seconds, with a label 'stage', of mails whose look-up
#   was slow or failed.
# Expected: the four times of Postfix' 'delays=a/b/c/d' apart: the source names them before_queue_manager, queue_manager, connection_setup and
#   transmission. c is the 'time in connection setup, including DNS, EHLO and STARTTLS' (postconf(5), delay_logging_resolution_limit),
#   where a resolver that is slow shows.
# Seen: one series, stage="", with all four in it: of two mails eight times, whose sum is that of the whole delays. The name of the stage is
#   given to the function that reads the number, for its messages, and the text given as the label is empty. The other counters are
#   right, as is their label ('code' of the rejects).
# Costs: a resolver that takes 8 s for each mail can't be told from mails that waited in the queue since yesterday; an alert on
#   stage="connection_setup" is never sent; and each quantile is of a mixture, in which most times are zeros: half of the times are
#   'under 0.01 s' here, where no mail took less than 8 s.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); exporter=
trap '[ -z "$exporter" ] || kill $exporter 2>/dev/null || true; rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download prometheus-postfix-exporter=0.3.0-4+b3 && dpkg -x prometheus*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's package can't be had: $(tail -n 1 "$dir/log")"
: >"$dir/mail.log"
"$dir/usr/bin/prometheus-postfix-exporter" --postfix.logfile_path="$dir/mail.log" --web.listen-address=127.0.0.1:9554 >"$dir/log" 2>&1 & exporter=$!
cat >"$dir/read.py" <<'END'
# what is counted, once it is there
import sys, time, urllib.request

for again in range(20):
    time.sleep(0.5)
    try:
        lines = urllib.request.urlopen("http://127.0.0.1:9554/metrics", timeout=5).read().decode().splitlines()
    except OSError:
        continue
    if sys.argv[1:] != ["all"] or any(line.startswith("postfix_smtp_status_deferred 1") for line in lines):
        break
names = "postfix_smtp_status_deferred", "postfix_smtpd_messages_rejected_total{", "postfix_smtp_delivery_delay_seconds_sum", \
    "postfix_smtp_delivery_delay_seconds_count", "postfix_smtp_delivery_delay_seconds_bucket{stage=\"\",le=\"0.01\""
print(*(line for line in lines if line.startswith(names)), sep="\n")
END
python3 "$dir/read.py" >"$dir/before" 2>&1 || untried "it can't be run: $(tail -n 1 "$dir/log")"
cat >>"$dir/mail.log" <<'END'
Nov 30 10:50:01 this postfix/smtpd[107]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 450 4.1.8 <a@gone.example>: Sender address rejected: Domain not found; from=<a@gone.example> to=<b@this.example> proto=ESMTP helo=<host>
Nov 30 10:50:02 this postfix/smtp[106]: 4F1C2A0107: to=<a@there.example>, relay=mx.there.example[192.0.2.25]:25, delay=9.5, delays=0/0/8/1.5, dsn=2.0.0, status=sent (250 OK)
Nov 30 10:50:03 this postfix/smtp[106]: 4F1C2A0108: to=<a@failing.example>, relay=none, delay=8.5, delays=0.5/0/8/0, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=failing.example type=MX: Host not found, try again)
END
seen=$(python3 "$dir/read.py" all 2>>"$dir/log") || untried "it can't be read: $(tail -n 1 "$dir/log")"
echo "$seen"
for line in 'postfix_smtp_status_deferred 1' 'postfix_smtpd_messages_rejected_total{code="450"} 1'; do
    echo "$seen" | grep -qxF "$line" || untried "other lines are counted otherwise: $(tail -n 1 "$dir/log")"
done
[ "$(echo "$seen" | grep delay_seconds | sort | tr '\n' ' ')" = 'postfix_smtp_delivery_delay_seconds_bucket{stage="",le="0.01"} 4 '\
'postfix_smtp_delivery_delay_seconds_count{stage=""} 8 postfix_smtp_delivery_delay_seconds_sum{stage=""} 18 ' ] ||
    { echo "changed: the delays are counted otherwise"; exit 1; }
echo "the times of four stages are one"
