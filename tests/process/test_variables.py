"""Variables that no program reads are named; those that one reads are not."""

from __future__ import annotations

import re

from nxcast.broker.settings import Settings
from nxcast.process.variables import VARIABLES, unknown_variables
from tests.conftest import ROOT

ROOMS = ("broker", "consumers", "producers", "telemetry", "transport")


def test_a_variable_that_none_reads_is_named_with_what_was_meant() -> None:
    assert unknown_variables(["PATH", "NXCAST_KEY", "NXCAST_EGRES", "nxcast_linger_ms", "NXCAST_X"]) == [
        "no program reads the variable NXCAST_EGRES: did you mean NXCAST_EGRESS or NXCAST_INGRESS?",
        "no program reads the variable NXCAST_X",
    ]


def test_the_list_is_complete() -> None:
    """Each setting of the broker, and each name that stands in the code of a program."""
    settings = {f"NXCAST_{name.upper()}" for name in Settings.model_fields}
    named = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            named.update(re.findall(r"\bNXCAST_[A-Z]+(?:_[A-Z]+)*\b", path.read_text()))
    assert settings | named | {"NXCAST_CONFIG"} == VARIABLES
