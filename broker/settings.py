"""The broker's settings, from options, environment (NXCAST_...) and a TOML file, in that order of precedence.

One frozen model; each setting has its unit in its name or its description, and its default is the contract's.
"""

from __future__ import annotations

import argparse
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from nxcast.broker.rights.egress_sets import SETS_MAX
from nxcast.process.arguments import ArgumentParser
from nxcast.process.ending import MisuseError, reason
from nxcast.telemetry.logs import LogFormat
from nxcast.telemetry.metrics_address import parse_address, parse_names
from nxcast.transport.endpoints import DEFAULT_EGRESS, DEFAULT_INGRESS, DEFAULT_REPLAY, is_local, is_nats
from nxcast.transport.memory_shares import MEMORY_MIN
from nxcast.version import version_text

__all__ = [
    "ENVIRONMENT_PREFIX",
    "NO_LOG",
    "STATE_FOLDER",
    "Settings",
    "SettingsError",
    "keys_settings",
    "load",
    "origins",
    "parser",
]

ENVIRONMENT_PREFIX = "NXCAST_"
STATE_FOLDER, NO_LOG = "state", "none"  # what `log` says instead of a folder
RENAMED = {"replay_bytes": "log_bytes", "replay_seconds": "log_seconds"}  # settings, once and now
ENDPOINTS = ("ingress", "egress", "replay")  # the settings that say where to bind

METAVARS = {
    **dict.fromkeys(ENDPOINTS, "ENDPOINT"),
    "keys": "FILE",
    "log": "FOLDER",
    "metrics": "HOST:PORT",
    "metrics_names": "NAMES",
    "log_format": "FORM",
}

_ZEROMQ = r"tcp://\S+:([0-9]{1,5}|\*)|ipc://\S+"
Endpoint = Annotated[str, Field(pattern=f"^({_ZEROMQ})$")]
NatsEndpoint = Annotated[str, Field(pattern=rf"^({_ZEROMQ}|(nats|tls)://\S+)$")]


def _address(value: object) -> str | None:
    """The text of an address, None for none; raises ValueError. In TOML a port may be a number."""
    if value is None:
        return None
    parse_address(str(value))
    return str(value)


def _names(value: object) -> str:
    """The text of names; raises ValueError."""
    parse_names(str(value))
    return str(value)


class SettingsError(MisuseError):
    """A setting that can't be used; the text names it, where it came from and what it should be."""


class Settings(BaseSettings):
    """What `nxcast-broker --help` shows."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, env_ignore_empty=True, frozen=True, extra="forbid"
    )

    ingress: Annotated[
        NatsEndpoint,
        Field(
            description="where producers push frames, a ZeroMQ endpoint to bind (PULL); or nats://HOST:PORT: "
            "take them from a work queue of NATS JetStream, which brokers can share"
        ),
    ] = DEFAULT_INGRESS
    egress: Annotated[
        NatsEndpoint,
        Field(
            description="where subscribers connect, a ZeroMQ endpoint to bind (XPUB); or nats://HOST:PORT: "
            "publish to a stream of NATS JetStream, which is the log then"
        ),
    ] = DEFAULT_EGRESS
    egress_ports: Annotated[
        int,
        Ge(1024),
        Le(65_536 - SETS_MAX),
        Field(
            description=f"with keys: the first of {SETS_MAX} TCP ports at the egress' address; each set of "
            "rights gets one of them"
        ),
    ] = 5560
    replay: Annotated[
        Endpoint,
        Field(description="where clients ask for what they missed, a ZeroMQ endpoint to bind (ROUTER)"),
    ] = DEFAULT_REPLAY
    batch_records: Annotated[
        int, Ge(1), Le(65_536), Field(description="records after which a message goes out")
    ] = 512
    linger_ms: Annotated[
        int, Ge(0), Le(60_000), Field(description="milliseconds that a record waits for others of its topic")
    ] = 20
    high_water_mark: Annotated[
        int,
        Ge(1),
        Le(1_000_000),
        Field(
            description="messages kept for a slow subscriber before it loses some, each about 64 KiB at most"
        ),
    ] = 1000
    memory_max: Annotated[
        int,
        Ge(MEMORY_MIN),
        Le(1 << 40),
        Field(
            description="octets of memory for all that is on its way, in and out; how many may connect "
            "follows from it, and who is cut off where it is short"
        ),
    ] = 512 << 20
    log: Annotated[
        str,
        Field(
            min_length=1,
            description="folder of the log, which has what was published, to be asked for again also after "
            f"a restart; {STATE_FOLDER}: in the state folder of this service or user; {NO_LOG}: in memory, "
            "or in the stream of the egress",
        ),
    ] = STATE_FOLDER
    log_bytes: Annotated[
        int,
        Ge(0),
        Le(1 << 40),
        Field(
            description="octets of published messages that the log keeps at most, 5 % of them for "
            "malformed/; in memory 268435456 unless given"
        ),
    ] = 1 << 30
    log_seconds: Annotated[
        int,
        Ge(0),
        Le(315_360_000),
        Field(description="seconds of serving that a published message is kept at most"),
    ] = 604_800
    log_sync_ms: Annotated[
        int,
        Ge(1),
        Le(10_000),
        Field(
            description="milliseconds from one sync of the log to the next: a batch is acknowledged after it"
        ),
    ] = 50
    accept_unsolicited: Annotated[
        bool, Field(description="publish responses that no query was seen for, too (they may be spoofed)")
    ] = False
    accept_forwarders: Annotated[
        bool,
        Field(description="publish answers of resolvers too that are not marked as such (NMSG)"),
    ] = False
    answers: Annotated[
        bool,
        Field(description="publish responses without an error too, those that have records: answers/"),
    ] = False
    servers: Annotated[
        bool,
        Field(
            description="publish once a minute how often each server answered well for each zone, by what "
            "sensors tell of zones: servers/"
        ),
    ] = False
    compiled: Annotated[
        bool, Field(description="let the compiled kernel derive, where it is installed, instead of Python")
    ] = True
    keys: Annotated[
        Path | None,
        Field(
            description="key file: only the clients that it names come in; at a server of NATS the broker "
            "does so by its own key, beside it"
        ),
    ] = None
    insecure: Annotated[
        bool, Field(description="without keys, bind to other addresses than loopback all the same")
    ] = False
    metrics: Annotated[
        str | None,
        BeforeValidator(_address),
        Field(
            description="serve /metrics, /healthz and /readyz over HTTP here; a PORT alone is on loopback. "
            "Whoever gets there may read them"
        ),
    ] = None
    metrics_names: Annotated[
        str,
        BeforeValidator(_names),
        Field(
            description="names of this host by which metrics may be asked for, with commas; addresses and "
            "localhost always may"
        ),
    ] = ""
    log_format: Annotated[
        LogFormat,
        Field(
            description="form of the log lines: text, json, or auto, which is text on a terminal, else json"
        ),
    ] = "auto"


def load(argv: Sequence[str] | None = None) -> Settings:
    """Settings from the command line and what stands behind it.

    Raises SettingsError for a bad value or file; `--help` and unknown options exit as argparse does.
    """
    options = vars(parser().parse_args(argv))
    for old, new in RENAMED.items():
        if (variable := f"{ENVIRONMENT_PREFIX}{old.upper()}") in os.environ:
            raise SettingsError(f"{variable} is called {ENVIRONMENT_PREFIX}{new.upper()} now")
    config = options.pop("config", None) or os.environ.get(f"{ENVIRONMENT_PREFIX}CONFIG")
    try:
        settings = _with_file(Path(config) if config else None)(**options)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config}: not TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{config}: {reason(error)}") from None
    except ValidationError as error:
        raise SettingsError(_explain(error, options)) from None
    _check_open(settings, options)
    _check_one_log(settings, options)
    _check_one_server(settings, options)
    return settings


def keys_settings(keys: str | None, config: str | None) -> tuple[Path, Settings]:
    """The key file that a broker with these options (None: not given) would use, and its settings.

    Raises SettingsError.
    """
    given = {"--keys": keys, "--config": config}
    settings = load(
        [word for option, value in given.items() if value is not None for word in (option, value)]
    )
    if settings.keys is None:
        raise SettingsError("which key file? give --keys FILE, or NXCAST_KEYS in the environment")
    return settings.keys, settings


def origins(settings: Settings, argv: Sequence[str] | None = None) -> str:
    """Where the settings came from that are not the default, each by its name there.

    The form of the log lines is left out: who reads them sees it.
    """
    options = vars(parser().parse_args(argv))
    given = [name for name in Settings.model_fields if name in settings.model_fields_set - {"log_format"}]
    names = [_given(name, options) for name in given]
    return ", ".join(names) or "all default"


def parser() -> argparse.ArgumentParser:
    """Of the broker's own options: one a setting."""
    made = ArgumentParser(
        prog="nxcast-broker",
        description="Takes frames from producers and publishes the channels dns-errors/ and nxdomain/, and "
        "answers/ where it is to.",
        epilog="Every option can stand in the environment (NXCAST_LINGER_MS=5) and in a TOML file "
        "(linger_ms = 5). An option comes before the environment, and that before the file. "
        "`nxcast-broker keys --help` tells how to say who may come in, `nxcast-broker log --help` how to "
        "look at the log, `nxcast-broker nats --help` how to make a stream of NATS JetStream for it.",
        argument_default=argparse.SUPPRESS,
    )
    made.add_argument("--version", action="version", version=version_text())
    made.add_argument("--config", metavar="FILE", help="a TOML file of settings (default: none)")
    for name, field in Settings.model_fields.items():
        option = f"--{name.replace('_', '-')}"
        text = f"{field.description} (default: {str(field.default).lower()})".replace("%", "%%")
        if field.annotation is bool:
            made.add_argument(option, action=argparse.BooleanOptionalAction, help=text)
        else:
            made.add_argument(option, metavar=METAVARS.get(name, "N"), help=text)
    return made


def _check_open(settings: Settings, options: dict[str, Any]) -> None:
    """Raise SettingsError where others than this machine would come in, and nobody has said that they may."""
    for name in ENDPOINTS:
        endpoint = getattr(settings, name)
        if settings.keys is not None and endpoint == "ipc://*":
            raise SettingsError(f"{_given(name, options)} is {endpoint}: with keys it has to be a path")
        if is_nats(endpoint):  # the server there says who comes in
            continue
        if settings.keys is None and not settings.insecure and not is_local(endpoint):
            raise SettingsError(
                f"{_given(name, options)} is {endpoint}, where others come in: give --keys FILE (see "
                "nxcast-broker keys --help), or --insecure to let in whoever gets there"
            )


def _check_one_log(settings: Settings, options: dict[str, Any]) -> None:
    """Raise SettingsError where a log is named and the stream of the egress is the log."""
    if is_nats(settings.egress) and "log" in settings.model_fields_set and settings.log != NO_LOG:
        raise SettingsError(
            f"{_given('log', options)} is {settings.log}: with an egress of NATS the stream is the log, so "
            f"leave it out, or say {NO_LOG}"
        )


def _check_one_server(settings: Settings, options: dict[str, Any]) -> None:
    """Raise SettingsError where an ingress of NATS has another egress."""
    if not is_nats(settings.ingress):
        return
    if settings.ingress != settings.egress:
        raise SettingsError(
            f"{_given('ingress', options)} is a work queue of NATS, which lets go of a batch once what it "
            "gave is stored there too: give the egress the same endpoint"
        )


def _with_file(path: Path | None) -> type[Settings]:
    if path is None:
        return Settings
    path.open().close()  # else a file that can't be read would be passed over

    class WithFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is the base's
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)

    return WithFile


def _explain(error: ValidationError, options: dict[str, Any]) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        if name in RENAMED:
            return f"{name} in the file is called {RENAMED[name]} now"
        return f"unknown setting {name}; nxcast-broker --help lists them"
    expected = first["msg"].replace("Input should", "it should", 1)
    if first["type"] == "string_pattern_mismatch":
        expected = "it should look like tcp://127.0.0.1:5555 or ipc:///run/nxcast/ingress"
        if name in ("ingress", "egress"):
            expected += " or nats://127.0.0.1:4222"
    if first["type"] == "value_error":  # of our own, which names the value itself
        return f"{_given(name, options)} is {expected.removeprefix('Value error, ')}"
    return f"{_given(name, options)} is {first['input']!r}: {expected}"


def _given(name: str, options: dict[str, Any]) -> str:
    """A setting, named as where it was given."""
    if name in options:
        return f"--{name.replace('_', '-')}"
    variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
    return next((key for key in os.environ if key.upper() == variable), f"{name} in the file")
