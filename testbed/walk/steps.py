r"""What a newcomer types, in the order of a first week, and what the screen has to show for it.

`shows` are regular expressions, each found on the screen of 80x24, `\s+` standing for where a line may be
broken. Tables only, no code that runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from testbed.walk.readme import commands

__all__ = ["CONSUMERS", "WALK", "Part", "Step"]

LINES_MAX = 6  # of 80 columns, for what is one line with a path in it, or two
LONG_S = 60.0  # seconds; the machine may be busy


@dataclass(frozen=True, slots=True)
class Step:
    """One command."""

    command: str
    shows: tuple[str, ...] = ()  # on the screen, in the end
    says: tuple[str, ...] = ()  # ever, though it may have scrolled away
    status: int = 0
    ends: bool = False  # by itself; else it is ended by Ctrl-C once the screen shows all of it
    lines: int | None = None  # the most that it may say


@dataclass(frozen=True, slots=True)
class Part:
    """Steps taken side by side, while these programs run."""

    name: str
    steps: tuple[Step, ...]
    beside: tuple[Step, ...] = field(default=())  # left running once they show theirs, ended after the steps


CONSUMERS = ("spamtrap", "dnsbl", "dga", "dead", "discovery", "authorities")
"""The questions."""


def _ends(command: str, *shows: str, status: int = 0, **more: float) -> Step:
    return Step(command, says=shows, status=status, ends=True, **more)  # type: ignore[arg-type]


def _wrong(command: str, *shows: str, status: int = 2) -> Step:
    return Step(command, shows, status=status, ends=True, lines=LINES_MAX)


_BROKER = Step("nxcast-broker", (r"taking frames on",))
_LOAD = Step("nxcast-produce synthetic --rate 300")


def _of_the_readme(command: str) -> Step:
    """What a consumer's command of the README is to show beside a broker and made-up load."""
    if "channels" in command or "doctor" in command or "--count" in command:
        return Step(command, ends=True)
    return Step(command, says=(r"connected\s*to.*subscribed\s*to",))


WALK: tuple[Part, ...] = (
    Part(
        "what is it",
        (
            *[
                _ends(f"{program} --version", r"^nxcast \d+\.\d+\.\d+, with(out)? its compiled kernel")
                for program in ("nxcast", "nxcast-broker", "nxcast-produce", "nxcast-consume")
            ],
            _ends("nxcast", r"nxcast tail", r"nxcast doctor", r"nxcast broker"),
            _ends("nxcast-broker --help", r"--linger-ms"),
            _ends("nxcast-produce --help", r"synthetic"),
            _ends("nxcast-consume --help", r"doctor"),
        ),
    ),
    Part(
        "nothing runs, and words are wrong",
        (
            _wrong("nxcast-consume tial", r"tial.*\s+tail"),
            _wrong("nxcast tial", r"tial.*\s+tail"),
            _wrong("nxcast-produce dnstpa", r"dnstpa.*\s+dnstap"),
            _wrong("nxcast-broker keys ad", r"\bad\b.*\s+add"),
            _wrong("nxcast-consume tail --frmat json", r"--frmat.*\s+--format"),
            _wrong("nxcast-broker --lingr-ms 5", r"--lingr-ms.*\s+--linger-ms"),
            _wrong("nxcast-consume tail nxdomian", r"nxdomian.*\s+nxdomain/"),
            _wrong("nxcast-consume tail --broker nonsense", r"nonsense.*\s+tcp://HOST:PORT"),
            _wrong("nxcast-consume doctor --broker nonsense", r"nonsense.*\s+tcp://HOST:PORT"),
            _wrong("nxcast-produce synthetic --broker nonsense", r"nonsense.*\s+tcp://HOST:PORT"),
            _wrong("nxcast-broker --ingress nonsense", r"nonsense.*\s+tcp://"),
            _wrong("nxcast-broker --linger-ms soon", r"soon"),
            _wrong("nxcast-consume tail --since yesterday", r"yesterday"),
            _wrong("nxcast-consume dga --from nowhere.json", r"nowhere.json", status=1),
            _wrong("nxcast-consume dead --indicators nowhere.txt", r"nowhere.txt", status=1),
            _wrong("nxcast-produce pcap nowhere.pcap", r"nowhere.pcap", status=1),
            _wrong(
                "env NXCAST_EGRES=x nxcast tail",
                r"NXCAST_EGRES: did you mean NXCAST_EGRESS",
                r"no broker answers",
                status=1,
            ),
            _wrong("nxcast-produce synthetic --connect-timeout 2", r"no broker answers", status=1),
        ),
    ),
    Part(
        "a broker, and nobody sends",
        tuple([Step(f"nxcast-consume {name}", (r"0 frames a second",)) for name in ("tail", *CONSUMERS)]),
        beside=(_BROKER,),
    ),
    Part(
        "made-up load",
        (
            Step("nxcast-consume tail", (r"NXDOMAIN",)),
            *[Step(f"nxcast-consume {name}", (r"[1-9][0-9]* frames a second",)) for name in CONSUMERS],
        ),
        beside=(_BROKER, _LOAD),
    ),
    Part(
        "the README at the prompt",
        tuple([_of_the_readme(command) for command in commands("nxcast-consume ")]),
        beside=(_BROKER, _LOAD),
    ),
)
