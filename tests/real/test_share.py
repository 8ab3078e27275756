"""Completions and man pages, read by the programs they are for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from nxcast import share


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("share")
    assert share.main([str(made)]) == 0
    return made


def _says(*words: str) -> list[str]:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert not done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("nxcast chan", "channels"), ("nxcast tail --format j", "json"), ("nxcast-broker keys re", "revoke")],
)
def test_fish_offers_what_may_follow(folder: Path, typed: str, offered: str) -> None:
    file = folder / share.COMPLETIONS["fish"].format(typed.split()[0])
    lines = _says("fish", "--no-config", "-c", f"source {file}; complete -C '{typed}'")
    assert [line.split("\t")[0] for line in lines] == [offered]


@pytest.mark.parametrize("program", ["nxcast", "nxcast-broker", "nxcast-produce", "nxcast-consume"])
def test_zsh_reads_its_file_and_finds_it_by_itself(folder: Path, program: str) -> None:
    file = folder / share.COMPLETIONS["zsh"].format(program)
    assert _says("zsh", "-n", str(file)) == []
    words = f"fpath=({file.parent} $fpath); autoload -Uz compinit; compinit -u -D; print $_comps[{program}]"
    assert _says("zsh", "-f", "-c", words) == [f"_{program}"]
