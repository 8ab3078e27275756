"""docs/http.md says what is true: its paths are answered, and its limits are the code's."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "http.md").read_text()
ASKED = re.findall(r"^curl (?:-g )?'http://127\.0\.0\.1:8053([^']+)'$", PAGE, re.MULTILINE)


def test_there_are_paths_to_ask():
    assert len(ASKED) >= 4


@pytest.mark.parametrize("path", ASKED)
def test_what_the_page_asks_is_answered(server, path):
    assert server.lines(path)[1] == {"cond": "succeeded"}


def test_elsewhere_one_is_told_what_there_is_and_the_page_has_it(server):
    status, _, body = server.get("/nothing")
    assert status == 404
    told = re.findall(r"/[\w/.]+", body)
    assert len(told) == 7
    assert all(path in PAGE for path in told)


def test_the_limits_of_the_page_are_those_of_the_code():
    rows = re.findall(r"^\| ([^|]*[0-9][^|]*) \| `(\w+)\.(\w+)`(?:, `(\w+)`)?", PAGE, re.MULTILINE)
    assert len(rows) >= 6
    for text, module, *names in rows:
        numbers = [float(number.replace(",", "")) for number in re.findall(r"[0-9][0-9,]*", text)]
        values = [getattr(import_module(f"nxcast.consumers.serve.{module}"), name) for name in names if name]
        for value in values:
            assert {value, value / (1 << 20), value * 1000} & set(numbers), (text, value)
