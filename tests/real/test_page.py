"""The page in a real browser: a live broker, the real sample, and what newcomers want to know.

Debian's Chromium, driven by Playwright. Whatever page is opened here, no request may leave the machine and
the console has to stay empty.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from nxcast.schemas.frames import Frame
from tests.conftest import ROOT, Bench, RunningBroker
from tests.consumers.serve.conftest import fill
from tests.consumers.store.conftest import Seen
from tests.messages import A, frame, message, question, soa

CHROMIUM = "chromium-headless-shell"
WAIT_MS = 60_000
KEY = "abcdefghijklmnopqrstuvwxyz"
HOSTILE = rb"<img src=x onerror=alert(1)>"
SAMPLE = ROOT / "testbed" / "sample.dnstap"

NUMBER_OF_FOCUS = """(() => {
    const found = document.activeElement;
    found.dataset.n ??= String(window.n = (window.n ?? 0) + 1);
    const counts = found.matches('main *, header *') && found.matches('a, button, input, summary');
    return counts ? found.dataset.n : '';
})()"""

expect.set_options(timeout=WAIT_MS)


@contextmanager
def serving(broker: RunningBroker, *options: str) -> Iterator[str]:
    """The server of the page; its address."""
    program = str(Path(sys.executable).with_name("nxcast-consume"))
    places = ["--broker", broker.egress, "--replay", broker.replay, "--listen", "0", *options]
    with subprocess.Popen([program, "serve", *places], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:[0-9]+/", line)
            assert found, line
            yield found[0]
        finally:
            process.terminate()
            process.communicate(timeout=WAIT_MS / 1000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which(CHROMIUM)
    assert program, f"{CHROMIUM} is missing"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens a page; at the end nothing may have left, and the console is clean."""
    said: list[str] = []
    asked: list[str] = []
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    origins = []

    def open_page(address: str) -> Page:
        origins.append(address.partition("#")[0])
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda each: said.append(f"{each.type}: {each.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        return page

    yield open_page
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(tuple(origins))] == []


@pytest.fixture(scope="module")
def sampled() -> Iterator[str]:
    """The address of a page whose broker had the sample, and gets it over and over."""
    broker = RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
    try:
        with serving(broker) as address:
            once = producing(broker, str(SAMPLE), "--sensor", "sample")
            subprocess.run(once, check=True, capture_output=True, timeout=300)
            wait_for_rows(address, "dnsbl")
            options = [str(SAMPLE), "--sensor", "sample", "--rate", "20", "--loop"]
            with subprocess.Popen(producing(broker, *options), stderr=subprocess.DEVNULL) as producer:
                try:
                    yield address
                finally:
                    producer.terminate()
    finally:
        broker.stop()


def wait_for_rows(address: str, question: str) -> None:
    """Until the report of a question has rows: one that is opened before stays as it was."""
    request = Request(f"{address}v1/picture", headers={"Accept": "text/event-stream"})  # noqa: S310  own http
    with urlopen(request, timeout=WAIT_MS / 1000) as events:  # noqa: S310  own http
        pictures = (json.loads(line.removeprefix(b"data: ")) for line in events if line.startswith(b"data: "))
        told = (each for picture in pictures for each in picture["questions"])
        assert any(each["question"] == question and each["rows"] for each in told)


def producing(broker: RunningBroker, *options: str) -> list[str]:
    """The command that sends dnstap to a broker."""
    program = str(Path(sys.executable).with_name("nxcast-produce"))
    return [program, "dnstap", *options, "--broker", broker.ingress, "--replay", broker.replay]


def name_frame(qname: bytes | str, zone: str = "example.") -> Frame:
    """A frame of an NXDOMAIN."""
    return frame(message(questions=[question(qname, A)], authorities=[soa(zone)]))


# The ten questions of newcomers: what they click or type, one after the other, and what they then see.
NEWCOMERS: dict[str, tuple[tuple[str, ...], str]] = {
    "which zone fails most": ((), "#zones tbody tr:first-child >> text=example."),
    "and which names of it": (("#zones tbody tr:first-child td:first-child a",), "#found td.name a"),
    "why do look-ups fail": ((), "#causes tbody tr:first-child >> text=%"),
    "who looks for what is leaked": (('#causes a:text-is("leaked")',), '#found >> text=leaked'),
    "is a sensor silent": ((), '#sensors tr:has-text("sample") >> text=well'),
    "who looks for wpad": (("type wpad",), '#found td.name >> text=/wpad/i'),
    "show me that message": (("#records-body tr:nth-child(1) td:nth-child(1) a",), "#detail pre >> text=q"),
    "which server fails, and how": (("#servers tbody tr:first-child a",), '#detail dd >> text=NXDOMAIN'),
    "what do mail servers ask blocklists": (('#questions-body a:text-is("dnsbl")',), "#detail table"),
    "what was SERVFAIL": (('#legend a:has-text("SERVFAIL")',), '#found tbody >> text=SERVFAIL'),
}  # fmt: skip


@pytest.mark.parametrize("asked", NEWCOMERS)
def test_newcomers_find_it_in_two_clicks(sampled: str, opened: Callable[[str], Page], asked: str) -> None:
    steps, seen = NEWCOMERS[asked]
    page = opened(sampled)
    page.wait_for_selector("#records-body tbody tr")
    for step in steps:
        if step.startswith("type "):
            page.fill("#where", step.removeprefix("type "))
            page.press("#where", "Enter")
        else:
            page.click(step)
    expect(page.locator(seen).first).to_be_visible()


def test_what_is_opened_can_be_shared_and_back_goes_back(sampled: str, opened: Callable[[str], Page]) -> None:
    page = opened(f"{sampled}#records/rcode%3DSERVFAIL")
    expect(page.locator("#found tbody tr").first).to_be_visible()
    expect(page.locator("#detail-h")).to_have_text("Records: rcode=SERVFAIL")
    page.click("#found tbody tr:first-child td:first-child a")
    expect(page.locator("#detail pre").first).to_contain_text("status: SERVFAIL")
    page.go_back()
    expect(page.locator("#detail-h")).to_have_text("Records: rcode=SERVFAIL")
    page.click("#detail-close")
    expect(page.locator("#detail")).to_be_hidden()


def test_the_keyboard_reaches_everything(sampled: str, opened: Callable[[str], Page]) -> None:
    page = opened(sampled)
    page.wait_for_selector("#records-body tbody tr")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()  # the browser closes it in its own time
    page.keyboard.press(" ")
    expect(page.locator("#state")).to_have_attribute("data-word", "paused")
    reachable = page.locator("main :is(a[href], button, input, summary):visible, header :is(a[href], button)")
    wanted = reachable.count()
    reached = set()
    page.evaluate("document.activeElement.blur()")
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(NUMBER_OF_FOCUS))
    assert len(reached - {""}) >= wanted
    page.keyboard.press("/")
    expect(page.locator("#where")).to_be_focused()
    page.keyboard.type("wpad\n")
    expect(page.locator("#detail-h")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("rcode=SERVFAIL\n")
    # In place of what was asked before, not behind it.
    expect(page.locator("#detail-h")).to_have_text("Records: rcode=SERVFAIL")


def test_what_was_opened_by_keyboard_is_closed_to_where_the_focus_was(
    sampled: str, opened: Callable[[str], Page]
) -> None:
    page = opened(sampled)
    sensor = page.locator("#sensors tbody a")
    sensor.evaluate("each => { each.dataset.before = 'yes'; }")
    sensor.press("Enter")
    expect(page.locator("#detail-h")).to_be_focused()
    expect(page.locator("[data-before]")).to_have_count(0)  # since then the list was drawn anew
    page.locator("#found tbody tr:first-child td:first-child a").press("Enter")
    expect(page.locator("#detail-h")).to_contain_text("Record ")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(sensor).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("rcode=SERVFAIL\n")
    expect(page.locator("#detail-h")).to_be_focused()
    page.locator("#detail-close").press("Enter")
    expect(page.locator("#where")).to_be_focused()
    page.close()


def test_what_is_opened_from_below_is_not_behind_the_header(
    sampled: str, opened: Callable[[str], Page]
) -> None:
    page = opened(sampled)
    page.set_viewport_size({"width": 1400, "height": 700})
    page.locator("#records-body tbody tr:last-child td:first-child a").click()
    expect(page.locator("#detail-h")).to_be_focused()
    page.wait_for_function(
        """() => document.getElementById("detail-h").getBoundingClientRect().top
            >= document.querySelector("header").getBoundingClientRect().bottom"""
    )


def test_a_key_counts_at_once_when_the_help_is_closed(sampled: str, opened: Callable[[str], Page]) -> None:
    """Before the browser has drawn the page without it, and with that moved the focus."""
    page = opened(sampled)
    page.wait_for_selector("#records-body tbody tr")
    page.keyboard.press("?")
    page.evaluate("""() => {
        document.getElementById("help").close();
        const space = new KeyboardEvent("keydown", { key: " ", bubbles: true, cancelable: true });
        document.activeElement.dispatchEvent(space);
    }""")
    expect(page.locator("#state")).to_have_attribute("data-word", "paused")


def test_behind_each_picture_is_its_table(sampled: str, opened: Callable[[str], Page]) -> None:
    page = opened(sampled)
    page.wait_for_selector("#records-body tbody tr")
    page.click("#rates summary")
    expect(page.locator("#rates-table th", has_text="NXDOMAIN")).to_be_visible()
    assert page.locator("canvas").count() == page.locator("[aria-hidden=true] canvas").count() == 1
    assert page.locator("table").count() == page.locator("table > caption").count()
    panels = page.locator("main > section:visible")
    assert panels.count() == panels.filter(has=page.locator("a", has_text="as JSON")).count()
    for scale in ("1h", "24h"):
        page.click(f"[data-scale='{scale}']")
        expect(page.locator(f"[data-scale='{scale}']")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#legend")).to_contain_text("no server of this page counted")


def test_a_span_drawn_over_the_picture_opens_its_records(sampled: str, opened: Callable[[str], Page]) -> None:
    page = opened(sampled)
    page.wait_for_selector("#records-body tbody tr")
    plot, clock = page.locator("#plot .u-over"), page.locator("dt", has_text="clock").locator("+ dd")
    plot.hover(position={"x": 1, "y": 20})  # once it stands still
    box = plot.bounding_box()
    assert box is not None
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30, steps=5)
    for _ in range(2):  # a hand is slower than the pictures, which come each second
        expect(clock).not_to_have_text(clock.inner_text())
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 30, steps=5)
    page.mouse.up()
    expect(page.locator("#detail-h")).to_have_text(re.compile(r"From .* to .* UTC"))
    expect(page.locator("#found tbody tr").first).to_be_visible()
    told = re.search(r"#time/(\d{10})-(\d{10})$", page.url)
    assert told is not None
    assert int(told[2]) - int(told[1]) > 280  # of the picture's 300
    shown = page.locator("#found").bounding_box()
    assert shown is not None
    assert shown["height"] < 400  # fifty records leave room for the panels of the span
    for panel in ("zones", "servers", "causes", "findings", "sensors"):
        expect(page.locator(f"#{panel}-h")).to_contain_text(re.compile(r", [0-9:]{8} to [0-9:]{8} UTC$"))
    for panel in ("zones", "servers", "causes", "sensors"):
        expect(page.locator(f"#{panel} tbody tr").first).to_be_visible()
    expect(page.locator("#zones a.counted")).to_have_attribute(
        "href", re.compile(r"^v1/span\?from=\d+&until=\d+$")
    )
    page.click("#zones tbody tr:first-child a")
    expect(page.locator("#detail-h")).to_have_text(re.compile(r"From .* UTC: zone [a-z]"))
    expect(page.locator("#found tbody tr").first).to_be_visible()
    page.go_back()
    expect(page.locator("#detail-h")).to_have_text(re.compile(r"From .* UTC$"))
    page.goto(re.sub(r"\d{10}-\d{10}$", "5-6", page.url))
    for panel, told in (
        ("zones", "No failure"),
        ("sensors", "No failure"),
        ("findings", "No finding was seen"),
    ):
        expect(page.locator(f"#{panel}-body")).to_contain_text(f"{told} in this span")
    expect(page.locator("#found")).to_contain_text("None among the latest")
    page.keyboard.press("Escape")
    expect(page.locator("#zones-h")).to_have_text("Zones, in the last hour")
    expect(page.locator("#sensors-h")).to_have_text("Sensors")
    expect(page.locator("#sensors-body")).to_contain_text("well")
    expect(page.locator("#zones tbody tr").first).to_be_visible()
    page.close()


def test_by_keyboard_a_row_of_the_table_opens_a_span(sampled: str, opened: Callable[[str], Page]) -> None:
    page = opened(sampled)
    page.wait_for_selector("#records-body tbody tr")
    page.locator("#rates summary").press("Enter")
    page.locator("#rates-table tbody tr:last-child a").press("Enter")
    expect(page.locator("#found tbody tr").first).to_be_visible()
    page.close()


def test_with_a_store_a_name_and_a_zone_have_their_failures(
    bench: Bench, opened: Callable[[str], Page], tmp_path: Path
) -> None:
    names = ("gone.example.com.", "late.example.com.")
    folder = fill(tmp_path / "store", [Seen.answer(name, A, "example.com.", rcode=2) for name in names])
    with serving(bench.running, "--store", str(folder)) as address:
        page = opened(f"{address}#name/gone.example.com.")
        row = page.locator("#failures tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("SERVFAIL")
        expect(page.locator("#failures caption")).to_contain_text("1 question that failed")
        since = page.locator("dt", has_text="failing_since").locator("+ dd")
        expect(since).to_have_text(re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"))
        row.locator("a", has_text=re.compile(r"^example\.com\.$")).click()
        expect(row).to_have_count(2)
        expect(page.locator("#failures a", has_text="as JSON")).to_have_attribute(
            "href", "v1/failures/name/*.example.com.?limit=50"
        )
        page.fill("#where", "late.example.com")
        page.press("#where", "Enter")
        page.click('#detail-body a:text-is("late.example.com.") >> nth=0')
        expect(row).to_have_count(1)
        page.goto(f"{address}#name/never.example.com.")
        expect(page.locator("#failures")).to_contain_text("The store has no failure of it.")
        page.close()


def test_with_a_store_an_address_has_the_names_that_had_it(
    bench: Bench, opened: Callable[[str], Page], tmp_path: Path
) -> None:
    with serving(bench.running, "--store", str(fill(tmp_path / "store"))) as address:
        page = opened(address)
        page.fill("#where", "198.51.100.7")
        page.press("#where", "Enter")
        page.click("#detail-body a:text-is('198.51.100.7')")
        expect(page.locator("#had td.name a")).to_have_text("www.example.com.")
        page.goto(f"{address}#server/2001:db8::99")
        expect(page.locator("#had")).to_contain_text("The store knows no name that had it.")
        page.close()


@pytest.mark.parametrize("width", [360, 1001, 1120, 1400])
def test_nothing_is_wider_than_the_screen(sampled: str, opened: Callable[[str], Page], width: int) -> None:
    page = opened(sampled)
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_selector("#records-body tbody tr")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_selector("#causes tbody tr")
    wider = (
        "each => each.filter(section => section.scrollWidth > section.clientWidth).map(section => section.id)"
    )
    assert page.locator("section").evaluate_all(wider) == []


def test_a_finding_that_is_muted_is_gone_until_it_is_asked_for(
    sampled: str, opened: Callable[[str], Page]
) -> None:
    page = opened(sampled)
    first = page.locator("#findings-body li a").first
    expect(first).to_be_visible()
    page.keyboard.press(" ")
    text = first.inner_text()
    first.click()
    expect(page.locator("#known-line")).to_have_text(re.compile(r"[0-9a-f]{32}  # [a-z]+: "))
    page.click("#detail-close")
    page.click("#findings-body li:first-child button")
    expect(page.locator(f"#findings-body a:text-is({text!r})")).to_have_count(0)
    page.click("#muted")
    expect(page.locator("#findings-body button", has_text="unmute")).to_have_count(1)


def test_a_hostile_name_is_text_and_no_customers_key_is_shown(
    bench: Bench, opened: Callable[[str], Page]
) -> None:
    with serving(bench.running) as address:
        page = opened(address)
        expect(page.locator("#state")).to_have_attribute("data-word", "no-producer")
        for panel in ("findings", "causes", "zones", "servers"):  # it is not known to be well
            expect(page.locator(f"#{panel}-body")).to_have_text("Nothing has come yet.")
        bench.push(
            name_frame(bytes([len(HOSTILE)]) + HOSTILE + b"\7example\0"),
            name_frame(f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.", f"{KEY}.zen.dq.spamhaus.net."),
        )
        row = page.locator("#records-body td.name", has_text="<img")
        expect(row).to_be_visible()
        row.locator("a").click()
        expect(page.locator("#detail-h")).to_contain_text("<img")
        expect(page.locator("#found tbody tr")).to_have_count(1)
        assert page.locator("img").count() == 0
        expect(page.locator("#records-body", has_text="<key>.zen.dq.spamhaus.net.")).to_be_visible()
        assert KEY not in page.content()
        page.close()


def test_a_broker_that_is_killed_is_seen_and_comes_back_without_a_reload(
    opened: Callable[[str], Page],
) -> None:
    broker = RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
    places = ["--ingress", broker.ingress, "--egress", broker.egress]
    with serving(broker) as address:
        page = opened(address)
        expect(page.locator("#state")).to_have_attribute("data-word", "no-producer")
        broker.process.kill()
        broker.process.communicate()
        expect(page.locator("#state")).to_have_attribute("data-word", "silent")
        expect(page.locator("#state")).to_contain_text("has been silent for")
        again = RunningBroker("--replay", broker.replay, *places)
        try:
            expect(page.locator("#state")).to_have_attribute("data-word", "no-producer")
            subprocess.run(
                producing(again, str(SAMPLE), "--sensor", "sample"),
                check=True, capture_output=True, timeout=300,
            )  # fmt: skip
            expect(page.locator("#state")).to_have_attribute("data-word", "live")
            expect(page.locator("#records-body tbody tr").first).to_be_visible()
            page.close()
        finally:
            again.stop()


def test_uplot_is_what_npm_has_by_the_lock() -> None:
    page = ROOT / "consumers" / "page"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(page / name, folder)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=300)
        for name in ("uPlot.iife.min.js", "uPlot.min.css"):
            found = Path(folder, "node_modules", "uplot", "dist", name)
            assert found.read_bytes() == (page / "static" / name).read_bytes()
