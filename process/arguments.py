"""Command lines: what is wrong with one is told in one plain line that names the word and what was meant.

Pure, but for the end of the process: as argparse does, wrong words end it with status `MISUSED`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, NoReturn, TypeVar

from nxcast.process.ending import DONE, MISUSED, one_line
from nxcast.process.standard_streams import ended, show

__all__ = ["ArgumentParser", "argument", "meant", "part"]

T = TypeVar("T")


class ArgumentParser(argparse.ArgumentParser):
    """One that tells what is wrong in one line instead of all that could be said; its subcommands' too."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parted: dict[str, tuple[str, ...]] = {}
        """By option those of which it makes no use."""

    def error(self, message: str) -> NoReturn:
        """End with the line."""
        self.exit(MISUSED, f"{self.prog}: {one_line(message)} ({self.prog} --help tells more)\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, but an option that there is not is told first: its value may look wrong too."""
        words = sys.argv[1:] if args is None else list(args)
        self._check_options(words)
        self._check_parted(words)
        return super().parse_known_args(words, namespace)

    def _print_message(self, message: str, file: Any = None) -> None:
        """As argparse does, but where stdout takes nothing that is told."""
        if file is not sys.stdout:
            super()._print_message(message, file)
        elif status := ended(self.prog, lambda: _shown(message)):
            self.exit(status)

    def _check_options(self, words: Sequence[str]) -> None:
        options = [option for option in self._option_string_actions if option.startswith("--")]
        for word in words:
            name = word.partition("=")[0]
            if word == "--" or (self._subparsers is not None and not word.startswith("-")):
                return  # what follows is no option, or one of the subcommand
            known = " " in name or any(option.startswith(name) for option in options)
            if name.startswith("--") and not known:
                self.error(f"no option {name}{meant(name, options)}")

    def _check_parted(self, words: Sequence[str]) -> None:
        """Refuse an option beside one that would pass over it in silence."""
        known = self._option_string_actions
        names = [word.partition("=")[0] for word in takewhile("--".__ne__, words)]
        given = {
            option
            for option in known
            if option in names
            or any(name[:2] == "--" and name not in known and option.startswith(name) for name in names)
        }
        for option, others in self.parted.items():
            for other in given.intersection(others) if option in given else ():
                self.error(f"{option} goes without {other}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(each) for each in action.choices]
            named = str(action.metavar or "").lower()
            what = "/".join(action.option_strings) or (named if named.isalpha() else "command")
            told = meant(str(value), choices) or f": it is one of {', '.join(choices)}"
            raise argparse.ArgumentError(None, f"no {what} {value!r}{told}")


def part(parser: argparse.ArgumentParser, option: str, *others: str) -> None:
    """Have a parser, one of ours, refuse options beside one that makes no use of them."""
    if not isinstance(parser, ArgumentParser):
        raise TypeError("argparse's own knows no options apart")
    parser.parted[option] = (*parser.parted.get(option, ()), *others)


def _shown(message: str) -> int:
    show(message)
    return DONE


def argument(parse: Callable[[str], T]) -> Callable[[str], T]:
    """An argument's type, which tells what the ValueError of `parse` says: argparse alone would keep it."""

    def parsed(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parsed


def meant(word: str, known: Iterable[str], prefix: str = "") -> str:
    """': did you mean tail?', for the known words that are much like it; empty where none is.

    `prefix` is what all have before them: it says nothing of how much they are alike.
    """
    close = get_close_matches(word, sorted(known), n=2)
    return f": did you mean {' or '.join(prefix + each for each in close)}?" if close else ""
