"""The service that docs/consumers.md shows, as it stands there, and killed: each record is kept once."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.conftest import ROOT, Bench
from tests.messages import frame, message, question

RECORDS = 300  # before the kill, and again after it


@contextmanager
def _running(source: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", source], cwd=folder)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _kept(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "failed.db")) as database:
        if not database.execute("SELECT * FROM sqlite_schema WHERE name = 'position'").fetchall():
            return []
        return [name for (name,) in database.execute("SELECT qname FROM failed")]


def test_a_service_that_is_killed_keeps_each_record_once(bench: Bench, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "consumers.md").read_text()
    shown = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (source,) = (each for each in shown if "failed.db" in each)
    source = source.replace("tcp://127.0.0.1:5556", bench.running.egress)
    status = bench.subscribe("status/")
    published = 0

    def publish(name: str) -> None:
        bench.push(frame(message(questions=[question(name)])))
        status.recv_multipart()

    with _running(source, tmp_path):
        while not _kept(tmp_path):  # it has joined somewhere
            publish("joining.")
        for published in range(RECORDS):
            bench.push(frame(message(questions=[question(f"{published}.before.")])))
        while "5.before." not in _kept(tmp_path):
            status.recv_multipart()
    for number in range(RECORDS):
        bench.push(frame(message(questions=[question(f"{number}.after.")])))
    with _running(source, tmp_path):
        while f"{RECORDS - 1}.after." not in _kept(tmp_path):
            status.recv_multipart()
    kept = [name for name in _kept(tmp_path) if name != "joining."]
    assert kept == [f"{number}.{when}." for when in ("before", "after") for number in range(RECORDS)]
