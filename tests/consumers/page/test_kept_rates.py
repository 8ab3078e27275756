"""A server that is started again, and what it shows of before."""

from __future__ import annotations

import json
import time

import pytest

from nxcast.consumers.page import kept_rates
from nxcast.consumers.page.failure_rates import SCALES
from nxcast.consumers.page.kept_rates import KeptRates
from nxcast.consumers.show.console import CommandError
from nxcast.schemas.codes import rcode_text
from nxcast.schemas.units import SECOND_NS

COUNTED = ("tcp://192.0.2.9:5556", "nxdomain/", "dns-errors/")
NOW = 1_700_000_000


@pytest.fixture
def clock(monkeypatch):
    """What a machine's clock says, in seconds."""
    now = {"s": NOW}
    monkeypatch.setattr(kept_rates, "time_ns", lambda: now["s"] * SECOND_NS)
    return now


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rates.json"


def add(kept, before_s, rcode=3, count=1):
    for _ in range(count):
        kept.rates.add(NOW - before_s, rcode, NOW)


def drawn(kept, scale, now_s):
    return kept.rates.drawn(scale, now_s * SECOND_NS, rcode_text)


@pytest.mark.usefixtures("clock")
def test_before_a_first_server_nothing_is_known(path):
    kept = KeptRates(path, COUNTED)
    told = drawn(kept, "5m", NOW + 100)
    assert told["unknown"] == [[told["first"], NOW]]
    assert drawn(kept, "5m", NOW + 400)["unknown"] == []


def test_a_server_that_is_started_again_shows_what_was_counted(clock, path):
    kept = KeptRates(path, COUNTED)
    add(kept, 20 * 3600, rcode=2, count=7)
    add(kept, 1800, rcode=5, count=3)
    add(kept, 10, count=4)
    kept.rates.lost((NOW - 5) * SECOND_NS, (NOW - 4) * SECOND_NS)
    kept.save()
    before = {scale: drawn(kept, scale, NOW + 60) for scale in SCALES}
    clock["s"] = NOW + 60
    again = KeptRates(path, COUNTED)
    for scale, told in before.items():
        assert drawn(again, scale, NOW + 60) == {**told, "unknown": [*told["unknown"], [NOW, NOW + 60]]}
    assert set(before["24h"]["rcodes"]) == {"SERVFAIL", "REFUSED", "NXDOMAIN"}
    add(again, 10)
    assert sum(drawn(again, "5m", NOW)["rcodes"]["NXDOMAIN"]) == 5


def test_what_is_older_than_a_day_is_gone(clock, path):
    kept = KeptRates(path, COUNTED)
    add(kept, 10)
    kept.save()
    clock["s"] = NOW + 2 * 86_400
    told = drawn(KeptRates(path, COUNTED), "24h", clock["s"])
    assert told["rcodes"] == {}
    assert told["unknown"] == [[told["first"], clock["s"]]]


def test_what_other_records_gave_is_refused(path):
    KeptRates(path, COUNTED).save()
    with pytest.raises(CommandError, match=r"is of other records .*192\.0\.2\.9.*: name another file"):
        KeptRates(path, ("tcp://192.0.2.8:5556", *COUNTED[1:]))


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept.pop("rates"),
        lambda kept: kept.update(form=2),
        lambda kept: kept.update(saved="now"),
        lambda kept: kept["rates"]["scales"].pop("1h"),
        lambda kept: kept["rates"]["scales"].update({"5m": {"x": {}}}),
        lambda kept: kept["rates"]["scales"].update({"5m": {"1": {"3": -1}}}),
        lambda kept: kept["rates"]["scales"].update({"5m": {"1": {"3": 10**400}}}),
        lambda kept: kept["rates"]["scales"].update({"5m": {"1": {str(code): 1 for code in range(99)}}}),
        lambda kept: kept["rates"]["scales"].update({"5m": {str(second): {} for second in range(1000)}}),
        lambda kept: kept["rates"].update(gaps=[[1]]),
        lambda kept: kept["rates"].update(unknown=["ab"]),
        lambda kept: kept["rates"].update(unknown=None),
    ],
)
def test_a_damaged_file_is_refused(path, change):
    KeptRates(path, COUNTED)
    kept = json.loads(path.read_bytes())
    change(kept)
    path.write_text(json.dumps(kept))
    with pytest.raises(CommandError, match="is damaged, or no file of serve --state"):
        KeptRates(path, COUNTED)


@pytest.mark.parametrize("octets", [b"", b"[", b"[]", b"7", b"\xff", b"[" * 100_000, b" " * (1 << 21)])
def test_what_is_something_else_is_refused(path, octets):
    path.write_bytes(octets)
    with pytest.raises(CommandError, match="is damaged, or no file of serve --state"):
        KeptRates(path, COUNTED)


def test_a_file_that_cannot_be_written_is_refused_at_the_start(path):
    with pytest.raises(CommandError, match=r"can't write .*no such file or directory"):
        KeptRates(path.parent / "absent" / "rates.json", COUNTED)


def test_a_disk_that_takes_nothing_is_told_once_and_tried_again(path, caplog):
    kept = KeptRates(path, COUNTED)
    path.unlink()
    path.parent.rmdir()
    kept.save()
    kept.save()
    path.parent.mkdir()
    add(kept, 1)
    kept.save()
    assert caplog.text.count("can't write") == 1
    assert json.loads(path.read_bytes())["rates"]["scales"]["24h"]


def test_it_is_due_once_a_minute(path, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(kept_rates, "monotonic", lambda: now)
    kept = KeptRates(path, COUNTED)
    assert not kept.is_due()
    now += kept_rates.EVERY_S
    assert kept.is_due()
    kept.save()
    assert not kept.is_due()
