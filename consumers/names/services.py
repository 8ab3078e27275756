"""Names under which software looks for its configuration, as of November 2026. Pure.

A service is told by a label that begins with an underscore (RFC 8552), as SRV records have (RFC 2782:
_service._proto.domain), or by a well-known first label such as wpad. What stands behind the last such label
is the domain that was asked for it. What the lists here lack, `registered_services` may have; here is what is
obeyed, what no registry has, and what is asked for most. Names are folded text with the last dot.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

__all__ = ["Found", "Service", "service", "service_of", "signal"]

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
    """The service that a name is looked up for; None for other names, and for a mere protocol's.

    Resolvers that minimise ask for `_tcp.example.com.` on their way (RFC 9156).
    """
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
    if label in _PROTOCOLS:
        return None
    if label.startswith(_FAMILIES):
        label = next(family for family in _FAMILIES if label.startswith(family))
    protocol = after.partition(".")[0]
    return Found(f"{label}.{protocol}" if protocol in _PROTOCOLS else label, domain)


def service(name: str) -> Service:
    """What is known of a service that `service_of` found."""
    label = name.partition(".")[0]
    found = _HOSTS.get(name) or _LABELS.get(label)
    if found is None and label[:1] == "_" and (what := _registered().get(label[1:])) is not None:
        return Service("registered", what, "IANA")
    return found or _UNKNOWN


def signal(name: str) -> str | None:
    """What a name signals that is asked for no answer's sake: its kind; None for other names."""
    if name.startswith("__") or name in _PROBES:
        return "probe"
    return "trust anchors" if name.startswith(_ANCHORS) else None


@cache
def _registered() -> dict[str, str]:
    # Here, since most names are in the lists below.
    from nxcast.consumers.names.registered_services import REGISTERED

    return dict(line.split(" ", 1) for line in REGISTERED.splitlines())


# Two underscores at the start are asked to learn whether a resolver tells the truth; cloud-init has two names
# more (its util.py). Trust anchors: RFC 8145 section 5.1, RFC 8509 section 2.
_PROBES = frozenset(("does-not-exist.example.com.", "example.invalid."))
_ANCHORS = ("_ta-", "root-key-sentinel-")
_FAMILIES = ("_mssms_mp",)  # what follows is a site's name
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
_SOFTWARE = "software"

# First labels of hosts.
_HOSTS = {
    "autoconfig": Service(_MAIL, "settings of a mail account (Thunderbird)", "wiki.mozilla.org", obeyed=True),
    "autodiscover": Service(_MAIL, "settings of a mailbox (Exchange)", "MS-OXDISCO", obeyed=True),
    "enterpriseenrollment": Service(_MANAGEMENT, "enrolment of a device (Windows)", "MS-MDE2", obeyed=True),
    "enterpriseregistration": Service(
        _MANAGEMENT, "registration of a device (Windows)", "MS-DVRD", obeyed=True
    ),
    "isatap": Service(_NETWORK, "router of a tunnel for IPv6", "RFC 5214 section 8.3.2", obeyed=True),
    "lyncdiscover": Service(_TELEPHONY, "server of Lync or Skype for Business", "MS-OCDISCWS", obeyed=True),
    "lyncdiscoverinternal": Service(
        _TELEPHONY, "server of Lync or Skype for Business", "MS-OCDISCWS", obeyed=True
    ),
    "sipinternal": Service(_TELEPHONY, "server of Lync or Skype for Business", "MS-CONMGMT", obeyed=True),
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
    "_bimi": Service(_POLICY, "logo of a sender (BIMI)", "draft-brand-indicators-for-message-identification"),
    "_caldav": Service(_CALENDAR, "calendar server", "RFC 6764", obeyed=True),
    "_caldavs": Service(_CALENDAR, "calendar server", "RFC 6764", obeyed=True),
    "_carddav": Service(_CALENDAR, "address book server", "RFC 6764", obeyed=True),
    "_carddavs": Service(_CALENDAR, "address book server", "RFC 6764", obeyed=True),
    "_certificates": Service("identity", "certificates of a domain", "RFC 4387"),
    "_companion-link": Service(_DEVICES, "Apple's devices nearby", "RFC 6763"),
    "_device-info": Service(_DEVICES, "model of a device", "RFC 6763"),
    "_dmarc": Service(_POLICY, "policy of DMARC", "RFC 7489 section 6.1"),
    "_dns": Service(_NETWORK, "encrypted resolver", "RFC 9462"),
    "_dns-sd": Service(_NETWORK, "domains to browse for services", "RFC 6763 section 11"),
    "_dnslink": Service("identity", "content in IPFS", "dnslink.dev"),
    "_domainkey": Service(_POLICY, "key of DKIM", "RFC 6376 section 3.6.2.1"),
    "_etcd-client": Service(_SOFTWARE, "etcd cluster", "etcd.io"),
    "_etcd-client-ssl": Service(_SOFTWARE, "etcd cluster", "etcd.io"),
    "_etcd-server": Service(_SOFTWARE, "members of an etcd cluster", "etcd.io"),
    "_etcd-server-ssl": Service(_SOFTWARE, "members of an etcd cluster", "etcd.io"),
    "_gc": Service(
        _DIRECTORY, "global catalogue of Active Directory", "MS-ADTS section 6.3.2.3", obeyed=True
    ),
    "_googlecast": Service(_DEVICES, "Chromecast", "RFC 6763"),
    "_grpclb": Service(_SOFTWARE, "load balancer of gRPC", "gRFC A26"),
    "_h323cs": Service(_TELEPHONY, "H.323 gatekeeper", "ITU-T H.323 annex O"),
    "_h323ls": Service(_TELEPHONY, "H.323 gatekeeper", "ITU-T H.323 annex O"),
    VALIDATION: Service(_CERTIFICATE, "proof of control for a certificate", "CA/Browser Forum BR 3.2.2.4.7"),
    "_hkp": Service("identity", "OpenPGP keys", "GnuPG"),
    "_hkps": Service("identity", "OpenPGP keys", "GnuPG"),
    "_http": Service(_SOFTWARE, "mirror of a package archive (apt), web server", "apt-transport-mirror"),
    "_https": Service(_SOFTWARE, "web server, or its parameters", "RFC 9460 section 9"),
    "_imap": Service(_MAIL, "IMAP server", "RFC 6186", obeyed=True),
    "_imaps": Service(_MAIL, "IMAP server", "RFC 6186", obeyed=True),
    "_ipp": Service(_DEVICES, "printers", "RFC 6763"),
    "_ipps": Service(_DEVICES, "printers", "RFC 6763"),
    "_jabber": Service(_CHAT, "Jabber server", "RFC 3920"),
    "_jmap": Service(_MAIL, "JMAP server", "RFC 8620 section 2.2", obeyed=True),
    "_kerberos": Service(_DIRECTORY, "Kerberos server or realm", "RFC 4120 section 7.2.3", obeyed=True),
    "_kerberos-adm": Service(_DIRECTORY, "Kerberos administration server", "MIT Kerberos", obeyed=True),
    "_kerberos-master": Service(_DIRECTORY, "Kerberos main server", "MIT Kerberos", obeyed=True),
    "_kms": Service("licence", "licence or key server, by custom", "-"),
    "_kpasswd": Service(
        _DIRECTORY, "Kerberos password server", "RFC 3244, MS-ADTS section 6.3.2.3", obeyed=True
    ),
    "_ldap": Service(
        _DIRECTORY,
        "LDAP server, mostly of Active Directory",
        "RFC 3088, MS-ADTS section 6.3.2.3",
        obeyed=True,
    ),
    "_ldaps": Service(_DIRECTORY, "LDAP server", "IANA", obeyed=True),
    "_matrix": Service(_CHAT, "Matrix server", "spec.matrix.org"),
    "_matrix-fed": Service(_CHAT, "Matrix server", "spec.matrix.org"),
    "_minecraft": Service("game", "Minecraft server", "IANA"),
    "_mongodb": Service(_SOFTWARE, "MongoDB servers", "mongodb.com"),
    "_msdcs": Service(
        _DIRECTORY, "domain controller of Active Directory", "MS-ADTS section 6.3.2.3", obeyed=True
    ),
    "_mssms_mp": Service(
        _MANAGEMENT, "management point of Configuration Manager", "learn.microsoft.com", obeyed=True
    ),
    "_mta-sts": Service(_POLICY, "policy of MTA-STS", "RFC 8461 section 3.1"),
    "_mumble": Service("game", "Mumble server", "mumble.info"),
    "_nfs-domainroot": Service(_NETWORK, "root of an NFS name space", "RFC 6641"),
    "_ntp": Service(_NETWORK, "time server", "IANA"),
    "_openpgpkey": Service("identity", "OpenPGP keys", "RFC 7929, draft-koch-openpgp-webkey-service"),
    "_pdl-datastream": Service(_DEVICES, "printers", "RFC 6763"),
    "_pgpkey-http": Service("identity", "OpenPGP keys", "GnuPG"),
    "_pgpkey-https": Service("identity", "OpenPGP keys", "GnuPG"),
    "_pop3": Service(_MAIL, "POP3 server", "RFC 6186", obeyed=True),
    "_pop3s": Service(_MAIL, "POP3 server", "RFC 6186", obeyed=True),
    TLSA: Service(_CERTIFICATE, "certificate of a server (DANE)", "RFC 6698 section 3"),
    "_printer": Service(_DEVICES, "printers", "RFC 6763"),
    "_raop": Service(_DEVICES, "speakers (AirTunes)", "RFC 6763"),
    "_report": Service(_POLICY, "where DMARC reports may go", "RFC 7489 section 7.1"),
    "_sip": Service(_TELEPHONY, "SIP server", "RFC 3263"),
    "_sipfederationtls": Service(_TELEPHONY, "partner's Lync, Skype for Business or Teams", "MS-CONMGMT"),
    "_sipinternal": Service(_TELEPHONY, "server of Lync or Skype for Business", "MS-CONMGMT", obeyed=True),
    "_sipinternaltls": Service(_TELEPHONY, "server of Lync or Skype for Business", "MS-CONMGMT", obeyed=True),
    "_sips": Service(_TELEPHONY, "SIP server", "RFC 3263"),
    "_sites": Service(_DIRECTORY, "site of Active Directory", "MS-ADTS section 6.3.2.3", obeyed=True),
    "_smimecert": Service("identity", "S/MIME certificates", "RFC 8162"),
    "_smtp": Service(_POLICY, "where reports on TLS go, mail server", "RFC 8460 section 3"),
    "_spf": Service(_POLICY, "part of an SPF policy, by custom", "RFC 7208"),
    "_stun": Service(_TELEPHONY, "STUN server", "RFC 8489 section 8"),
    "_stuns": Service(_TELEPHONY, "STUN server", "RFC 8489 section 8"),
    "_submission": Service(_MAIL, "server that takes mail", "RFC 6186", obeyed=True),
    "_submissions": Service(_MAIL, "server that takes mail", "RFC 8314 section 5.1", obeyed=True),
    "_ts3": Service("game", "TeamSpeak 3 server", "teamspeak.com"),
    "_tsdns": Service("game", "TeamSpeak's own DNS", "teamspeak.com"),
    "_turn": Service(_TELEPHONY, "TURN server", "RFC 5928"),
    "_turns": Service(_TELEPHONY, "TURN server", "RFC 5928"),
    "_vlmcs": Service(
        "licence", "licence server of Windows and Office (KMS)", "learn.microsoft.com", obeyed=True
    ),
    "_x-puppet": Service(_MANAGEMENT, "Puppet server", "puppet.com"),
    "_x-puppet-ca": Service(_MANAGEMENT, "Puppet's certificate authority", "puppet.com"),
    "_xmpp-client": Service(_CHAT, "XMPP server", "RFC 6120 section 3.2.1"),
    "_xmpp-server": Service(_CHAT, "XMPP server", "RFC 6120 section 3.2.1"),
    "_xmpps-client": Service(_CHAT, "XMPP server", "XEP-0368"),
    "_xmpps-server": Service(_CHAT, "XMPP server", "XEP-0368"),
}
