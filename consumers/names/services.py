"""Names under which software looks for its configuration, as of November 2026. Pure.

A service is told by a label that begins with an underscore (RFC 8552), as SRV records have (RFC 2782:
_service._proto.domain), or by a well-known first label such as wpad. What stands behind the last such label
is the domain that was asked for it. Names are folded text with the last dot.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Found", "Service", "service", "service_of"]

_PROTOCOLS = frozenset(
    ("_dccp", "_quic", "_sctp", "_tcp", "_tls", "_udp")
)  # RFC 8552 section 4.1, and SIP's _tls
TLSA = "_port"  # stands for the port in _443._tcp
VALIDATION = "_hash"  # stands for the hexadecimal digits in _0123456789abcdef0123456789abcdef
_HASH_MIN = 32  # characters, as an MD5 has
_HEX = frozenset("0123456789abcdef")


class Service(NamedTuple):
    """What looks for a name."""

    kind: str
    what: str
    source: str  # where it is described
    obeyed: bool = False  # whoever answers decides where the client's traffic or passwords go


class Found(NamedTuple):
    """A name as a service asked for at a domain."""

    service: str  # _ldap._tcp, or wpad
    domain: str  # '.' where there was none


def service_of(name: str) -> Found | None:
    """The service that a name is looked up for; None for other names."""
    first, _, rest = name.partition(".")
    if first in _HOSTS:
        return Found(first, rest or ".")
    if first[:1] == "_":
        start = 0
    else:
        start = name.find("._") + 1
        if not start:
            return None
    last = name.rfind("._") + 1 or start
    domain = name[last:].partition(".")[2] or "."
    label, _, after = name[start:].partition(".")
    if label[1:].isdigit():
        label = TLSA
    elif len(label) > _HASH_MIN and _HEX.issuperset(label[1:]):
        return Found(VALIDATION, domain)
    protocol = after.partition(".")[0]
    return Found(f"{label}.{protocol}" if protocol in _PROTOCOLS else label, domain)


def service(name: str) -> Service:
    """What is known of a service that `service_of` found."""
    return _HOSTS.get(name) or _LABELS.get(name.partition(".")[0]) or _UNKNOWN


_UNKNOWN = Service("other", "not in the list", "-")
_DIRECTORY = "directory"
_MAIL = "mail client"
_CALENDAR = "calendar"
_POLICY = "mail policy"
_CERTIFICATE = "certificate"
_TELEPHONY = "telephony"
_CHAT = "chat"
_NETWORK = "network"
_DEVICES = "devices"
_MANAGEMENT = "management"

# First labels of hosts.
_HOSTS = {
    "autoconfig": Service(_MAIL, "settings of a mail account (Thunderbird)", "wiki.mozilla.org", obeyed=True),
    "autodiscover": Service(_MAIL, "settings of a mailbox (Exchange)", "MS-OXDISCO", obeyed=True),
    "enterpriseenrollment": Service(_MANAGEMENT, "enrolment of a device (Windows)", "MS-MDE2"),
    "enterpriseregistration": Service(_MANAGEMENT, "registration of a device (Windows)", "MS-DVRD"),
    "isatap": Service(_NETWORK, "router of a tunnel for IPv6", "RFC 5214 section 8.3.2", obeyed=True),
    "lyncdiscover": Service(_TELEPHONY, "server of Lync or Skype for Business", "MS-OCDISCWS"),
    "lyncdiscoverinternal": Service(_TELEPHONY, "server of Lync or Skype for Business", "MS-OCDISCWS"),
    "mta-sts": Service(_POLICY, "policy of MTA-STS", "RFC 8461 section 3.3"),
    "wpad": Service(
        _NETWORK, "proxy to use for all of the web (WPAD)", "draft-ietf-wrec-wpad-01", obeyed=True
    ),
}

# Labels with an underscore: IANA's registries 'Service Name and Transport Protocol Port Number' and
# 'Underscored and Globally Scoped DNS Node Names', and what vendors describe.
_LABELS = {
    "_acme-challenge": Service(_CERTIFICATE, "proof of control for a certificate", "RFC 8555 section 8.4"),
    "_adsp": Service(_POLICY, "signing practices of DKIM (historic)", "RFC 5617"),
    "_airplay": Service(_DEVICES, "screens and speakers", "RFC 6763"),
    "_atproto": Service("identity", "handle of the AT Protocol (Bluesky)", "atproto.com"),
    "_autodiscover": Service(_MAIL, "settings of a mailbox (Exchange)", "MS-OXDISCO", obeyed=True),
    "_caldav": Service(_CALENDAR, "calendar server", "RFC 6764"),
    "_caldavs": Service(_CALENDAR, "calendar server", "RFC 6764"),
    "_carddav": Service(_CALENDAR, "address book server", "RFC 6764"),
    "_carddavs": Service(_CALENDAR, "address book server", "RFC 6764"),
    "_dmarc": Service(_POLICY, "policy of DMARC", "RFC 7489 section 6.1"),
    "_dns": Service(_NETWORK, "encrypted resolver", "RFC 9462"),
    "_dns-sd": Service(_NETWORK, "domains to browse for services", "RFC 6763 section 11"),
    "_domainkey": Service(_POLICY, "key of DKIM", "RFC 6376 section 3.6.2.1"),
    "_gc": Service(_DIRECTORY, "global catalogue of Active Directory", "MS-ADTS section 6.3.2.3"),
    "_googlecast": Service(_DEVICES, "Chromecast", "RFC 6763"),
    "_h323cs": Service(_TELEPHONY, "H.323 gatekeeper", "ITU-T H.323 annex O"),
    "_h323ls": Service(_TELEPHONY, "H.323 gatekeeper", "ITU-T H.323 annex O"),
    VALIDATION: Service(_CERTIFICATE, "proof of control for a certificate", "CA/Browser Forum BR 3.2.2.4.7"),
    "_http": Service("software", "mirror of a package archive (apt), web server", "apt-transport-mirror"),
    "_https": Service("software", "web server, or its parameters", "RFC 9460 section 9"),
    "_imap": Service(_MAIL, "IMAP server", "RFC 6186"),
    "_imaps": Service(_MAIL, "IMAP server", "RFC 6186"),
    "_ipp": Service(_DEVICES, "printers", "RFC 6763"),
    "_ipps": Service(_DEVICES, "printers", "RFC 6763"),
    "_jabber": Service(_CHAT, "Jabber server", "RFC 3920"),
    "_kerberos": Service(_DIRECTORY, "Kerberos server or realm", "RFC 4120 section 7.2.3"),
    "_kerberos-adm": Service(_DIRECTORY, "Kerberos administration server", "MIT Kerberos"),
    "_kerberos-master": Service(_DIRECTORY, "Kerberos main server", "MIT Kerberos"),
    "_kpasswd": Service(_DIRECTORY, "Kerberos password server", "RFC 3244, MS-ADTS section 6.3.2.3"),
    "_ldap": Service(
        _DIRECTORY, "LDAP server, mostly of Active Directory", "RFC 3088, MS-ADTS section 6.3.2.3"
    ),
    "_ldaps": Service(_DIRECTORY, "LDAP server", "IANA"),
    "_matrix": Service(_CHAT, "Matrix server", "spec.matrix.org"),
    "_matrix-fed": Service(_CHAT, "Matrix server", "spec.matrix.org"),
    "_minecraft": Service("game", "Minecraft server", "IANA"),
    "_msdcs": Service(_DIRECTORY, "domain controller of Active Directory", "MS-ADTS section 6.3.2.3"),
    "_mta-sts": Service(_POLICY, "policy of MTA-STS", "RFC 8461 section 3.1"),
    "_ntp": Service(_NETWORK, "time server", "IANA"),
    "_pdl-datastream": Service(_DEVICES, "printers", "RFC 6763"),
    "_pgpkey-http": Service("identity", "OpenPGP keys", "GnuPG"),
    "_pgpkey-https": Service("identity", "OpenPGP keys", "GnuPG"),
    "_pop3": Service(_MAIL, "POP3 server", "RFC 6186"),
    "_pop3s": Service(_MAIL, "POP3 server", "RFC 6186"),
    TLSA: Service(_CERTIFICATE, "certificate of a server (DANE)", "RFC 6698 section 3"),
    "_printer": Service(_DEVICES, "printers", "RFC 6763"),
    "_report": Service(_POLICY, "where DMARC reports may go", "RFC 7489 section 7.1"),
    "_sip": Service(_TELEPHONY, "SIP server", "RFC 3263"),
    "_sipfederationtls": Service(_TELEPHONY, "partner's Lync, Skype for Business or Teams", "MS-CONMGMT"),
    "_sipinternaltls": Service(_TELEPHONY, "server of Lync or Skype for Business", "MS-CONMGMT"),
    "_sips": Service(_TELEPHONY, "SIP server", "RFC 3263"),
    "_sites": Service(_DIRECTORY, "site of Active Directory", "MS-ADTS section 6.3.2.3"),
    "_smtp": Service(_POLICY, "where reports on TLS go, mail server", "RFC 8460 section 3"),
    "_spf": Service(_POLICY, "part of an SPF policy, by custom", "RFC 7208"),
    "_stun": Service(_TELEPHONY, "STUN server", "RFC 8489 section 8"),
    "_stuns": Service(_TELEPHONY, "STUN server", "RFC 8489 section 8"),
    "_submission": Service(_MAIL, "server that takes mail", "RFC 6186"),
    "_submissions": Service(_MAIL, "server that takes mail", "RFC 8314 section 5.1"),
    "_turn": Service(_TELEPHONY, "TURN server", "RFC 5928"),
    "_turns": Service(_TELEPHONY, "TURN server", "RFC 5928"),
    "_vlmcs": Service("licence", "licence server of Windows and Office (KMS)", "learn.microsoft.com"),
    "_xmpp-client": Service(_CHAT, "XMPP server", "RFC 6120 section 3.2.1"),
    "_xmpp-server": Service(_CHAT, "XMPP server", "RFC 6120 section 3.2.1"),
}
