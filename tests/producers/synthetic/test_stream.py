"""The invented stream: always the same, valid DNS, in the mix, each cause with the fields it should have."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from random import Random

import dnslib
import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.producers.synthetic.causes import CAUSES, SCHEDULED
from nxcast.producers.synthetic.stream import MIXES, START_NS, Response, Stream, frames, generate
from nxcast.producers.synthetic.world import World, dga_names
from nxcast.schemas.batch_decoding import decode_batch
from nxcast.schemas.codes import RCODES
from nxcast.schemas.frames import FRAMES_2, encode_batch
from nxcast.schemas.records import DnsError, Nxdomain

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
COUNT = 60_000  # enough for a share of 0.2 % to come 120 times
Records = list[tuple[str, DnsError, Nxdomain | None]]


@pytest.fixture(scope="module")
def sie() -> list[Response]:
    return list(islice(generate("sie", 7), COUNT))


@pytest.fixture(scope="module")
def realistic() -> list[Response]:
    return list(islice(generate("realistic", 7), COUNT))


@pytest.fixture(scope="module")
def sie_records(sie: list[Response]) -> Records:
    return list(records(sie))


@pytest.fixture(scope="module")
def realistic_records(realistic: list[Response]) -> Records:
    return list(records(realistic))


def records(responses: Iterable[Response]) -> Iterator[tuple[str, DnsError, Nxdomain | None]]:
    """Each error with its cause and its NXDOMAIN record."""
    for cause, frame in responses:
        derived = derive([frame], "test")
        assert len(derived.errors) + derived.noerror == 1
        for error in derived.errors:
            yield cause, error, derived.nxdomains[0] if derived.nxdomains else None


def test_what_a_botnet_tries_is_not_there() -> None:
    """Of 500 names made of two or three words a few belong to somebody: no server of the TLD denies them."""
    world, day, rng = World(1), 0, Random(1)
    assert world.delegated.intersection(dga_names(world.seed, "words", day))
    made = {CAUSES["dga-words"].make(world, rng, day).qname for _ in range(10_000)}
    assert not world.delegated & made


def test_is_the_same_for_the_same_seed() -> None:
    """Seed and mix make the stream; the sizes of the pieces in which it is drawn don't."""
    first = list(islice(generate("sie", 1), 3000))
    assert first == list(islice(generate("sie", 1), 3000))
    assert first != list(islice(generate("sie", 2), 3000))
    stream = Stream("sie", 1)
    pieces = []
    for size in (1, 700, 299, 2000):
        times = stream.times(size)
        pieces += frames(stream.draw(size), times)
    assert pieces == [response.frame for response in first]


def test_goes_on_by_its_clock() -> None:
    """One response each 1/rate seconds from the start, exact to the nanosecond."""
    for rate in (1.0, 1000.0, 3.0):
        times = [response.frame[0] for response in islice(generate(rate=rate), 1000)]
        assert times == [START_NS + round(index * SECOND / rate) for index in range(1000)]


@pytest.mark.parametrize("mix", MIXES)
def test_has_the_rcodes_of_the_mix(mix: str, request: pytest.FixtureRequest) -> None:
    """Full RCODEs as derived: within a tenth of the share or what chance explains."""
    derived: Records = request.getfixturevalue(f"{mix}_records")
    counts = Counter(error["rcode"] for _, error, _ in derived)
    counts[0] = COUNT - len(derived)
    assert set(counts) <= {0, *MIXES[mix]}
    for rcode, percent in MIXES[mix].items():
        expected = COUNT * percent / sum(MIXES[mix].values())
        assert counts[rcode] == pytest.approx(expected, rel=0.02, abs=4 * expected**0.5 + 1), RCODES[rcode]


def test_fits_the_schema(sie: list[Response], realistic: list[Response]) -> None:
    """The broker takes every frame as it is."""
    some = [response.frame for response in (*sie[:5000], *realistic[:5000])]
    batch = decode_batch(
        encode_batch({"sensor": "test", "epoch": 1, "sequence": 1, "count": len(some)}, some, FRAMES_2)
    )
    assert batch.frames == some
    assert not batch.bad


def test_is_valid_dns(sie: list[Response], realistic: list[Response]) -> None:
    """dnslib reads each query and response to the last octet, and they belong together."""
    for cause, frame in (*sie[:4000], *realistic[:4000]):
        assert frame[7] is not None
        query, response = dnslib.DNSRecord.parse(frame[7]), dnslib.DNSRecord.parse(frame[8])
        assert (query.header.qr, response.header.qr, query.header.rd) == (0, 1, 0), cause
        assert query.header.id == response.header.id
        assert query.header.opcode == response.header.opcode
        if response.questions:
            assert response.q.qname == query.q.qname  # whatever the case
            assert response.q.qtype == query.q.qtype
        with pytest.raises(dnslib.DNSError):
            dnslib.DNSRecord.parse(frame[8][:-1])  # so the last octet belongs to it
        sections = (*response.rr, *response.auth, *response.ar)
        assert len(sections) == sum(int.from_bytes(frame[8][at : at + 2], "big") for at in (6, 8, 10))


def test_says_what_dnslib_says(sie: list[Response]) -> None:
    """The owner of the SOA that the broker derives is the one that dnslib reads."""
    for _, error, nxdomain in records(sie[:4000]):
        authority = dnslib.DNSRecord.parse(error["response"]).auth
        owner = str(authority[0].rname) if authority else None
        if nxdomain is not None:
            assert nxdomain["soa_rrname"] == owner


# Of each cause that gives an NXDOMAIN record: patterns of the name, of the SOA's owner, and the types.
TLD = r"[a-z]{2,4}\."
NAMED = {
    "typing-error": (rf"([a-z.]+\.)?[a-z-]+\.{TLD}", rf"([a-z-]+\.)?{TLD}", {1, 28}),
    "dead-mail": (rf"[a-z-]+\.{TLD}", TLD, {15}),
    "dnsbl-ip4": (r"(\d{1,3}\.){4}[a-z]+\..*", r"(zen\.spamhaus|bl\.|b\.).*", {1}),
    "dnsbl-ip6": (r"([0-9a-f]\.){32}[a-z]+\..*", r"(zen\.spamhaus|bl\.|b\.).*", {1}),
    "dnsbl-domain": (r"[a-z-]+\.[a-z]+\.(multi|dbl)\..*", r"(multi|dbl)\..*", {1}),
    "dnsbl-key": (r".*\.[a-z2-7]{26}\..*", r"(zen|dbl)\.dq\.spamhaus\.net\.|combined\.mail\.abusix.*", {1}),
    "dga-letters": (rf"[a-z]{{12,20}}\.{TLD}", TLD, {1}),
    "dga-hex": (rf"[0-9a-f]{{16,32}}\.{TLD}", TLD, {1}),
    "dga-words": (rf"[a-z]{{6,30}}\.{TLD}", TLD, {1}),
    "service": (r"_[a-z]+\._(tcp|udp|tls)\..*", r".*\.", {33}),
    "autoconfig": (r"(wpad|autodiscover|isatap|autoconfig|lyncdiscover)\..*", r".*\.", {1, 28}),
    "leaked": (r"[a-z]+\.(local|lan|home|corp|internal|localdomain)\.", r"\.", {1, 28}),
    "browser-probe": (r"[a-z]{7,15}\.", r"\.", {1}),
    "reverse": (r".*\.(in-addr|ip6)\.arpa\.", r".*\.(in-addr|ip6)\.arpa\.", {12}),
    "hash-lookup": (r"[0-9a-f]{32}\.files\.avts\..*", r"avts\..*", {1}),
    "cname": (r"www\..*", r"[a-z-]+\..*", {1}),
    "without-soa": (r".*", None, {1, 28}),
    "truncated": (r".*", None, {1, 28}),
}


def test_plants_each_cause_of_nxdomain(sie_records: Records) -> None:
    """Each comes, and its records have the name, type and SOA that tell it apart."""
    seen = set()
    for cause, _, nxdomain in sie_records:
        if nxdomain is None or cause in SCHEDULED:
            continue
        seen.add(cause)
        name, owner, qtypes = NAMED[cause]
        assert re.fullmatch(name, nxdomain["qname"], re.IGNORECASE), nxdomain
        soa_rrname = nxdomain["soa_rrname"]
        assert re.fullmatch(owner, soa_rrname or "", re.IGNORECASE) if owner else soa_rrname is None, nxdomain
        assert nxdomain["qtype"] in qtypes
        if owner and owner != r"\." and cause != "cname":
            assert soa_rrname == "." or nxdomain["qname"].lower().endswith("." + (soa_rrname or "").lower())
    assert seen == set(NAMED)


def test_plants_each_other_error(sie_records: Records, realistic_records: Records) -> None:
    """Each comes with its full RCODE, and has a question even where the response repeats none."""
    seen = set()
    bare: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for cause, error, nxdomain in (*sie_records, *realistic_records):
        if nxdomain is None:
            seen.add(cause)
            every[cause] += 1
            bare[cause] += len(error["response"]) == 12
            assert error["rcode"] == CAUSES[cause].rcode
            assert error["qname"]
            assert error["opcode"] == (5 if cause.startswith("update") else 0)
    assert seen == {name for name, cause in CAUSES.items() if cause.rcode not in (0, 3)}
    assert 0.6 < bare["formerr"] / every["formerr"] < 0.95
    assert bare["notimp"]
    assert 0 < bare["lame"] < 0.1 * every["lame"]


def test_has_what_the_world_has(sie: list[Response]) -> None:
    """0x20 and servers that undo it, UDP and TCP, IPv4 and IPv6, truncation, EDNS and none, CNAME chains."""
    marks: Counter[str] = Counter()
    for cause, frame in sie[:20_000]:
        assert frame[7] is not None
        response = frame[8]
        marks["tcp"] += (frame[1], frame[4]) == (4, 6)
        marks["ipv6"] += len(frame[2]) == 16
        marks["truncated"] += bool(response[2] & 0x02)
        marks["capitals"] += frame[7][12:] != frame[7][12:].lower()
        marks["lowered"] += response[12:20] != frame[7][12:20] and len(response) > 12
        marks["edns"] += b"\0\0\x29\x04\xd0" in response
        marks["answers"] += response[7] > 0
        assert (cause == "truncated") == bool(response[2] & 0x02)
    for mark, least in {"tcp": 150, "ipv6": 3000, "truncated": 30, "capitals": 5000, "lowered": 50}.items():
        assert least < marks[mark] < 10_000, mark
    assert marks["edns"] > 10_000
    assert marks["answers"] > 50


def test_uses_addresses_for_documentation(sie: list[Response]) -> None:
    """RFC 5737 and RFC 3849, nothing else."""
    for _, frame in sie[:10_000]:
        assert frame[2][:3] in (b"\xc0\0\2", b"\xc6\x33\x64", b"\xcb\0\x71") or frame[2][:4] == b" \1\x0d\xb8"


def test_repeats_dead_mail_over_servers_and_days() -> None:
    """The same dead domains are asked for on both days, each of several servers."""
    servers: dict[str, set[str]] = defaultdict(set)
    days: dict[str, set[int]] = defaultdict(set)
    for _, frame in islice(generate("sie", 3, rate=0.5, causes={"dead-mail"}), 86_400):
        (nxdomain,) = derive([frame], "test").nxdomains
        qname = nxdomain["qname"].lower()
        servers[qname].add(nxdomain["response_ip"])
        days[qname].add(nxdomain["time_ns"] // DAY)
    assert len(servers) == 60
    assert min(map(len, servers.values())) >= 3
    assert {len(found) for found in days.values()} == {2}


def test_changes_the_dga_with_the_date() -> None:
    """At midnight the names become those of the new day."""
    start_ns = START_NS - 300 * SECOND
    days: dict[int, set[str]] = defaultdict(set)
    for _, frame in islice(generate("sie", 3, rate=10, start_ns=start_ns, causes={"dga-hex"}), 6000):
        (error,) = derive([frame], "test").errors
        days[error["time_ns"] // DAY].add((error["qname"] or "").lower())
    before, after = days.values()
    last, today = START_NS // DAY - 1, START_NS // DAY
    assert before == {f"{name}." for name in dga_names(3, "hex", last)}
    # A chunk of 256 is made at one moment, so some of the old ones come just after midnight.
    assert {f"{name}." for name in dga_names(3, "hex", today)} <= after


def test_sends_beacons_at_regular_intervals() -> None:
    """Eight names, each at one interval of 1 to 120 minutes, exact to a response."""
    times: dict[str, list[int]] = defaultdict(list)
    for cause, frame in islice(generate("sie", 3, rate=10), 5 * 36_000):
        if cause == "beacon":
            (error,) = derive([frame], "test").errors
            assert error["qname"] is not None
            times[error["qname"]].append(error["time_ns"])
    intervals = sorted({later - earlier for found in times.values() for earlier, later in pairwise(found)})
    assert len(times) == 8
    assert [interval // SECOND for interval in intervals] == [60, 300, 600, 900, 1200, 1800, 3600, 7200]


def test_leaves_beacons_away_that_would_crowd_the_stream() -> None:
    """At one response in ten seconds only the rarest two stay: no more than 1 % of the stream."""
    found = Counter(response.cause for response in islice(generate("sie", 3, rate=0.1), 10_000))
    assert 0 < found["beacon"] <= 100


def test_sends_spikes() -> None:
    """A domain that never sends mail: 120 look-ups in one minute, none in the nine around it."""
    spiked = World(3).spiked
    times = []
    for cause, frame in islice(generate("sie", 3, rate=250, causes={"dnsbl-spike", "lame"}), 250 * 600):
        if cause == "dnsbl-spike":
            (nxdomain,) = derive([frame], "test").nxdomains
            assert nxdomain["qname"].lower() == f"{spiked}.multi.surbl.org."
            times.append((nxdomain["time_ns"] - START_NS) / SECOND)
    assert len(times) == 120
    assert 30 < min(times) < max(times) < 91


def test_leaves_out_causes() -> None:
    """Without a family the rest of its RCODE takes its share; with some causes only those come."""
    found = Counter(
        response.cause for response in islice(generate("sie", 3, without={"dga", "lame"}), 20_000)
    )
    assert not any(cause.startswith("dga") or cause == "lame" for cause in found)
    assert found["broken"] / 20_000 == pytest.approx(10.9 / 60.4, rel=0.05)
    only = {response.cause for response in islice(generate("sie", 3, causes={"dga", "lame"}), 5000)}
    assert only == {"dga-letters", "dga-hex", "dga-words", "lame"}


def test_names_unknown_causes_and_mixes() -> None:
    """And says what there is."""
    with pytest.raises(ValueError, match=r"no cause 'dg': the causes are typing-error, .*, dnsbl-spike"):
        next(generate(without={"dg"}))
    with pytest.raises(ValueError, match="no cause is left that comes at random in the mix sie"):
        next(generate("sie", causes={"answer"}))
    with pytest.raises(ValueError, match="no mix 'SIE': the mixes are sie, realistic"):
        next(generate("SIE"))
