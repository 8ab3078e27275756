#!/bin/sh
# @multiformats/dns 1.0.15 (npm), which IPFS in JavaScript resolves names with, and its cache: a name of two addresses, over HTTPS in
#   both of its forms (here http, on this machine).
# Expected: 'If you make a request, for which all record types are cached, all values will be pulled from the cache' (its README): of the
#   second to the fourth query only the third, with 'cached: false', is sent, and each has the two addresses: what comes is not
#   merged with what is kept (RFC 2181, 5.4: 'must never merge'). 'type' is a RecordType, A is 1.
# Seen: with dnsOverHttps the query after one with cached: false has each address twice, and one time more after each such: answers are put
#   behind those that are there. With dnsJsonOverHttps each query is sent, as nothing is ever found in the cache: the number of
#   the type is turned into its name on the way in ('A', in the answers too), and looked for as a number.
# Costs: a program that refreshes a record now and then, as cached: false is for, counts more servers than there are, and draws the older
#   ones more often; where the JSON form is used, as in browsers, each look-up is a question, for nothing; and the comparison with
#   RecordType.TXT that its types promise is never true there, which looks like no record.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" @multiformats/dns@1.0.15 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.mjs" <<'END'
// for each form: the queries sent so far and the addresses, of four queries for one name
import http from "node:http";
import { dns, RecordType } from "@multiformats/dns";
import { dnsJsonOverHttps, dnsOverHttps } from "@multiformats/dns/resolvers";

const ADDRESSES = [[192, 0, 2, 1], [192, 0, 2, 2]];
let sent = 0;
const server = http.createServer((request, response) => {
    sent++;
    const query = new URL(request.url, "http://localhost").searchParams.get("dns");
    if (!query) {
        const Answer = ADDRESSES.map((octets) => ({ name: "one.example", type: 1, TTL: 300, data: octets.join(".") }));
        return response.setHeader("content-type", "application/dns-json").end(JSON.stringify({ Status: 0, Answer }));
    }
    const octets = Buffer.from(query, "base64url");
    const header = Buffer.from([octets[0], octets[1], 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]);
    const records = ADDRESSES.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, ...address]));
    const question = octets.subarray(12, octets.indexOf(0, 12) + 5);
    response.setHeader("content-type", "application/dns-message").end(Buffer.concat([header, question, ...records]));
}).listen(0, "127.0.0.1", async () => {
    const url = `http://127.0.0.1:${server.address().port}/`;
    for (const [form, resolver] of [["octets", dnsOverHttps(url)], ["JSON", dnsJsonOverHttps(url)]]) {
        const resolve = dns({ resolvers: { ".": resolver } });
        const seen = [];
        sent = 0;
        let answers;
        for (const cached of [true, true, false, true]) {
            answers = (await resolve.query("one.example", { cached })).Answer;
            seen.push(`${sent} sent, ${answers.length}`);
        }
        console.log(`${form}: ${seen.join("; ")}; type ${JSON.stringify(answers[0].type)}, RecordType.A ${RecordType.A}`);
    }
    process.exit();
});
END
seen=$(cd "$dir" && node try.mjs 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "queries sent and addresses found of a query, a second one, one with cached: false, and a fourth:"
echo "$seen"
case "$seen" in "octets: 1 sent, 2; 1 sent, 2; 2 sent, 2; "*) ;; *) untried "no answer is read";; esac
[ "$seen" = 'octets: 1 sent, 2; 1 sent, 2; 2 sent, 2; 2 sent, 4; type 1, RecordType.A 1
JSON: 1 sent, 2; 2 sent, 2; 3 sent, 2; 4 sent, 2; type "A", RecordType.A 1' ] || { echo "changed: $(echo "$seen" | xargs)"; exit 1; }
echo "the cache doubles the records in one form, and is never used in the other"
