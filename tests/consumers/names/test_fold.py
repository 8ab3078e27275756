"""Names as they compare: ASCII letters fold, nothing else does, and no text raises."""

from __future__ import annotations

import pytest

from nxcast.consumers.names.fold import fold


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("nEtAtLaNtIc.CoM.", "netatlantic.com."),
        ("", ""),
        ("\u00c4.COM.", "\u00c4.com."),
        ("\u212a.COM.", "\u212a.com."),  # KELVIN SIGN, whose lower case is k
        ("\ud800.COM.", "\ud800.com."),  # a lone surrogate, as JSON can hold one
    ],
)
def test_only_ascii_letters_fold(name: str, folded: str) -> None:
    assert fold(name) == folded
