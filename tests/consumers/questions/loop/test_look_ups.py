import pytest

from nxcast.consumers.questions.loop.look_ups import is_look_up, look_ups, server_of


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({}, True),
        ({"qclass": 3}, False),  # CH
        ({"qclass": 4}, False),  # HS
        ({"qclass": 254}, False),  # NONE, of UPDATE
        ({"qclass": 255}, False),  # ANY
        ({"qtype": 251}, False),  # IXFR
        ({"qtype": 252}, False),  # AXFR
        ({"qtype": 255}, False),  # ANY
        ({"qtype": 250}, True),  # TSIG, a type as any other
        ({"qtype": 65400}, True),
    ],
)
def test_a_look_up_is_of_class_in_for_one_type(changed, counts, make):
    assert is_look_up(make.nxdomain(**changed)) == counts
    assert is_look_up(make.dns_error(**changed)) == counts


@pytest.mark.parametrize(("opcode", "counts"), [(0, True), (1, False), (4, False), (5, False), (15, False)])
def test_a_look_up_has_the_opcode_query(opcode, counts, make):
    assert is_look_up(make.dns_error(opcode=opcode)) == counts


def test_an_error_whose_messages_tell_nothing_is_one(make):
    assert is_look_up(make.dns_error(qname=None, qclass=None, qtype=None))


def test_look_ups_are_the_records_that_are_one(make):
    chaos, any_type = make.nxdomain(qclass=3), make.nxdomain(qtype=255)
    update, untold = make.dns_error(opcode=5), make.dns_error(qname=None, qclass=None, qtype=None)
    assert look_ups([chaos, make.nxdomain(), any_type, update, untold]) == [make.nxdomain(), untold]
    assert look_ups([]) == []


def test_a_server_that_nobody_told_is_unknown(make):
    assert server_of(make.nxdomain(response_ip=None)) == "::"
    assert server_of(make.nxdomain()) == "192.33.14.30"
