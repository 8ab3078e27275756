"""What the compose file says and what the programs around it take for granted are the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

from testbed.containers import NET, PORTS, SETS
from testbed.prepare import CLIENTS, HOSTS
from testbed.traffic import RATE
from tests.conftest import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCUMENTATION = (ROOT / "docs" / "testbed.md").read_text()
SERVICES = re.findall(
    r"^  ([a-z]+):$", COMPOSE.partition("\nservices:")[2].partition("\nnetworks:")[0], re.MULTILINE
)


def test_ports_are_published_on_loopback_only_and_can_be_moved() -> None:
    published = re.findall(
        r"- \"?127\.0\.0\.1:\$\{(\w+):-(\d+)\}:(\d+)|ports: \[\"127\.0\.0\.1:\$\{(\w+):-(\d+)\}:(\d+)",
        COMPOSE,
    )
    found = {first or second: (a or c, b or d) for first, a, b, second, c, d in published}
    single = PORTS.keys() - {"NXCAST_PORT_SETS"}
    assert found == {variable: (str(PORTS[variable]), str(PORTS[variable])) for variable in single}
    assert len(re.findall(r"127\.0\.0\.1:\$", COMPOSE)) == len(PORTS)


def test_the_ports_of_sets_of_rights_are_published_as_the_broker_tells_them() -> None:
    first, last = PORTS["NXCAST_PORT_SETS"], PORTS["NXCAST_PORT_SETS"] + SETS - 1
    ports = f"${{NXCAST_PORT_SETS:-{first}}}-${{NXCAST_PORT_SETS_LAST:-{last}}}"
    assert f"- 127.0.0.1:{ports}:{ports}\n" in COMPOSE
    assert f" NXCAST_EGRESS_PORTS: ${{NXCAST_PORT_SETS:-{first}}}\n" in COMPOSE


def test_the_servers_have_the_addresses_that_the_resolver_is_told() -> None:
    addresses = dict(
        re.findall(r"^  (\w+):\n(?:(?!^  \w).*\n)*?.*ipv4_address: \"(\S+)\"", COMPOSE, re.MULTILINE)
    )
    prefix = f"${{NXCAST_DNS_NET:-{NET}}}"
    wanted = {name: f"{prefix}.{host}" for name, host in HOSTS.items() if name != "nobody"}
    assert addresses == wanted


def test_the_resolver_may_connect_to_the_dnstap_producer() -> None:
    (service,) = re.findall(r"^  dnstap:\n(?:    .*\n)+", COMPOSE, re.MULTILINE)
    program, *words = re.findall(r"^      - (\S+)$", service, re.MULTILINE)
    assert program == "nxcast-produce"
    (resolver,) = re.findall(
        r"^  resolver:\n(?:(?:    .*)?\n)+?.*ipv4_address: \"(.+)\"", COMPOSE, re.MULTILINE
    )
    assert f"--allow={resolver}" in words
    arguments = [re.sub(r"\$\{NXCAST_DNS_NET:-(.+)\}", r"\1", word).replace(":6000", ":0") for word in words]
    command = [sys.executable, "-m", "nxcast.producers", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "listening at tcp:0.0.0.0:" in process.stderr.readline()
        process.terminate()
        process.stderr.read()


def test_each_client_s_key_has_a_volume_and_only_its_user_mounts_it() -> None:
    mounted = re.findall(r"key-(\w+):/keys/client:ro", COMPOSE)
    assert set(mounted) == CLIENTS.keys() - {"host"}
    assert [name for name in mounted if name != "consumers"] == ["dnstap", "packets", "doctor"]
    for name in CLIENTS:
        assert f"- key-{name}:/keys/{name}\n" in COMPOSE


def test_the_traffic_is_as_gentle_as_its_default() -> None:
    assert f"--rate=${{NXCAST_TRAFFIC_RATE:-{RATE:g}}}" in COMPOSE


def test_each_service_and_variable_is_documented() -> None:
    variables = set(re.findall(r"\$\{(NXCAST_\w+):-", COMPOSE))
    for name in (*SERVICES, *variables):
        assert f"`{name}`" in DOCUMENTATION, name


def test_nothing_is_pulled_but_base_images() -> None:
    assert "pull_policy: never" in COMPOSE
    for path in ("Dockerfile", "dns.Dockerfile"):
        stages = re.findall(r"^FROM (\S+)", (ROOT / "testbed" / "docker" / path).read_text(), re.MULTILINE)
        foreign = {stage for stage in stages if ":" in stage}
        assert foreign <= {"python:3.11-slim-bookworm", "debian:bookworm-slim"}


def test_the_image_is_built_of_all_that_is_installed() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    needed = [name for names in tools["data-files"].values() for name in names]
    needed = [name for name in needed if not name.startswith("build/")]  # made for a wheel, by make wheel
    needed += [name for each in tools["ext-modules"] for name in each["sources"]]
    needed += tools["package-dir"].values()
    copied = re.findall(
        r"^COPY (?!--)(.+) \S+$", (ROOT / "testbed/docker/Dockerfile").read_text(), re.MULTILINE
    )
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    for sources in (" ".join(copied).split(), let_in):
        for name in needed:
            assert any(name == source or name.startswith(f"{source}/") for source in sources), name
