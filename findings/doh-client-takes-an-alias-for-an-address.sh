#!/bin/sh
# dns-over-http-resolver 3.0.16 (npm), which promises Node's resolve4 and resolveTxt over DNS over HTTPS: a name that is an alias.
# Expected: as Node's resolve4: the addresses only; an alias whose target doesn't exist is NXDOMAIN (RFC 2308, 2.1), an error. The
#   strings of a TXT record belong together without anything between (RFC 7208, 3.3), and an answer is good for its TTL in
#   seconds.
# Seen: resolve4 gives the alias's target as an address, ["edge.example.", "192.0.2.1"], and of the second kind ["gone.example."]
#   and no error. resolveTxt loses quotation marks and apostrophes of the text and puts a blank between strings. A TTL of 60 keeps
#   an answer for 60 milliseconds.
# Costs: what connects to the first address connects to a name, and asks the DNS once more for it, outside of HTTPS; names that
#   don't exist seem to; SPF policies and DKIM keys are other texts; and the server is asked nearly each time.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dns-over-http-resolver@3.0.16 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.mjs" <<'END'
import { createServer } from "node:http";
import Resolver from "dns-over-http-resolver";
const record = (name, type, data) => ({ name, type, TTL: 60, data });
const answers = {
  "www.example": { Status: 0, Answer: [record("www.example.", 5, "edge.example."), record("edge.example.", 1, "192.0.2.1")] },
  "old.example": { Status: 3, Answer: [record("old.example.", 5, "gone.example.")] },
  "text.example": { Status: 0, Answer: [record("text.example.", 16, '"v=spf1 a:x.exam" "ple -all"')] },
};
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  response.setHeader("content-type", "application/dns-json");
  response.end(JSON.stringify(answers[new URL(request.url, "http://x").searchParams.get("name")]));
});
server.listen(0, "127.0.0.1", async () => {
  const resolver = new Resolver(), read = (answer) => answer.then(JSON.stringify, (error) => error.message);
  resolver.setServers([`http://127.0.0.1:${server.address().port}/dns-query`]);
  const seen = [await read(resolver.resolve4("www.example")), await read(resolver.resolve4("old.example"))];
  seen.push(await read(resolver.resolveTxt("text.example")));
  setTimeout(async () => {
    await resolver.resolve4("www.example");
    seen.push(asked);
    server.close();
    server.closeAllConnections();
    console.log(`an alias: ${seen[0]}\nan alias of nothing: ${seen[1]}\ntwo strings: ${seen[2]}`);
    console.log(`questions of three names, one of them twice within its TTL: ${asked}`);
    if (seen.join(" ") !== '["edge.example.","192.0.2.1"] ["gone.example."] [["v=spf1 a:x.exam ple -all"]] 4') {
      console.log(`changed: ${seen.join(" ")}`);
      process.exitCode = 1;
    } else console.log("the alias is taken for an address");
  }, 200);
});
END
node "$dir/try.mjs"
