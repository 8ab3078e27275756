"""What docs/operations.md says of Grafana fits the dashboard and the compose file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
DASHBOARD = json.loads((ROOT / "testbed" / "grafana" / "nxcast.json").read_text())


def _blocks() -> list[Any]:
    section = PAGE.split("### Grafana\n")[1].split("\n## ")[0]
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)]


def test_the_data_source_is_of_the_type_that_the_dashboard_lists() -> None:
    (source,) = _blocks()[0]["datasources"]
    listed = [each["query"] for each in DASHBOARD["templating"]["list"] if each["type"] == "datasource"]
    assert listed == [source["type"]]


def test_the_data_source_is_where_compose_has_prometheus() -> None:
    (source,) = _blocks()[0]["datasources"]
    port = source["url"].rpartition(":")[2]
    compose = (ROOT / "docker-compose.yml").read_text()
    assert f"127.0.0.1:${{NXCAST_PORT_PROMETHEUS:-{port}}}:9090" in compose


def test_every_panel_asks_the_data_source_that_is_chosen_at_the_top() -> None:
    panels = [each for each in DASHBOARD["panels"] if each["type"] != "row"]
    sources = {json.dumps(each["datasource"], sort_keys=True) for each in panels}
    assert sources == {json.dumps({"type": "prometheus", "uid": "${datasource}"}, sort_keys=True)}


def test_dashboards_are_read_from_a_folder_and_found_where_the_page_says() -> None:
    (provider,) = _blocks()[1]["providers"]
    assert (provider["type"], Path(provider["options"]["path"]).is_absolute()) == ("file", True)
    assert f"/d/{DASHBOARD['uid']}`" in PAGE
