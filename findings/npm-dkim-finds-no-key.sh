#!/bin/sh
# dkim 0.8.0 (npm): the public key of a DKIM signature, as the DNS has it.
# Expected: tags that a reader doesn't know are passed over, and blanks around '=' mean nothing (RFC 6376, 3.2: 'Unrecognized
#   tags MUST be ignored', tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]). dkimpy 1.1.8 (PyPI) and mailauth 4.13.3
#   (npm) read both.
# Seen: 'No key for signature' for both.
# Costs: mail with a good signature counts as unsigned where its domain's provider writes its records with blanks, or
#   with a tag of its own, and for DMARC as forged.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dkim@0.8.0 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.cjs" <<'END'
const dns = require("node:dns");
const { generateKeyPairSync } = require("node:crypto");
const der = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "der" });
const p = der.toString("base64");
const RECORDS = [`v=DKIM1; k=rsa; p=${p}`, `v=DKIM1; x=y; k=rsa; p=${p}`, `v = DKIM1; k = rsa; p = ${p}`];
dns.resolveTxt = (name, done) => done(null, [[RECORDS[Number(name[1])]]]);
dns.resolve = (name, type, done) => dns.resolveTxt(name, done);
const { getKey } = require("dkim");
const look = (at) => new Promise((done) => getKey("example.com", `s${at}`, (error, key) => done(error ? error.message : key.key.equals(der))));
(async () => {
  const seen = [await look(0), await look(1), await look(2)];
  console.log(`plain, a tag of its own, blanks around '=': ${seen.join(", ")}`);
  if (seen[0] !== true) {
    console.log("not tried: the plain key isn't found");
    process.exitCode = 2;
  } else if (seen[1] === true || seen[2] === true) {
    console.log(`changed: ${seen}`);
    process.exitCode = 1;
  } else console.log("a valid key is none");
})();
END
cd "$dir" && node try.cjs
