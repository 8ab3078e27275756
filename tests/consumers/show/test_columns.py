"""Tables: which columns a channel has, and which topics fit one."""

import json

import pytest

from nxcast.consumers.show.columns import COLUMNS, table_of
from nxcast.consumers.show.json_lines import record_json


def test_the_columns_are_the_keys_that_json_shows(make):
    told = {"query_zone": "com.", "minimised": True, "forwarder": True}
    records = {
        "dns-errors/": make.dns_error(**told),
        "nxdomain/": make.nxdomain(**told, denied="com.", by="proof"),
        "answers/": {key: value for key, value in make.dns_error(**told).items() if key != "rcode"},
        "malformed/": {"time_ns": 0, "sensor": None, "reason": "message_kind", "data": b""},
        "servers/": make.server_answers(),
    }
    shown = {channel: tuple(json.loads(record_json(record))) for channel, record in records.items()}
    assert shown == COLUMNS


def test_topics_of_one_channel_fit_one_table():
    assert table_of(["nxdomain/MX/", "nxdomain/A/"]) == "nxdomain/"
    assert table_of(["malformed/"]) == "malformed/"


@pytest.mark.parametrize(
    ("topics", "told"),
    [
        (["nxdomain/", "dns-errors/"], "not those of dns-errors/ and nxdomain/"),
        (["nxdomain/MX/", "status/"], "not those of nxdomain/ and status/"),
        (["status/"], "the records of status/ have maps in them and fit no table: take JSON"),
    ],
)
def test_others_do_not(topics, told):
    with pytest.raises(ValueError, match=told):
        table_of(topics)
