"""What software looks for, and what leaks: found, and not found."""

from itertools import islice

import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.consumers.questions.discovery import discovery_question as bounds
from nxcast.consumers.questions.discovery.discovery_question import Discovery
from nxcast.producers.synthetic.stream import generate

START_NS = 1_767_225_600_000_000_000  # 2026-01-01 00:00:00 UTC
FINDINGS = ("open", "services", "domains", "leaks", "labels")


def asked(*lookups):
    """Records of (qname, soa_rrname), a minute apart, and the question that took them."""
    question = Discovery()
    alerts = question.take([record(number, *lookup) for number, lookup in enumerate(lookups)])
    return question, alerts


def record(minute, qname, soa_rrname=".", **changed):
    return {
        "qname": qname,
        "qclass": 1,
        "qtype": 1,
        "response_ip": "192.0.2.53",
        "soa_rrname": soa_rrname,
        "time_ns": START_NS + minute * 60_000_000_000,
        "sensor": "lab",
        **changed,
    }


def rows(question, name):
    return next(section.rows for section in question.sections() if section.name == name)


def column(question, name, key):
    return [row[key] for row in rows(question, name)]


@pytest.mark.parametrize(
    ("qname", "soa_rrname", "service", "domain"),
    [
        ("_imaps._tcp.oddshop.com.", "oddshop.com.", "_imaps._tcp", "oddshop.com."),
        (
            "_SIPfederationTLS._tcp.Mail.OddShop.co.uk.",
            "OddShop.co.uk.",
            "_sipfederationtls._tcp",
            "oddshop.co.uk.",
        ),
        ("_ldap._tcp.dc._msdcs.corp.", ".", "_ldap._tcp", "corp."),
        ("_ldap._tcp.dc._msdcs.office.local.", ".", "_ldap._tcp", "office.local."),
        ("_teapot._udp.oddshop.com.", "oddshop.com.", "_teapot._udp", "oddshop.com."),
        ("autodiscover.mail.oddshop.com.", "oddshop.com.", "autodiscover", "oddshop.com."),
        ("wpad.home.arpa.", "home.arpa.", "wpad", "home.arpa."),
        ("wpad.co.uk.", "co.uk.", "wpad", "wpad.co.uk."),
        ("_dmarc.com.", "com.", "_dmarc", "com."),
    ],
)
def test_a_look_up_counts_for_its_service_and_its_domain(qname, soa_rrname, service, domain):
    question, _ = asked((qname, soa_rrname))
    assert column(question, "services", "service") == [service]
    assert [(row["domain"], row["services"]) for row in rows(question, "domains")] == [(domain, [service])]


@pytest.mark.parametrize(
    ("qname", "soa_rrname"),
    [
        ("www.oddshop.com.", "com."),
        ("wpad.oddshop.com.multi.surbl.org.", "multi.surbl.org."),
        ("_dmarc.oddshop.com.dbl.spamhaus.org.", None),
        ("lb._dns-sd._udp.0.2.0.192.in-addr.arpa.", "192.in-addr.arpa."),
        ("7.2.0.192.in-addr.arpa.", "192.in-addr.arpa."),
        ("my_host.oddshop.com.", "oddshop.com."),
        ("printer.corp.", "corp."),  # a server of the network itself
        ("7.2.0.192.bl.keeper.example.", "bl.keeper.example."),
        ("oddshop.unheardof.", None),  # the root didn't say so
        ("oddshop.com.", "."),
        ("_tcp.oddshop.com.", "com."),  # a resolver on its way to a service
        ("vpn.corp.oddshop.com.", "oddshop.com."),
        ("lan.oddshop.com.", "oddshop.com."),
        (".", None),
    ],
)
def test_other_look_ups_are_not_found(qname, soa_rrname):
    question, alerts = asked((qname, soa_rrname), (qname, soa_rrname))
    assert not any(section.rows for section in question.sections())
    assert alerts == []


@pytest.mark.parametrize(
    ("qname", "soa_rrname", "domain"),
    [
        ("wpad.oddshop.com.", "com.", "oddshop.com."),
        ("WPAD.Branch.OddShop.CO.UK.", "Co.Uk.", "oddshop.co.uk."),
        ("wpad.oddshop.co.uk.", "uk.", "oddshop.co.uk."),
        ("isatap.oddshop.net.", "net.", "oddshop.net."),
        ("autodiscover.gnail.com.", "com.", "gnail.com."),
        ("autodiscover.xyz.", "xyz.", "autodiscover.xyz."),
        ("_autodiscover._tcp.oddshop.org.", "org.", "oddshop.org."),
        ("_ldap._tcp.dc._msdcs.ad.oddshop.com.", "com.", "oddshop.com."),
        ("_kerberos._udp.oddshop.com.", "com.", "oddshop.com."),
        ("_sipinternaltls._tcp.oddshop.com.", "com.", "oddshop.com."),
        ("lyncdiscover.oddshop.com.", "com.", "oddshop.com."),
        ("enterpriseenrollment.oddshop.com.", "com.", "oddshop.com."),
        ("_vlmcs._tcp.oddshop.com.", "com.", "oddshop.com."),
        ("_mssms_mp_ABC._tcp.oddshop.com.", "com.", "oddshop.com."),
    ],
)
def test_what_nobody_has_registered_is_an_alert_once(qname, soa_rrname, domain):
    question, alerts = asked(*[(qname, soa_rrname)] * 3)
    assert [(alert.kind, alert.evidence["domain"]) for alert in alerts] == [("open-to-registration", domain)]
    assert alerts[0].time_ns == START_NS + 60_000_000_000
    assert alerts[0].text.endswith(f"is looked for in {domain}, which nobody has registered")
    (row,) = rows(question, "open")
    assert (row["domain"], row["look_ups"], row["name"]) == (domain, 3, qname.lower())


@pytest.mark.parametrize(
    ("qname", "soa_rrname"),
    [
        pytest.param("wpad.oddshop.com.", "oddshop.com.", id="the domain exists"),
        pytest.param("wpad.oddshop.com.", None, id="nobody says who denies it"),
        pytest.param("wpad.oddshop.com.", "provider.net.", id="an alias"),
        pytest.param("wpad.corp.", ".", id="no top-level domain"),
        pytest.param("wpad.unheardof.", ".", id="no top-level domain, and not known as internal"),
        pytest.param("wpad.", ".", id="no domain"),
        pytest.param("wpad.home.arpa.", "arpa.", id="reserved"),
        pytest.param("_dmarc.oddshop.com.", "com.", id="nobody obeys the answer"),
        pytest.param("wpad.oddshop.unheardof.", "unheardof.", id="a top-level domain of a network's own"),
        pytest.param("wpad.foo.gov.uk.", "gov.uk.", id="for ministries"),
        pytest.param("wpad.foo.edu.", "edu.", id="for universities"),
        pytest.param("wpad.army.mil.", "mil.", id="for the forces"),
        pytest.param("wpad.foo.ac.jp.", "jp.", id="for universities of a country"),
        pytest.param("wpad.kawasaki.jp.", "jp.", id="a suffix itself"),
        pytest.param("wpad.x.herokuapp.com.", "herokuapp.com.", id="a provider's to give"),
        pytest.param(
            "wpad.ec2-192-0-2-1.compute-1.amazonaws.com.", "compute-1.amazonaws.com.", id="a provider's host"
        ),
    ],
)
def test_what_nobody_may_register_is_no_alert(qname, soa_rrname):
    question, alerts = asked(*[(qname, soa_rrname)] * 3)
    assert alerts == []
    assert rows(question, "open") == []


def test_alerts_are_20_a_minute_and_the_rest_waits_for_the_next_look_up():
    question = Discovery()
    flood = [f"wpad.flood{number}.com." for number in range(500)]
    told = [
        [
            alert.evidence["domain"]
            for alert in question.take([record(minute, name, "com.") for name in flood])
        ]
        for minute in range(4)
    ]
    assert [len(domains) for domains in told] == [0, 20, 20, 20]
    assert len({domain for domains in told for domain in domains}) == 60
    assert len(rows(question, "open")) == 500


def test_retries_within_a_minute_are_no_alert():
    question = Discovery()
    for qtype in (1, 28, 65):
        assert question.take([record(0, "wpad.oddshop.com.", "com.", qtype=qtype)]) == []


def test_a_finding_open_to_registration_shows_its_evidence():
    question = Discovery()
    question.take(
        [
            record(0, "wpad.oddshop.com.", "com."),
            record(9, "wpad.oddshop.com.", "com.", qtype=28, response_ip="2001:db8::53", sensor="west"),
        ]
    )
    assert rows(question, "open") == [
        {
            "domain": "oddshop.com.",
            "service": "wpad",
            "what": "proxy to use for all of the web (WPAD)",
            "name": "wpad.oddshop.com.",
            "soa_rrname": "com.",
            "look_ups": 2,
            "first_seen": "2026-01-01T00:00:00.000000000Z",
            "last_seen": "2026-01-01T00:09:00.000000000Z",
            "servers": ["192.0.2.53", "2001:db8::53"],
            "sensors": ["lab", "west"],
            "types": ["A", "AAAA"],
        }
    ]


def test_services_come_with_what_they_are_and_in_how_many_domains():
    question, _ = asked(
        ("_vlmcs._tcp.one.com.", "one.com."),
        ("_vlmcs._tcp.two.com.", "two.com."),
        ("_vlmcs._tcp.two.com.", "two.com."),
        ("_minecraft._tcp.two.com.", "two.com."),
    )
    first, second = rows(question, "services")
    assert (first["service"], first["look_ups"], first["domains"]) == ("_vlmcs._tcp", 3, 2)
    assert first["what"] == "licence server of Windows and Office (KMS)"
    assert first["source"]
    assert (second["service"], second["kind"]) == ("_minecraft._tcp", "game")
    assert column(question, "domains", "services") == [["_vlmcs._tcp", "_minecraft._tcp"], ["_vlmcs._tcp"]]


def test_leaks_are_counted_by_suffix_with_a_few_examples():
    question, _ = asked(
        *[(f"host{number}.lan.", ".") for number in range(20)],
        ("HOST1.lan.", None),
        ("tv.home.arpa.", "home.arpa."),
        ("_ldap._tcp.dc._msdcs.corp.", "."),
        ("intranet.unheardof.", "."),
    )
    leaks = {row["suffix"]: row for row in rows(question, "leaks")}
    assert set(leaks) == {"lan.", "home.arpa.", "corp.", "unheardof."}
    assert leaks["lan."]["look_ups"] == 21
    assert leaks["lan."]["names"] == 20
    assert leaks["lan."]["examples"] == ["host0.lan.", "host1.lan.", "host2.lan."]
    assert leaks["lan."]["known"]
    assert not leaks["unheardof."]["known"]


def test_single_labels_are_shown_but_those_that_browsers_probe_with_are_only_counted():
    question, _ = asked(
        *[(label, ".") for label in ("qhwzkfjd.", "bxkqjzvwpmrtyna.", "printer.")],
        *[(label, ".") for label in ("nas.", "FILESERVER01.", "nas.", "localhost.", "extraordinarilylong.")],
    )
    assert sorted(column(question, "labels", "label")) == [
        "extraordinarilylong.",
        "fileserver01.",
        "localhost.",
        "nas.",
    ]
    assert [(row["look_ups"], row["names"]) for row in rows(question, "probes")] == [(3, 3)]


def test_names_that_anybody_can_make_up_do_not_push_out_those_that_come_again(monkeypatch):
    for bound in ("SERVICES_MAX", "DOMAINS_MAX", "OPEN_MAX", "SUFFIXES_MAX", "LABELS_MAX"):
        monkeypatch.setattr(bounds, bound, 20)
    question, _ = asked(*[("wpad.oddshop.com.", "com.")] * 2, *[("nas.", ".")] * 2, *[("tv.lan.", ".")] * 2)
    for number in range(100):
        made_up = [f"wpad.flood{number}.com.", f"_s{number}._tcp.a.com.", f"n{number}.", f"a.b{number}."]
        question.take([record(9, qname, "com." if "com." in qname else ".") for qname in made_up])
    for name, key, kept in (
        ("open", "domain", "oddshop.com."),
        ("services", "service", "wpad"),
        ("domains", "domain", "oddshop.com."),
        ("leaks", "suffix", "lan."),
        ("labels", "label", "nas."),
    ):
        assert kept in column(question, name, key)
        assert len(rows(question, name)) <= 40
    assert question.forgotten == 0


def test_a_table_has_the_thousand_busiest_and_says_so():
    lookups = [(f"_ldap._tcp.shop{number}.com.", f"shop{number}.com.") for number in range(1001)]
    question, _ = asked(*lookups[:1000], *lookups)
    section = next(section for section in question.sections() if section.name == "domains")
    assert len(section.rows) == 1000
    assert {row["look_ups"] for row in section.rows} == {2}
    assert section.note == "The busiest 1,000 of 1,001."

    few, _ = asked(*lookups[:1000])
    assert next(section.note for section in few.sections() if section.name == "domains") == ""


@pytest.mark.parametrize(
    "qname",
    [
        "",
        ".",
        "..",
        "a..b.",
        "\\",
        "\\..",
        "é.com.",
        "x" * 1004,
        "._" * 502,
        "wpad..",
        "wpad",
        "_",
        "_sip._tls..",
    ],
)
def test_any_text_may_be_a_name(qname):
    for soa_rrname in (None, "", ".", "com.", qname):
        question, _ = asked(
            (qname, soa_rrname), (f"wpad.{qname}", soa_rrname), (f"_sip._tls.{qname}", soa_rrname)
        )
        question.sections()


def test_times_out_of_order_are_no_trouble():
    question, _ = asked()
    question.take([record(5, "nas.lan."), record(-3, "nas.lan."), record(0, "nas.lan.")])
    (row,) = rows(question, "leaks")
    assert (row["first_seen"][:19], row["last_seen"][:19]) == ("2025-12-31T23:57:00", "2026-01-01T00:05:00")


def synthetic(**options):
    frames = [response.frame for response in islice(generate(rate=100, **options), 20_000)]
    return derive(frames, "lab").nxdomains


def test_services_domains_and_leaks_of_a_synthetic_stream_are_found():
    question = Discovery()
    assert question.take(synthetic()) == []
    assert {"_ldap._tcp", "wpad", "autodiscover", "_sip._tls"} <= set(column(question, "services", "service"))
    assert set(column(question, "leaks", "suffix")) >= {"local.", "lan.", "home.", "corp."}
    assert len(rows(question, "domains")) > 100


def test_nothing_is_found_in_a_synthetic_stream_without_their_causes():
    question = Discovery()
    assert question.take(synthetic(without=["service", "autoconfig", "leaked"])) == []
    assert {name: rows(question, name) for name in FINDINGS} == {name: [] for name in FINDINGS}
    assert rows(question, "probes")[0]["look_ups"] > 0


# Apart: signals, probes, typing errors, noise


def test_signals_of_resolvers_and_probes_of_programs_are_neither_services_nor_leaks():
    question, alerts = asked(
        *[
            (name, ".")
            for name in ("_ta-4f66-9728.", "__cloud_init_expected_not_found__.", "example.invalid.")
        ],
        ("__cloud_init_expected_not_found__.office.lan.", "."),
        ("root-key-sentinel-not-ta-20326.oddshop.com.", "com."),
    )
    assert alerts == []
    assert [(row["kind"], row["look_ups"], row["names"]) for row in rows(question, "signals")] == [
        ("probe", 3, 3),
        ("trust anchors", 2, 2),
    ]
    assert not any(section.rows for section in question.sections() if section.name != "signals")


def test_typing_errors_of_top_level_domains_and_noise_stand_apart_from_leaks():
    question, _ = asked(
        *[(name, ".") for name in ("oddshop.con.", "www.oddshop.ocm.", "_sip._udp.oddshop.con.")],
        *[(name, ".") for name in ("192.168.1.1.", "8080.", "x.\\255\\001.", "\\200.")],
        ("nas.unheardof.", "."),
    )
    assert column(question, "mistyped", "suffix") == ["con.", "ocm."]
    assert column(question, "leaks", "suffix") == ["unheardof."]
    assert [(row["kind"], row["look_ups"]) for row in rows(question, "noise")] == [
        ("numbers", 2),
        ("octets", 2),
    ]
    assert rows(question, "labels") == []


def test_leaks_of_many_names_and_days_come_before_those_of_many_look_ups():
    day = 24 * 60
    question = Discovery()
    question.take([record(minute, "one.busy.") for minute in range(50)])
    question.take([record(number * day, f"nas{number % 2}.lasting.") for number in range(5)])
    question.take([record(number, f"nas{number % 2}.brief.") for number in range(20)])
    assert [(row["suffix"], row["names"], row["days"]) for row in rows(question, "leaks")] == [
        ("lasting.", 2, 5),
        ("brief.", 2, 1),
        ("busy.", 1, 1),
    ]


@pytest.mark.parametrize("suffix", ["lan.", "local.", "corp.", "home."])
def test_a_resolver_that_asks_for_the_suffix_alone_shows_a_leak_of_it(suffix):
    question, _ = asked((suffix, "."))
    assert column(question, "leaks", "suffix") == [suffix]
    assert rows(question, "labels") == []


def test_an_internal_suffix_inside_a_name_is_a_leak_by_a_search_list():
    question, _ = asked(
        ("printer.lan.oddshop.com.", "oddshop.com."), ("dc1.ad.local.branch.oddshop.com.", "com.")
    )
    found = {row["suffix"]: row["inside"] for row in rows(question, "leaks")}
    assert found == {"lan.": 1, "local.": 1}


def test_with_a_search_list_the_domain_inside_is_meant():
    question, alerts = asked(*[("_ldap._tcp.meadow.com.office.oddshop.com.", "com.")] * 3)
    assert column(question, "domains", "domain") == ["meadow.com."]
    assert [alert.evidence["domain"] for alert in alerts] == ["oddshop.com."]  # where the question goes


def test_steps_that_are_marked_as_such_are_not_counted():
    question = Discovery()
    question.take([record(0, "wpad.oddshop.com.", "com.", minimised=True)])
    assert not any(section.rows for section in question.sections())
