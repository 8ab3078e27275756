#!/bin/sh
# Erlang/OTP 25 (erlang-base 1:25.2.3+dfsg-1+deb12u4, Debian 12) with its own resolver ({lookup,[dns]} in inetrc).
# Expected: {error,nxdomain} for NXDOMAIN alone. A server that fails or refuses says nothing of the name, and inet_res:getbyname
#   has errors of their own for that: servfail, refused, notimp.
# Seen: inet:gethostbyname and gen_tcp:connect say nxdomain for SERVFAIL, REFUSED, NOTIMP and FORMERR too, and so does
#   inet_res:getbyname for a name that exists and has no record of the type.
# Costs: logs of message brokers and chat servers are full of 'nxdomain' for names that exist: the operator looks for a
#   missing name where a server is down, and programs that give up on nxdomain give up in a minute's outage.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=
trap 'kill $server 2>/dev/null || true; rm -rf "$dir"' EXIT
command -v erlc >/dev/null || untried "needs Debian's erlang-base"
cat >"$dir/server.py" <<'END'
import socket

codes = {b"nodata": 0, b"formerr": 1, b"servfail": 2, b"nxdomain": 3, b"notimp": 4, b"refused": 5}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5410))
print("listens", flush=True)
while True:
    query, client = server.recvfrom(512)
    end = query.index(b"\0", 12) + 5
    code = codes[query[13 : 13 + query[12]].lower()]
    server.sendto(query[:2] + bytes([0x81, 0x80 | code]) + query[4:6] + bytes(6) + query[12:end], client)
END
cat >"$dir/ask.erl" <<'END'
-module(ask).
-export([main/0]).
main() ->
    Names = ["nxdomain", "nodata", "servfail", "refused", "notimp", "formerr"],
    [io:format("~s ~p ~p ~p~n", [N | [error_of(E) || E <- asked(N ++ ".example")]]) || N <- Names],
    halt().
asked(Name) ->
    [inet_res:getbyname(Name, mx), inet:gethostbyname(Name), gen_tcp:connect(Name, 25, [])].
error_of({error, Error}) -> Error;
error_of(_) -> ok.
END
cat >"$dir/inetrc" <<'END'
{resolv_conf, "/dev/null"}.
{hosts_file, "/dev/null"}.
{nameserver, {127,0,0,1}, 5410}.
{lookup, [dns]}.
{timeout, 1000}.
{retry, 2}.
END
python3 "$dir/server.py" >"$dir/log" 2>&1 &
server=$!
count=0
until grep -q listens "$dir/log"; do
    count=$((count + 1)); [ $count -lt 50 ] || untried "the server doesn't start: $(tail -n 1 "$dir/log")"
    sleep 0.1
done
cd "$dir" && erlc ask.erl || untried "erlc fails"
ERL_INETRC="$dir/inetrc" erl -noshell -s ask main >seen || untried "erl fails"
echo "asked: inet_res:getbyname inet:gethostbyname gen_tcp:connect"; cat seen
[ "$(awk '{ print $3, $4 }' seen | sort -u)" = "nxdomain nxdomain" ] && [ "$(awk '{ print $2 }' seen | tr '\n' ' ')" = \
    "nxdomain nxdomain servfail refused notimp einval " ] || { echo "changed: $(cat seen)"; exit 1; }
echo "every failure is nxdomain to who connects"
