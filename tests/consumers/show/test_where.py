"""--where: what can be said, what it means, and what is told to who says something else."""

import argparse
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.show.where import Where, term
from nxcast.schemas.names import labels_of, name_text
from tests.messages import message, opt


def where(*texts):
    return Where([term(text) for text in texts])


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("qname=gdsrr.com", {}),
        ("qname=com", {}),
        ("qname=COM.", {}),
        ("qname=.", {}),
        ("qname=.", {"qname": "."}),
        ("qname=example.com", {"qname": "www.EXAMPLE.cOm."}),
        ("qname=example.org,example.com", {"qname": "a.example.com."}),
        (r"qname=a\044b.example", {"qname": "x.a,b.example."}),
        (r"qname=a\.b.example", {"qname": r"x.A\.B.example."}),
        ("qname=example", {"qname": r"a\\.example."}),  # a label that ends in a backslash
        ("qtype=MX", {}),
        ("qtype=mx", {}),
        ("qtype=15", {}),
        ("qtype=TYPE15", {}),
        ("qtype=A,MX", {}),
        ("qtype=0", {"qtype": 0}),
        ("qtype=TYPE65400", {"qtype": 65400}),
        ("rcode=NXDOMAIN", {}),
        ("rcode=3", {}),
        ("rcode=SERVFAIL,NXDOMAIN", {}),
        ("response=192.33.14.30", {}),
        ("response=192.33.14.0/24", {}),
        ("response_ip=192.0.0.0/8", {}),
        ("response=0.0.0.0/0", {}),
        ("response=2001:db8::/32,192.0.2.1", {"response_ip": "2001:db8::7"}),
        (" qtype = MX , A ", {}),
        ("qtype=00000015", {}),
        ("qtype=TYPE00015", {}),
        ("rcode=RCODE0003", {}),
        ("response=::ffff:192.33.14.30", {}),
        ("response=::ffff:192.33.14.0/120", {}),
        ("response=192.33.14.30", {"response_ip": "::ffff:192.33.14.30"}),
        ("response=2001:0DB8:0:0::0007", {"response_ip": "2001:db8::7"}),
        (r"qname=\103dsrr.\099OM", {}),
    ],
)
def test_a_record_that_matches_is_wanted(make, said, changed):
    assert where(said)(make.nxdomain(**changed))


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("qname=srr.com", {}),  # a name, not a text
        ("qname=a.gdsrr.com", {}),
        ("qname=com.example", {}),
        ("qname=example", {"qname": r"a\.example."}),  # the dot is in the label
        ("qname=example", {"qname": r"a\\\.example."}),
        ("qname=example.com", {"qname": "."}),
        ("qname=k.example", {"qname": "\u212a.example."}),  # the sign for Kelvin, whose lower case is a k
        ("qtype=A", {}),
        ("qtype=A,AAAA", {}),
        ("rcode=SERVFAIL", {}),
        ("response=192.33.14.31", {}),
        ("response=192.0.2.0/24", {}),
        ("response=::/0", {}),
        ("response=0.0.0.0/0", {"response_ip": "no address"}),
    ],
)
def test_a_record_that_does_not_match_is_not_wanted(make, said, changed):
    assert not where(said)(make.nxdomain(**changed))


def test_a_field_said_again_means_any_and_different_fields_mean_all(make):
    wanted = where("qtype=A", "qname=example", "qtype=MX")
    assert wanted(make.nxdomain(qtype=15, qname="a.example."))
    assert wanted(make.nxdomain(qtype=1, qname="a.example."))
    assert not wanted(make.nxdomain(qtype=28, qname="a.example."))
    assert not wanted(make.nxdomain(qtype=15, qname="gdsrr.com."))


@pytest.mark.parametrize(
    ("said", "changed", "wanted"),
    [
        ("rcode=SERVFAIL", {}, True),
        ("rcode=2", {}, True),
        ("rcode=NXDOMAIN", {}, False),
        ("rcode=RCODE12,BADVERS", {"rcode": 12}, True),
        ("qtype=A", {}, True),
        ("qtype=A", {"qtype": None}, False),
        ("qname=.", {"qname": None}, False),
        ("response=192.5.5.0/24", {}, True),
    ],
)
def test_dns_errors_are_chosen_by_the_same_fields_and_nil_matches_nothing(make, said, changed, wanted):
    assert where(said)(make.dns_error(**changed)) is wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("ede=22", True),
        ("ede=022", True),
        ("ede=No Reachable Authority", True),
        ("ede=no-reachable-authority", True),
        ("ede=9,22", True),
        ("ede=any", True),
        ("ede=9", False),
    ],
)
def test_a_failure_is_chosen_by_the_reason_in_its_response(make, said, wanted):
    response = message(2, additionals=[opt(options=b"\0\x0f\0\x06\0\x16gone")])
    assert where(said)(make.dns_error(response=response)) is wanted
    assert not where(said)(make.dns_error())


@pytest.mark.parametrize("said", ["ede=", "ede=65536", "ede=gone"])
def test_what_is_no_reason_is_told(said):
    with pytest.raises(argparse.ArgumentTypeError, match="is no Extended DNS Error: a number to 65535"):
        term(said)


def test_answers_are_chosen_by_the_same_fields(make):
    assert where("rcode=NOERROR", "qtype=A", "qname=example", "response=192.5.5.0/24")(make.answer())
    assert not where("rcode=SERVFAIL")(make.answer())
    assert not where("rcode=NOERROR")(make.dns_error())
    assert not where("rcode=NOERROR")(make.nxdomain())


def test_nxdomain_has_no_reasons():
    assert "have no response" in where("ede=22").objection(["nxdomain/"])
    assert where("ede=22").objection(["nxdomain/", "dns-errors/"]) is None


@pytest.mark.parametrize("said", ["ede=any", "qname=.", "qtype=A", "rcode=NXDOMAIN", "response=::/0"])
def test_records_without_the_field_are_not_wanted(make, said):
    malformed = {"time_ns": 0, "sensor": None, "reason": "message_kind", "data": b""}
    assert not where(said)(malformed)
    assert not where(said)(make.status())


def test_nothing_said_wants_everything(make):
    assert not Where([])
    assert Where([])(make.status())
    assert Where([]).objection(["status/"]) is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", r"^what is ''\? Say qname=example\.com \(.*qtype=MX.*rcode=SERVFAIL.*response=192\.0\.2\.0/24"),
        ("qname", "what is 'qname'?"),
        ("soa=com", "what is 'soa=com'?"),
        ("=MX", "what is '=MX'?"),
        ("qname=", r"^qname: a name is missing; the root is '\.'"),
        ("qname=example.com,", "qname: a name is missing"),
        ("qname=*.example.com", r"qname: leave out '\*\.'"),
        ("qname=a..b", "qname: label of 0 octets"),
        ("qname=" + 64 * "a", "qname: label of 64 octets"),
        ("qname=b\u00fccher.example", "qname: not a domain name"),
        (r"qname=a\299.example", "qname: not a domain name"),
        ("qtype=", "qtype: '' is no type: a mnemonic"),
        ("qtype=MXX", "qtype: 'MXX' is no type"),
        ("qtype=65536", "qtype: '65536' is no type"),
        ("qtype=-1", "qtype: '-1' is no type"),
        ("qtype=\u0661", "is no type"),
        ("qtype=" + "1" * 5000, "is no type"),
        ("rcode=MX", "rcode: 'MX' is no RCODE: a mnemonic"),
        ("rcode=4096", "rcode: '4096' is no RCODE"),
        ("response=192.0.2.1/24", r"response: '192.0.2.1/24' is no .* \(did you mean 192\.0\.2\.0/24\?\)"),
        ("response=ns1.example", "response: 'ns1.example' is no address or network: one is"),
        ("response=192.0.2.0/33", "is no address or network: one is"),
        ("response=", "is no address or network"),
    ],
)
def test_what_cannot_be_said_is_told_with_what_can(said, told):
    with pytest.raises(argparse.ArgumentTypeError, match=told):
        term(said)


@pytest.mark.parametrize(
    ("said", "topics", "told"),
    [
        (["rcode=SERVFAIL"], ["nxdomain/"], "the rcode of nxdomain/ is always NXDOMAIN"),
        (["qtype=A"], ["nxdomain/MX/"], "nxdomain/MX/ has no such qtype"),
        (["qtype=A,AAAA"], ["nxdomain/MX/", "nxdomain/OTHER/"], "nxdomain/OTHER/ has no such qtype"),
        (["rcode=SERVFAIL"], ["answers/"], "the rcode of answers/ is always NOERROR"),
        (["rcode=NOERROR"], ["dns-errors/"], "dns-errors/ has no such rcode"),
        (["qtype=A"], ["answers/MX/"], "answers/MX/ has no such qtype"),
        (["rcode=REFUSED"], ["dns-errors/SERVFAIL/"], "dns-errors/SERVFAIL/ has no such rcode"),
        (["qname=."], ["malformed/"], "malformed/ has no qname"),
        (["qname=.", "response=192.0.2.1"], ["servers/"], "servers/ has no qname"),
        (["qname=.", "qtype=A"], ["status/", "malformed/"], "status/ has no qname and no qtype"),
        (["rcode=2"], ["nxdomain/", "status/"], "always NXDOMAIN, status/ has no rcode"),
    ],
)
def test_topics_that_can_never_match_are_told(said, topics, told):
    objection = where(*said).objection(topics)
    assert objection is not None
    assert objection.startswith("--where can match nothing here: ")
    assert told in objection


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        (["rcode=SERVFAIL"], ["nxdomain/", "dns-errors/"]),
        (["rcode=SERVFAIL"], ["dns-errors/SERVFAIL/"]),
        (["rcode=SERVFAIL,NXDOMAIN"], ["nxdomain/"]),
        (["rcode=RCODE12"], ["dns-errors/OTHER/"]),
        (["qtype=A", "qtype=MX"], ["nxdomain/MX/"]),
        (["qtype=TYPE65400"], ["nxdomain/OTHER/"]),
        (["qtype=A"], ["dns-errors/SERVFAIL/"]),
        (["rcode=0", "qtype=MX"], ["answers/MX/"]),
        (["rcode=NOERROR,SERVFAIL"], ["dns-errors/"]),
        (["qname=example"], ["status/", "nxdomain/MX/"]),
    ],
)
def test_topics_that_may_match_are_not_objected_to(said, topics):
    assert where(*said).objection(topics) is None


labels = st.lists(st.binary(min_size=1, max_size=8), max_size=6)


@given(labels, labels)
def test_a_name_is_below_another_if_its_labels_end_in_the_others(make, below, above):
    record = make.nxdomain(qname=name_text(below))
    said = name_text(above).replace(",", r"\044")
    folded = [label.lower() for label in below], [label.lower() for label in above]
    expected = folded[0][len(below) - len(above) :] == folded[1] if len(below) >= len(above) else False
    if said.startswith("*."):
        return
    assert where(f"qname={said}")(record) is expected
    assert where(f"qname={said}")(make.nxdomain(qname=name_text([*below, *above])))
    assert labels_of(name_text(above)) == tuple(above)


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_record_holds_nothing_is_raised(make, name, address):
    record = make.nxdomain(qname=name, response_ip=address)
    assert where("qname=.", "response=::/0", "qtype=MX", "rcode=3")(record) in (True, False)


@given(
    st.text(max_size=40)
    | st.builds(
        "{}={}".format, st.sampled_from(["qname", "qtype", "rcode", "response"]), st.text(max_size=20)
    )
)
def test_whatever_is_said_is_read_or_told(text):
    with contextlib.suppress(argparse.ArgumentTypeError):
        where(text)
