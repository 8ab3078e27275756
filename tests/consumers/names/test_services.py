"""Which names are asked for by software that looks for a service."""

import pytest

from nxcast.consumers.names.registered_services import REGISTERED
from nxcast.consumers.names.services import service, service_of, signal


@pytest.mark.parametrize(
    ("name", "found", "domain", "kind"),
    [
        ("_imaps._tcp.shop.com.", "_imaps._tcp", "shop.com.", "mail client"),
        ("_sip._tls.shop.com.", "_sip._tls", "shop.com.", "telephony"),
        ("_ldap._tcp.dc._msdcs.corp.", "_ldap._tcp", "corp.", "directory"),
        ("_kerberos._tcp.main._sites.dc._msdcs.ad.shop.com.", "_kerberos._tcp", "ad.shop.com.", "directory"),
        ("gc._msdcs.corp.", "_msdcs", "corp.", "directory"),
        ("_kerberos.shop.com.", "_kerberos", "shop.com.", "directory"),
        ("lb._dns-sd._udp.0.2.0.192.in-addr.arpa.", "_dns-sd._udp", "0.2.0.192.in-addr.arpa.", "network"),
        ("printer\\0321._ipp._tcp.lan.", "_ipp._tcp", "lan.", "devices"),
        ("s1._domainkey.shop.com.", "_domainkey", "shop.com.", "mail policy"),
        ("shop.com._report._dmarc.reports.net.", "_report", "reports.net.", "mail policy"),
        ("_smtp._tls.shop.com.", "_smtp._tls", "shop.com.", "mail policy"),
        ("_acme-challenge.shop.com.", "_acme-challenge", "shop.com.", "certificate"),
        ("_25._tcp.mx.shop.com.", "_port._tcp", "mx.shop.com.", "certificate"),
        ("_0123456789abcdef0123456789abcdef.shop.com.", "_hash", "shop.com.", "certificate"),
        ("_teapot._tcp.shop.com.", "_teapot._tcp", "shop.com.", "other"),
        ("_sip._tls.", "_sip._tls", ".", "telephony"),
        ("_ldap._tcp.", "_ldap._tcp", ".", "directory"),
        ("_vlmcs._tcp.lan.", "_vlmcs._tcp", "lan.", "licence"),
        ("wpad.shop.com.", "wpad", "shop.com.", "network"),
        ("_bimi.shop.com.", "_bimi", "shop.com.", "mail policy"),
        ("_ts3._udp.shop.com.", "_ts3._udp", "shop.com.", "game"),
        ("_etcd-server._tcp.shop.com.", "_etcd-server._tcp", "shop.com.", "software"),
        ("_etcd-client-ssl._tcp.shop.com.", "_etcd-client-ssl._tcp", "shop.com.", "software"),
        ("_mongodb._tcp.shop.com.", "_mongodb._tcp", "shop.com.", "software"),
        ("_nfs._tcp.shop.com.", "_nfs._tcp", "shop.com.", "registered"),
        ("_hip-nat-t._udp.shop.com.", "_hip-nat-t._udp", "shop.com.", "registered"),
        ("_mssms_mp_s01._tcp.shop.com.", "_mssms_mp._tcp", "shop.com.", "management"),
        ("_kms._tcp.shop.com.", "_kms._tcp", "shop.com.", "licence"),
        ("_jmap._tcp.shop.com.", "_jmap._tcp", "shop.com.", "mail client"),
        ("_x-puppet._tcp.shop.com.", "_x-puppet._tcp", "shop.com.", "management"),
        ("_xmpps-client._tcp.shop.com.", "_xmpps-client._tcp", "shop.com.", "chat"),
        ("0a._openpgpkey.shop.com.", "_openpgpkey", "shop.com.", "identity"),
        ("wpad.", "wpad", ".", "network"),
        ("autodiscover.shop.com.", "autodiscover", "shop.com.", "mail client"),
        ("isatap.lan.", "isatap", "lan.", "network"),
        ("mta-sts.shop.com.", "mta-sts", "shop.com.", "mail policy"),
    ],
)
def test_a_service_is_told_with_its_domain(name, found, domain, kind):
    assert service_of(name) == (found, domain)
    assert service(found).kind == kind


@pytest.mark.parametrize(
    "name",
    [
        *(".", "", "com.", "shop.com.", "www.shop.com.", "my_host.shop.com.", "host_.shop.com."),
        *("_tcp.shop.com.", "_udp."),
        *("www.wpad.com.", "wpads.shop.com.", "xwpad.shop.com.", "a\\_b.shop.com."),
    ],
)
def test_other_names_are_no_service(name):
    assert service_of(name) is None


@pytest.mark.parametrize("name", ["_", "_.", "_.com.", "._.", "._", "_._._.", "a._", "_" * 1004, "._" * 502])
def test_any_text_may_be_a_name(name):
    found = service_of(name)
    assert found is None or service(found.service).kind


def test_only_what_directs_traffic_or_passwords_is_obeyed():
    obeyed = {name for name in ("wpad", "isatap", "autodiscover", "autoconfig") if service(name).obeyed}
    assert len(obeyed) == 4
    assert not service("mta-sts").obeyed
    assert not service("_dmarc").obeyed


def test_registered_names_say_what_they_stand_for():
    lines = REGISTERED.splitlines()
    assert len(lines) > 6000
    assert lines == sorted(set(lines), key=lambda line: line.split(" ", 1)[0])
    assert all(name and what for name, what in (line.split(" ", 1) for line in lines))
    assert service("_nfs._tcp").what == "Network File System - Sun Microsystems"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("_ta-6fc0.", "trust anchors"),
        ("root-key-sentinel-is-ta-20326.shop.com.", "trust anchors"),
        ("__cloud_init_expected_not_found__.", "probe"),
        ("does-not-exist.example.com.", "probe"),
        ("_tacacs._tcp.shop.com.", None),
        ("example.com.", None),
    ],
)
def test_a_signal_is_asked_for_no_answers_sake(name, kind):
    assert signal(name) == kind
