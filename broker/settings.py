"""The broker's settings, from options, environment (NXCAST_...) and a TOML file, in that order of precedence.

One frozen model; each setting has its unit in its name or its description, and its default is the contract's.
"""

from __future__ import annotations

import argparse
import os
import tomllib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

__all__ = ["ENVIRONMENT_PREFIX", "Settings", "SettingsError", "load"]

ENVIRONMENT_PREFIX = "NXCAST_"

Endpoint = Annotated[str, Field(pattern=r"^(tcp|ipc)://\S+$")]


class SettingsError(Exception):
    """A setting that can't be used; the text names it, where it came from and what it should be."""


class Settings(BaseSettings):
    """What `nxcast-broker --help` shows."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="forbid")

    ingress: Annotated[
        Endpoint, Field(description="where producers push frames, a ZeroMQ endpoint to bind (PULL)")
    ] = "tcp://127.0.0.1:5555"
    egress: Annotated[
        Endpoint, Field(description="where subscribers connect, a ZeroMQ endpoint to bind (XPUB)")
    ] = "tcp://127.0.0.1:5556"
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
    accept_unsolicited: Annotated[
        bool, Field(description="publish responses that no query was seen for, too (they may be spoofed)")
    ] = False


def load(argv: Sequence[str] | None = None) -> Settings:
    """Settings from the command line and what stands behind it.

    Raises SettingsError for a bad value or file; `--help` and unknown options exit as argparse does.
    """
    options = vars(_parser().parse_args(argv))
    config = options.pop("config", None) or os.environ.get(f"{ENVIRONMENT_PREFIX}CONFIG")
    try:
        return _with_file(Path(config) if config else None)(**options)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config}: not TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{config}: {(error.strerror or str(error)).lower()}") from None
    except ValidationError as error:
        raise SettingsError(_explain(error, options)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nxcast-broker",
        description="Takes frames from producers and publishes the channels dns-errors/ and nxdomain/.",
        epilog="Every option can stand in the environment (NXCAST_LINGER_MS=5) and in a TOML file "
        "(linger_ms = 5). An option comes before the environment, and that before the file.",
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--version", action="version", version=f"nxcast {version('nxcast')}")
    parser.add_argument("--config", metavar="FILE", help="a TOML file of settings (default: none)")
    for name, field in Settings.model_fields.items():
        option = f"--{name.replace('_', '-')}"
        text = f"{field.description} (default: {str(field.default).lower()})"
        if field.annotation is bool:
            parser.add_argument(option, action=argparse.BooleanOptionalAction, help=text)
        else:
            metavar = "ENDPOINT" if field.annotation is str else "N"
            parser.add_argument(option, metavar=metavar, help=text)
    return parser


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
        return f"unknown setting {name}; nxcast-broker --help lists them"
    given = f"--{name.replace('_', '-')}"
    if name not in options:
        variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
        given = next((key for key in os.environ if key.upper() == variable), f"{name} in the file")
    expected = first["msg"].replace("Input should", "it should", 1)
    if first["type"] == "string_pattern_mismatch":
        expected = "it should look like tcp://127.0.0.1:5555 or ipc:///run/nxcast/ingress"
    return f"{given} is {first['input']!r}: {expected}"
