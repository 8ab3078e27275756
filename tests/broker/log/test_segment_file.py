"""Pieces of a block are written behind one another, however little is taken at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from nxcast.broker.log import segment_file
from nxcast.broker.log.segment_file import write_all

PIECES = [bytes([number]) * (number % 5) for number in range(200)]


@pytest.mark.parametrize("taken", [1, 2, 7, 1 << 20])
def test_all_is_written_where_the_device_takes_a_part(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing, writing_all = os.write, os.writev

    def a_part(descriptor: int, octets: bytes) -> int:
        return writing(descriptor, octets[:taken])

    def a_part_of_all(descriptor: int, pieces: Sequence[bytes]) -> int:
        whole = b"".join(pieces)
        return writing(descriptor, whole[:taken]) if taken < len(whole) else writing_all(descriptor, pieces)

    monkeypatch.setattr(segment_file, "PIECES_MAX", 16)
    monkeypatch.setattr(os, "write", a_part)
    monkeypatch.setattr(os, "writev", a_part_of_all)
    with (tmp_path / "x").open("wb", buffering=0) as file:
        write_all(file.fileno(), PIECES)
    assert (tmp_path / "x").read_bytes() == b"".join(PIECES)


def test_a_device_that_takes_nothing_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda *_: 0)
    monkeypatch.setattr(os, "writev", lambda *_: 0)
    with (tmp_path / "x").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        write_all(file.fileno(), PIECES)
