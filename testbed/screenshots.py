"""`python -m testbed.screenshots`: the page for docs/, light, dark and narrow, with the real sample.

Needs chromium-headless-shell and what the tests of the page need. Starts a broker and a server of its own.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

SAMPLE = Path(__file__).resolve().parent / "sample.dnstap"
FOLDER = SAMPLE.parent.parent / "docs" / "page"
RATE = 40  # frames a second
FILL_S = 40  # seconds until the picture has something to show
WAIT_MS = 60_000
VIEWS = {
    "light": ("light", 1120, 840),
    "dark": ("dark", 1120, 840),
    "narrow": ("light", 400, 900),
}


def main() -> int:
    """Write a picture of each view; 0."""
    chromium = shutil.which("chromium-headless-shell")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        log = ("--log", f"{state}/log")
        free = [
            word for name in ("ingress", "egress", "replay") for word in (f"--{name}", "tcp://127.0.0.1:*")
        ]
        with _program("broker", *free, *log, "--log-format", "json") as (broker, line):
            ingress, egress, replay = (json.loads(line)[name] for name in ("ingress", "egress", "replay"))
            serve = ("serve", "--broker", egress, "--replay", replay, "--listen", "0")
            pushed = ("dnstap", str(SAMPLE), "--loop", "--rate", str(RATE), "--sensor", "resolver-1")
            with (
                _program("consumers", *serve) as (_, address),
                _program("producers", *pushed, "--broker", ingress, "--replay", replay, says=False),
            ):
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                _take(browser, re.findall(r"http://[0-9.:]+/", address)[0])
                browser.close()
                assert broker.poll() is None
    return 0


def _take(browser: Browser, address: str) -> None:
    pages = {}
    for name, (scheme, width, height) in VIEWS.items():
        assert scheme in ("light", "dark")
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
        )
        page.goto(address)
        page.wait_for_selector("#zones table", timeout=WAIT_MS)
        pages[name] = page
    pages["light"].wait_for_timeout(FILL_S * 1000)
    for name, page in pages.items():
        page.screenshot(path=FOLDER / f"{name}.png")


@contextmanager
def _program(name: str, *options: str, says: bool = True) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """One that runs, and its first line where it says one at once."""
    command = [sys.executable, "-m", f"nxcast.{name}", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process, process.stderr.readline() if says else ""
        finally:
            process.terminate()
            process.communicate()


if __name__ == "__main__":
    sys.exit(main())
