#!/bin/sh
# php-net-dns2 1.5.0-1 (Debian 12, Net_DNS2), PHP's library for look-ups and dynamic updates: the text of a TLSA record (DANE).
# Expected: 'The certificate association data field MUST be represented as a string of hexadecimal characters' (RFC 6698, 2.2), as dig and
#   zone files have it, and as Net_DNS2 itself has it for SSHFP and DS; next owners of NSEC3 in base32hex (RFC 5155, 3.3).
# Seen: both are base64, in either direction. The hash of a record that was read is AAECAwQF... And the hexadecimal text, with which
#   certificates' tools give the record to publish, is taken for base64 (all its letters are letters of that): 48 other octets for the 32
#   of a SHA-256, without an error, and shown again as the hexadecimal text that went in.
# Costs: an update publishes a TLSA record that no certificate matches, so mail to the domain is held back by all who check DANE, while the
#   program shows just what it was given; and records that are compared as texts with those of any other tool differ always.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v php >/dev/null || untried "needs Debian's php-cli"
(cd "$dir" && apt-get -q download php-net-dns2=1.5.0-1 && dpkg -x php-net-dns2*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's php-net-dns2 can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/texts.php" <<'END'
<?php
// Reads records of the wire, and makes octets of a record's text.
error_reporting(E_ALL & ~E_DEPRECATED);
require_once 'Net/DNS2.php';

$hash = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
$question = "\4name\7example\0";

function read_record(int $type, string $data): string {
    global $question;
    $message = pack('n6', 7, 0x8180, 1, 1, 0, 0) . $question . pack('nn', $type, 1) .
        "\xc0\x0c" . pack('nnNn', $type, 1, 300, strlen($data)) . $data;
    return (string) (new Net_DNS2_Packet_Response($message, strlen($message)))->answer[0];
}

echo read_record(52, "\3\1\1" . hex2bin($hash)), "\n";
echo read_record(44, "\4\2" . hex2bin($hash)), "\n";
echo read_record(50, "\1\0\0\0\0\x14" . substr(hex2bin($hash), 0, 20) . "\0\1\x40"), "\n";
$record = Net_DNS2_RR::fromString("name.example. 300 IN TLSA 3 1 1 $hash");
$packet = new Net_DNS2_Packet();
$octets = substr($record->get($packet), strlen($question) + 10 + 3);
echo strlen($octets), ' octets ', substr(bin2hex($octets), 0, 12), "...\n$record\n";
END
seen=$(php -d include_path="$dir/usr/share/php" "$dir/texts.php" 2>&1) || untried "Net_DNS2 can't be run: $(echo "$seen" | tail -n 1)"
echo "$seen"
case "$seen" in
    *"SSHFP 4 2 000102030405060708090a0b0c0d0e0f"*) ;;
    *) untried "no record is read";;
esac
case "$seen" in
    *"TLSA 3 1 1 AAECAwQF"*"NSEC3 1 0 0 - AAECAwQF"*"48 octets d34d35d36d37..."*"TLSA 3 1 1 000102030405"*) ;;
    *) echo "changed: hashes have another text"; exit 1;;
esac
echo "a certificate's hash is read as base64, and published so"
