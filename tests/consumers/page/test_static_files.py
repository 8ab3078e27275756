"""The files of the page: nothing reads markup, comes from elsewhere or is inline; uPlot is as locked."""

from __future__ import annotations

import json
import re

import pytest

from tests.conftest import ROOT

PAGE = ROOT / "consumers" / "page"
STATIC = PAGE / "static"
OURS = sorted(path.name for path in STATIC.iterdir() if not path.name.startswith("uPlot"))
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
SINKS = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
    "Function(",
    "srcdoc",
    "import(",
)


@pytest.mark.parametrize("name", OURS)
def test_nothing_reads_markup_or_comes_from_elsewhere(name):
    text = (STATIC / name).read_text().replace(SVG_NAMESPACE, "")
    assert not [sink for sink in SINKS if sink in text]
    assert not re.search(r"(?:https?:|wss?:)?//[a-z]", text.replace("// ", ""))
    assert "javascript:" not in text


def test_nothing_is_inline_and_all_that_is_named_is_there():
    text = (STATIC / "index.html").read_text()
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script>", text)
    named = re.findall(r'(?:src|href)="([\w.-]+)"', text)
    modules = [
        found for name in OURS for found in re.findall(r'from "\./([\w.-]+)"', (STATIC / name).read_text())
    ]
    assert set(named) | set(modules) == {path.name for path in STATIC.iterdir()} - {"index.html"}


def test_each_picture_has_its_table_and_each_part_its_heading():
    text = (STATIC / "index.html").read_text()
    labels = re.findall(r'<section id="(\w+)" aria-labelledby="([\w-]+)"', text)
    assert len(labels) == 8
    assert all(f'id="{heading}"' in text for _, heading in labels)
    assert 'id="plot" aria-hidden="true"' in text
    assert "rates-table" in text


def test_uplot_is_of_the_version_and_licence_that_are_locked():
    lock = json.loads((PAGE / "package-lock.json").read_text())["packages"]["node_modules/uplot"]
    assert lock["integrity"].startswith("sha512-")
    assert "resolved" not in lock
    version = lock["version"]
    assert f"(v{version})" in (STATIC / "uPlot.iife.min.js").read_text()[:100]
    assert f"uPlot {version}" in (STATIC / "index.html").read_text()
    assert lock["license"] == "MIT"
    assert (STATIC / "uPlot.LICENSE").read_text().startswith("The MIT License (MIT)")
    row = next(line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| uPlot "))
    assert version in row
