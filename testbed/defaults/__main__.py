"""Record what each resolver sends at its defaults, and what its clients were told.

    python -m testbed.defaults DIRECTORY [NAME ...]

The directory, made anew, gets NAME.dnstap and NAME.answers.jsonl for each resolver; the table says how many
of the questions that clients were denied are among the responses of authoritative servers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from dnslib import QTYPE, DNSRecord

from testbed.defaults import recording
from testbed.defaults.clients import Answer, denied, shares, write
from testbed.defaults.lab import DefaultsLab, LabError
from testbed.defaults.questions import EXISTING, QUESTIONS
from testbed.defaults.resolvers import KINDS

FLUSH_SECONDS = 3.0
"""libfstrm and Unbound send within two seconds, and PowerDNS loses what it holds when it stops."""


def main(argv: list[str] | None = None) -> int:
    """Exit status: 0, or 1 where the lab cannot run."""
    parser = argparse.ArgumentParser(prog="python -m testbed.defaults", description=__doc__.split("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(KINDS)} (default: all)")
    args = parser.parse_args(argv)
    names = args.names or list(KINDS)
    if unknown := set(names) - set(KINDS):
        parser.error(f"no such resolver: {', '.join(sorted(unknown))}")
    args.directory.mkdir(parents=True)
    try:
        with tempfile.TemporaryDirectory(prefix="lab-") as work, DefaultsLab(Path(work)) as lab:
            for name in names:
                _record(lab, name, args.directory)
    except LabError as error:
        print(f"testbed.defaults: {error}", file=sys.stderr)
        return 1
    return 0


def _record(lab: DefaultsLab, name: str, directory: Path) -> None:
    listen, file = lab.directory / f"{name}.sock", directory / f"{name}.dnstap"
    with (
        recording.Recorder(listen, file, lab.directory),
        lab.resolver(name, listen, clients=True) as resolver,
    ):
        answers = [*resolver.ask(EXISTING), *resolver.ask(QUESTIONS)]
        time.sleep(FLUSH_SECONDS)
    write(directory / f"{name}.answers.jsonl", answers)
    _tell(name, answers, list(recording.read(file)))


def _tell(name: str, answers: list[Answer], messages: list[recording.Message]) -> None:
    from_authority = []
    for message in messages:
        if message.type == recording.RESOLVER_RESPONSE:
            response = DNSRecord.parse(message.wire)
            if response.header.rcode == 3:
                from_authority.append((str(response.q.qname).lower(), QTYPE[response.q.qtype]))
    told = denied(answers)
    unasked = sum(key not in told for key in from_authority)
    print(f"{name}: clients were told {dict(Counter(answer.rcode for answer in answers))}")
    print(f"  dnstap messages by type {dict(Counter(message.type for message in messages))}")
    print(f"  NXDOMAIN from authorities {len(from_authority)}, of them not asked by clients {unasked}")
    for cause, share in shares(answers, set(from_authority)).items():
        print(f"  {cause:32}{share}")


if __name__ == "__main__":
    sys.exit(main())
