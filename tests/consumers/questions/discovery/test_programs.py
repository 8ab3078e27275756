"""What discovery says of recordings of real programs when nothing resolves, on four days.

Behind a resolver that minimises query names (NAME.qmin) services of domains that nobody has can't be seen.
"""

import pytest

from nxcast.consumers.questions.discovery.discovery_question import Discovery
from tests.consumers.questions.recordings import NAMES, daily, nxdomains

OPEN = {
    "adcli": "_ldap._tcp",
    "exchangelib": "_autodiscover._tcp autodiscover",
    "exchangelib.qmin": "autodiscover",
    "ldapsearch": "_ldap._tcp",
    "netads": "_ldap._tcp",
    "realm": "_kerberos._udp _ldap._tcp",
    "resolved": "_ldap._tcp",
}
NAMED = OPEN | {
    "apt": "_http._tcp _https._tcp",
    "baresip": "_sip._tcp _sip._udp _sips._tcp",
    "baresip.qmin": "_sip._tcp",
    "gpg": "_openpgpkey _openpgpkey._tcp _pgpkey-https._tcp",
    "gpg.qmin": "_openpgpkey",
    "mcstatus": "_minecraft._tcp",
    "mtasts": "_mta-sts",
    "opendmarc": "_dmarc",
    "prosody": "_xmpp-server._tcp _xmpps-server._tcp",
    "pymongo": "_mongodb._tcp",
    "spamassassin": "_adsp _domainkey",
    "spamassassin.qmin": "_adsp _domainkey",
    "cases/search-list-service": "_ldap._tcp _x-puppet._tcp",
    "cases/services": "_adsp _etcd-client-ssl._tcp _etcd-client._tcp _mongodb._tcp _openpgpkey "
    "_openpgpkey._tcp _x-puppet-ca._tcp _x-puppet._tcp _xmpps-client._tcp _xmpps-server._tcp",
}
LEAKS = {
    "adcli": "lan.",
    "adcli.qmin": "lan.",
    "chromium-autodetect-search": "intranet. local.",
    "chromium-autodetect-search.qmin": "intranet. local.",
    "chrony": "lan.",
    "chrony.qmin": "lan.",
    "curl-k8s": "local.",
    "curl-k8s.qmin": "local.",
    "smbclient": "lan.",
    "smbclient.qmin": "lan.",
    "cases/minimised-suffix": "corp. home. lan. local.",
}
PROBES = ("cloudinit", "cloudinit.qmin", "cases/cloud-init-probe")


@pytest.mark.parametrize("name", NAMES)
def test_exactly_what_a_program_looks_for_is_told(name):
    question = Discovery()
    alerts = [alert for records in daily(name) for alert in question.take(records)]
    sections = {section.name: list(section.rows) for section in question.sections()}

    def column(section, key):
        return " ".join(sorted(row[key] for row in sections[section]))

    assert column("open", "service") == OPEN.get(name, "")
    assert len(alerts) == len(sections["open"])
    assert column("services", "service") == NAMED.get(name, "")
    assert all(row["kind"] != "other" for row in sections["services"])
    assert column("leaks", "suffix") == LEAKS.get(name, "")
    assert sections["mistyped"] == sections["noise"] == []
    signals = {row["kind"] for row in sections["signals"]}
    assert ("probe" in signals) == (name in PROBES)
    anchors = any(each["qname"].startswith("_ta-") for each in nxdomains(name))
    assert ("trust anchors" in signals) == anchors


def test_with_a_search_list_the_domain_inside_is_meant():
    question = Discovery()
    question.take(nxdomains("cases/search-list-service"))
    domains = next(section.rows for section in question.sections() if section.name == "domains")
    assert {row["domain"] for row in domains} == {"meadowkettle.com."}
