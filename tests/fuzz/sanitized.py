"""The compiled kernel under AddressSanitizer and UBSan: `make fuzz-kernel`.

Held against Python on payloads of made-up streams that are changed and cut, until a time is over; those of
dnstap, and of records, beside.

The build stays in build/sanitized, and the tests' own package of nxcast is linked around it.
"""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import sysconfig
import time

from tests.conftest import ROOT

FOLDER = ROOT / "build" / "sanitized"
CHANGED = 40  # payloads made of each batch
BATCH = 8  # frames
FLAGS = (
    "-O1",
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
    "-std=c11",
    "-fPIC",
    "-shared",
)
MACROS = ("-D_DEFAULT_SOURCE", "-DPy_LIMITED_API=0x030B0000")


def main(seconds: float, seed: int) -> None:
    """Build, and hunt in a process of its own, which has the sanitizers loaded before it."""
    package = FOLDER / "nxcast"
    package.mkdir(parents=True, exist_ok=True)
    rooms = [path.parent for path in ROOT.glob("*/__init__.py")]
    for path in (*rooms, *(ROOT / "nxcast").glob("*.py")):
        place = FOLDER if path.name in ("tests", "testbed", "bench", "nxcast") else package
        if path.name != "nxcast" and not (place / path.name).exists():
            (place / path.name).symlink_to(path)
    sources = map(str, sorted((ROOT / "kernel").glob("*.c")))
    built = package / "kernel.abi3.so"
    include = f"-I{sysconfig.get_path('include')}"
    subprocess.run(("gcc", *FLAGS, *MACROS, include, *sources, "-o", str(built)), check=True)
    libraries = [
        subprocess.run(
            ("gcc", f"-print-file-name={name}"), capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    loaded = {
        **os.environ,
        "ASAN_OPTIONS": "detect_leaks=0",  # Python's own
        "LD_PRELOAD": " ".join(libraries),
        "PYTHONPATH": str(FOLDER),
    }
    words = (sys.executable, "-P", "-m", "tests.fuzz.sanitized", "hunt", str(seconds), str(seed))
    raise SystemExit(subprocess.run(words, cwd=FOLDER, env=loaded).returncode)


def hunt(seconds: float, seed: int) -> None:
    """Print how many payloads there were, and how many the kernel took; AssertionError where they differ."""
    from nxcast import kernel
    from nxcast.producers.synthetic.stream import Stream, frames
    from nxcast.schemas.fields import SENSOR_MAX
    from nxcast.schemas.frames import FORMS, FRAMES_2
    from tests.broker.derivation.test_compiled import (
        NO_FRAMES,
        OPTIONS,
        agree,
        batch,
        headers_agree,
        longest,
        packed,
        put,
    )
    from tests.consumers.client.test_packed import READ, changed_payload
    from tests.consumers.client.test_packed import agree as agree_on_records
    from tests.consumers.questions.dga.test_lexical import looks_agree
    from tests.producers.dnstap.test_payload_reading import CHOICES, common, mutated
    from tests.producers.dnstap.test_payload_reading import agree as agree_on_dnstap

    assert FOLDER.name in str(kernel.__file__)
    logging.disable()  # of streams in which no client asks
    rng = random.Random(seed)
    payloads = taken = records = 0
    for sensor in range(1, SENSOR_MAX + 1):
        assert agree(longest(sensor), (True, True))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        form = rng.choice(FORMS)
        stream = Stream("sie", rng.randrange(1 << 30), resolver="unbound", questions=form == FRAMES_2)
        made = frames(stream.draw(BATCH), stream.times(BATCH))
        parts = batch(made, form, asks=rng.random() < 0.5)
        if form == FRAMES_2 and rng.random() < 0.5:
            parts = put([packed(rng.choice(NO_FRAMES) if rng.random() < 0.2 else each) for each in made])
        head, header, payload = parts
        taken += agree([head, header, payload])
        for _ in range(CHANGED):
            taken += agree([head, header, _changed(payload, rng)], rng.choice(OPTIONS))
            headers_agree(_changed(header, rng))
            channel = rng.choice(READ)
            records += agree_on_records(channel, changed_payload(channel, rng))
            assert looks_agree(rng.randbytes(rng.randrange(66)).hex()[: rng.randrange(66)])
            assert looks_agree(rng.randbytes(rng.randrange(66)).decode("latin-1"))
        payloads += CHANGED + 1
        for one in common(rng, BATCH):
            many = [mutated(one, rng) for _ in range(CHANGED)]
            agree_on_dnstap([one, *many], rng.choice(CHOICES))
    print(
        f"{payloads:,} payloads of frames, of which the kernel took {taken:,}, and nearly as many of "
        f"records, of which it took {records:,}; seed {seed}"
    )


def _changed(octets: bytes, rng: random.Random) -> bytes:
    """With some octets changed, and now and then cut."""
    changed = bytearray(octets)
    for _ in range(rng.randrange(1, 4)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed[: rng.randrange(len(changed)) if rng.random() < 0.2 else len(changed)])


if __name__ == "__main__":
    (hunt if sys.argv[1] == "hunt" else main)(float(sys.argv[2]), int(sys.argv[3]))
