"""`python -m nxcast.share FOLDER`: completions for bash, zsh and fish, and man pages, made from the parsers.

For who builds a package, and for who installed one without them. It needs shtab and argparse-manpage, which
nothing else of ours imports.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from nxcast import __version__
from nxcast.__main__ import COMMANDS, PROGRAMS, UP
from nxcast.process.arguments import ArgumentParser
from nxcast.process.ending import DONE, FAILED, reason

__all__ = ["main", "parsers"]

PACKAGES = "'shtab>=1.13,<2' 'argparse-manpage>=4.8,<5'"
# Where each shell looks for what completes a program, below a folder `share`.
COMPLETIONS = {
    "bash": "bash-completion/completions/{}",
    "zsh": "zsh/site-functions/_{}",
    "fish": "fish/vendor_completions.d/{}.fish",
}
MAN_PAGE = "man/man1/{}.1"
# What a metavar says of where words come from that no parser can list.
FILES = frozenset({"FILE", "CAPTURE", "OUTPUT"})
FOLDERS = frozenset({"DIR", "DIRECTORY", "FOLDER"})


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Of each program by name, whole: with those of all subcommands."""
    broker = _with_subcommands(_parser_of("broker.settings"))
    for name, module in (
        ("keys", "broker.rights.keys_command"),
        ("log", "broker.log.log_command"),
        ("nats", "broker.nats_command"),
    ):
        _add(broker, name, _parser_of(module))
    programs = {
        "broker": broker,
        "produce": _parser_of("producers.program"),
        "consume": _parser_of("consumers.command_line"),
    }
    front = _with_subcommands(ArgumentParser(prog="nxcast", description="One program in front of the three."))
    front.add_argument("--version", action="version", version=f"nxcast {__version__}")
    _add(front, UP, _parser_of("up"))
    for program, (_, purpose) in PROGRAMS.items():
        known = _subcommands(programs[program])
        _add(front, program, programs[program], purpose)
        for command in COMMANDS[program]:
            _add(front, command, known[command])
    return {"nxcast": front, **{f"nxcast-{name}": each for name, each in programs.items()}}


def _parser_of(module: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = import_module(f"nxcast.{module}").parser()
    return made


def _with_subcommands(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_subparsers(metavar="COMMAND", title="commands")
    return parser


def _add(to: argparse.ArgumentParser, name: str, each: argparse.ArgumentParser, purpose: str = "") -> None:
    """Add a parser as a subcommand of one."""
    words = next(action for action in to._actions if isinstance(action, argparse._SubParsersAction))
    told = purpose or _first_sentence(each)
    words.add_parser(
        name,
        parents=[each],
        add_help=False,
        help=told,
        description=each.description,
        epilog=each.epilog,
        formatter_class=each.formatter_class,
    )


def _first_sentence(parser: argparse.ArgumentParser) -> str:
    text = " ".join((parser.description or "").split()).partition(". ")[0].rstrip(".")
    return text[:1].lower() + text[1:]


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Those of a parser by name; none where it has none."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _write(folder: Path) -> list[Path]:
    """Write all that there is below `folder`; what was written. Raises ImportError and OSError."""
    import shtab

    made = parsers()
    texts: dict[str, str] = {}
    for name, parser in made.items():
        _tell_files(parser, shtab.FILE, shtab.DIRECTORY)
        texts |= {path.format(name): shtab.complete(parser, shell) for shell, path in COMPLETIONS.items()}
    for parser in made.values():
        texts |= _man_pages(parser, with_subcommands=parser.prog != "nxcast")
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return [folder / path for path in texts]


def _tell_files(parser: argparse.ArgumentParser, file: object, folder: object) -> None:
    """Have shtab complete paths where a metavar says that the word is one."""
    for action in parser._actions:
        kind = file if action.metavar in FILES else folder if action.metavar in FOLDERS else None
        if kind is not None:
            action.complete = kind  # type: ignore[attr-defined]  # shtab's way to say so
    for each in _subcommands(parser).values():
        _tell_files(each, file, folder)


def _man_pages(parser: argparse.ArgumentParser, *, with_subcommands: bool) -> dict[str, str]:
    """A page a command, by path; of the parser itself only the list of its subcommands stays."""
    from argparse_manpage.manpage import Manpage

    pages: dict[str, str] = {}
    inner = _subcommands(parser)
    for each in inner.values() if with_subcommands else ():
        pages |= _man_pages(each, with_subcommands=True)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            action.choices.clear()
    told, parser.epilog = parser.epilog, None
    page = Manpage(
        parser,
        {
            "description": _first_sentence(parser),
            "manual_title": "nxcast",
            "project_name": "nxcast",
            "version": __version__,
        },
    )
    if told:
        page.add_section("notes", ">", _as_it_stands(told))
    page.prog = parser.prog.replace(" ", "-")
    pages[MAN_PAGE.format(page.prog)] = str(page)
    return pages


def _as_it_stands(text: str) -> str:
    """Lines in roff that stay lines, and are text whatever they begin with."""
    marked = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join([".nf", *(f"\\&{line}" for line in marked.splitlines()), ".fi"])


def main(argv: Sequence[str] | None = None) -> int:
    """Write them; 0, or 1 with a reason."""
    words = ArgumentParser(prog="python -m nxcast.share", description=str(__doc__))
    words.add_argument(
        "folder", type=Path, metavar="FOLDER", help="such as ~/.local/share or /usr/local/share"
    )
    args = words.parse_args(argv)
    try:
        for file in _write(args.folder):
            print(file)
    except ImportError as error:
        print(f"nxcast.share: {error}: pip install {PACKAGES}", file=sys.stderr)
        return FAILED
    except OSError as error:
        print(f"nxcast.share: {error.filename or args.folder}: {reason(error)}", file=sys.stderr)
        return FAILED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
