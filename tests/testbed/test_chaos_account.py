"""The account of `make chaos`: a record missing without a word is not true, nor a word too many."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgpack
import pytest

from nxcast.broker.derivation.outbox import Message
from nxcast.broker.log.commit_log import CommitLog
from nxcast.broker.log.segments import SUFFIX
from testbed.chaos_account import Account, Keeper, Place, account_of, twice, witnessed

A = "nxdomain/A/"
PUBLISHED: dict[Place, list[int]] = {
    (A, 7, 1): [10, 11],
    (A, 7, 2): [12],
    (A, 8, 1): [13],
    ("dns-errors/NXDOMAIN/", 8, 1): [10],
}
EXPECTED = {"nxdomain/": {10, 11, 12, 13}, "dns-errors/": {10}}
LIFE = {"life": 1}
ONE, TWO, THREE = {"message": [A, 7, 1]}, {"message": [A, 7, 2]}, {"message": [A, 8, 1]}


def _account(path: Path, *lines: dict[str, Any] | str) -> Account:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return account_of(witnessed(path), ("nxdomain/",), EXPECTED, PUBLISHED)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([ONE, TWO, THREE], Account(4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
        ([ONE, {"gap": [A, 7, 2, 2]}, THREE], Account(4, 3, 0, 1, 1, 0, 1, 0, 0, 0, 0)),
        ([ONE, {"unknown": [7, 8]}, THREE], Account(4, 3, 0, 1, 1, 0, 1, 1, 0, 0, 0)),
        ([{"gap": [A, 7, 1, 1]}, LIFE, ONE, TWO, THREE], Account(4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
        ([ONE, TWO, LIFE, TWO, '{"message": ["nx', LIFE, THREE], Account(4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    ],
    ids=["all came", "a gap", "an unknown number", "came after all", "again after a kill, a line cut off"],
)
def test_what_is_received_or_reported_is_true(
    tmp_path: Path, lines: list[dict[str, Any] | str], expected: Account
) -> None:
    account = _account(tmp_path / "log", *lines)
    assert account == expected
    assert account.true


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([ONE, THREE], "unreported"),
        ([ONE, THREE], "silent"),
        ([ONE, {"unknown": [8, 9]}, THREE], "unreported"),
        ([ONE, TWO, THREE, {"gap": [A, 8, 2, 2]}], "invented"),
        ([ONE, TWO, THREE, {"message": [A, 9, 1]}], "invented"),
        ([ONE, TWO, TWO, THREE], "again"),
    ],
)
def test_what_is_missing_or_too_much_is_not(
    tmp_path: Path, lines: list[dict[str, Any] | str], field: str
) -> None:
    account = _account(tmp_path / "log", *lines)
    assert getattr(account, field) == 1
    assert not account.true


def test_a_record_that_came_in_another_message_too_is_doubled() -> None:
    published = {**PUBLISHED, (A, 8, 2): [11, 12]}
    assert twice(published, {10, 11, 12}) == 2
    assert twice(published, {10}) == 0


def test_looks_at_once_keep_each_segment_once(tmp_path: Path) -> None:
    (tmp_path / "log" / "records").mkdir(parents=True)
    keeper = Keeper(tmp_path / "log", tmp_path / "kept")
    for number in range(300):
        (tmp_path / "log" / "records" / f"{number}{SUFFIX}").touch()
    with ThreadPoolExecutor(8) as pool:
        for look in [pool.submit(keeper.look) for _ in range(8)]:
            look.result()
    keeper.close()
    assert len(list((tmp_path / "kept").iterdir())) == 300


def test_what_the_log_dropped_is_still_known(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "log", tmp_path / "kept")
    log = CommitLog(tmp_path / "log", octets_max=1, age_s=10**6, now_ns=7, now_s=0.0)
    log.begin(list, 7)
    for number in range(1, 61):
        payload = msgpack.packb([{"time_ns": number, "padding": "x" * 1000}])
        log.commit([Message(A.encode(), b"", payload)], [], 7, 0.0)
        log.sync()
        keeper.look()
    assert log.stretch(A, 7, 1, 1).messages == []
    log.let_go()
    keeper.close()
    assert keeper.published(["nxdomain/"]) == {(A, 7, number): [number] for number in range(1, 61)}
    assert keeper.published(["dns-errors/"]) == {}
