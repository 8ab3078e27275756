"""One target hunted in a process of its own: `python -m tests.fuzz.hunt TARGET SECONDS FOLDER SEED`.

With atheris (libFuzzer) where it is installed, guided by which lines of ours an input reaches; without it by
`Mutator`, blind. What breaks the target, or takes too long or too much memory, is left in FOLDER/findings as
TARGET-SOMETHING, and the number of inputs is told at the end on stderr as libFuzzer tells it.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

# In both ways the bounds on one input of at most 64 KiB.
SECONDS_MAX = 5  # seconds; a slow machine with much else to do
MEMORY_MAX = 256  # MiB; a zlib bomb of NMSG may take 8 MiB of payloads of two octets, 112 MiB
ROOT = Path(__file__).parents[2]
PACKAGES = ("broker", "producers", "consumers", "schemas")
TOLD = "stat::number_of_executed_units:"


def main(target: str, seconds: int, folder: Path, seed: int) -> int:
    """Hunt; 1 if something was found."""
    findings = folder / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    try:
        import atheris
    except ImportError:
        return _blind(target, seconds, findings, seed)
    _guided(atheris, target, seconds, folder, seed)
    return 0  # not reached: libFuzzer ends the process


def _guided(atheris: ModuleType, target: str, seconds: int, folder: Path, seed: int) -> None:
    # The editable install is an import hook, which atheris can't look through, so it gets the folders.
    packages = folder / "packages" / "nxcast"
    packages.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        link = packages / package
        if not link.is_symlink():
            link.symlink_to(ROOT / package)
    sys.path.insert(0, str(packages.parent))
    with atheris.instrument_imports(include=["nxcast"]):
        from tests.fuzz import corpus, targets
    known = folder / "corpus" / target
    known.mkdir(parents=True, exist_ok=True)
    for octets in corpus.seeds(target, shared=True):
        (known / hashlib.sha1(octets, usedforsecurity=False).hexdigest()).write_bytes(octets)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_MAX}",
        f"-rss_limit_mb={MEMORY_MAX + 256}",  # the interpreter, the libraries and the corpus
        "-max_len=65536",
        f"-seed={seed}",
        f"-artifact_prefix={folder}/findings/{target}-",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(known)], targets.TARGETS[target])
    atheris.Fuzz()


def _blind(target: str, seconds: int, findings: Path, seed: int) -> int:
    from tests.fuzz.corpus import seeds
    from tests.fuzz.mutation import Mutator
    from tests.fuzz.targets import TARGETS

    mutations = Mutator(seeds(target, shared=True), seed)
    end = time.monotonic() + seconds
    inputs, wrong = 0, ""
    while not wrong and time.monotonic() < end:
        octets = mutations.next()
        wrong = _error(TARGETS[target], octets)
        inputs += 1
    if wrong:
        name = hashlib.sha1(octets, usedforsecurity=False).hexdigest()
        (findings / f"{target}-{name}").write_bytes(octets)
        print(wrong, file=sys.stderr)
    print(TOLD, inputs, file=sys.stderr)
    return 1 if wrong else 0


def _error(take: Callable[[bytes], None], octets: bytes) -> str:
    """What is wrong with how a target takes an input, empty if nothing is."""
    start, peak = time.monotonic(), _peak_mib()
    try:
        take(octets)
    except Exception:
        return traceback.format_exc()
    seconds, more = time.monotonic() - start, _peak_mib() - peak
    if seconds > SECONDS_MAX or more > MEMORY_MAX:
        return f"{seconds:.1f} seconds, {more} MiB"
    return ""


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))
