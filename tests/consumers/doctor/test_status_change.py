"""What two statuses say about what flows."""

import pytest

from nxcast.consumers.doctor.finding import Verdict, finding_text
from nxcast.consumers.doctor.status_change import (
    CLOCK_NS,
    KERNEL_GAIN,
    SENSORS_SHOWN,
    SILENT_NS,
    account,
    broker,
    descriptors,
    kernel,
    log,
)
from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.records import RECORDS

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
U64_MAX = 2**64 - 1


@pytest.fixture
def sensor(make):
    def made(**changed):
        usual = {**make.status()["sensors"]["lab"], "time_ns": NOW, "lost_batches": 0}
        return {**usual, **changed}

    return made


@pytest.fixture
def found(make):
    """Findings of an account that changed so in a second, by check; those of sensors as a list."""

    def examine(**changed):
        earlier = make.status(time_ns=NOW - SECOND)
        by_check = {"sensors": []}
        for finding in account(earlier, {**make.status(time_ns=NOW), **changed}):
            by_check[finding.check] = finding
            if finding.check == "sensor":
                by_check["sensors"].append(finding)
        return by_check

    return examine


def counters(make, **changed):
    return {**make.status()["counters"], "malformed": {}, **changed}


@pytest.mark.parametrize(
    ("open_", "verdict"), [(80, Verdict.OK), (81, Verdict.WARNING), (2**64 - 1, Verdict.WARNING)]
)
def test_descriptors_that_run_out_are_a_warning(open_, verdict):
    finding = descriptors({"descriptors": {"open": open_, "limit": 100}})
    assert (finding.verdict, finding.values) == (verdict, {"open": open_, "limit": 100})
    assert finding.text == f"{open_:,} of 100 file descriptors are in use, one a connection"


def test_a_broker_that_tells_no_descriptors_is_not_asked_for_them():
    assert descriptors({}) is None
    assert log({}) is None


@pytest.mark.parametrize(
    ("frames", "compiled", "text"),
    [
        (0, 0, "no frames yet, so nothing was derived"),
        (1000, 990, "the compiled kernel took 990 of 1,000 frames, Python the others"),
        (1000, 0, f"Python derives; with the compiled kernel a broker takes {KERNEL_GAIN} as many frames"),
    ],
)
def test_what_derives_is_told(frames, compiled, text):
    finding = kernel({"counters": {"frames_received": frames, "compiled": compiled}})
    assert finding.verdict is Verdict.OK
    assert finding.text.startswith(text)
    assert bool(finding.mend) == (frames > 0 and not compiled)
    assert kernel({"counters": {"frames_received": frames}}) is None


def test_a_kernel_that_broke_the_schema_is_a_warning():
    counters = {"frames_received": 1000, "compiled": 990, "kernel_breaches": 1}
    finding = kernel({"counters": counters})
    assert finding.verdict is Verdict.WARNING
    assert "breaks its schema" in finding.text
    assert "restart" in finding.mend


@pytest.mark.parametrize(
    ("changed", "verdict", "text"),
    [
        ({}, Verdict.OK, "the last 2 h can be had again, 4,096 of 8,192 octets on disk"),
        (
            {"oldest_ns": None, "kept": "memory"},
            Verdict.OK,
            "nothing can be had again, 4,096 of 8,192 octets in memory, and gone with the broker",
        ),
        (
            {"stuck": "no space left on device"},
            Verdict.WRONG,
            "the broker's log takes nothing (no space left on device), and producers wait; the last 2 h can "
            "be had again, 4,096 of 8,192 octets on disk",
        ),
    ],
)
def test_a_log_that_takes_nothing_is_wrong_and_how_far_back_it_goes_is_told(changed, verdict, text):
    told = {
        "kept": "disk",
        "octets": 4096,
        "octets_max": 8192,
        "oldest_ns": NOW - 7200 * SECOND,
        "epochs": 1,
        "stuck": None,
        **changed,
    }
    finding = log({"time_ns": NOW, "log": told})
    assert (finding.verdict, finding.text, finding.values) == (verdict, text, told)


def test_the_broker_is_told_with_its_age():
    status = {"software": "nxcast 1", "epoch": NOW - 3 * 3600 * SECOND, "time_ns": NOW}
    for off in (-CLOCK_NS, 0, CLOCK_NS):
        assert broker(status, NOW + off).verdict is Verdict.OK
    assert broker(status, NOW).text == "nxcast 1, up for 3 h"


@pytest.mark.parametrize(
    ("now_ns", "told"),
    [(NOW - 12 * SECOND, "12 s ahead of ours"), (NOW + 600 * SECOND, "10 min behind ours")],
)
def test_clocks_that_differ_are_a_warning(now_ns, told):
    finding = broker({"software": "nxcast 1", "epoch": NOW, "time_ns": NOW}, now_ns)
    assert finding.verdict is Verdict.WARNING
    assert finding.text == f"nxcast 1, up for 0 s; its clock is {told}"


def test_no_producer_at_all_is_a_warning_that_says_what_to_start(found, sensor):
    for sensors in ({}, {CANARY_SENSOR: sensor()}):
        findings = found(sensors=sensors)
        assert findings["frames"].verdict is Verdict.WARNING
        assert findings["frames"].text == "no producer has sent anything yet"
        assert findings["frames"].mend.startswith("start nxcast-produce")
        assert findings["sensors"] == []


def test_a_producer_that_can_send_nothing_is_told_where_to_look(found):
    assert "one that runs and has nothing to send says why" in found(sensors={})["frames"].mend


@pytest.mark.parametrize(
    ("counter", "most", "mend"),
    [("forwarder", 500, "--forwarders"), ("mismatched", 10, "nothing of it is published")],
)
def test_forwarders_and_answers_to_nobodys_question_are_a_warning_where_they_are_many(
    found, make, sensor, counter, most, mend
):
    for count, verdict in ((most, Verdict.OK), (most + 1, Verdict.WARNING)):
        told = counters(make, frames_received=1000, unsolicited=0, **{counter: count})
        finding = found(counters=told, sensors={"lab": sensor()})["frames"]
        assert finding.verdict is verdict
    assert f"{most + 1} of them are set aside: answers " in finding.text
    assert mend in finding.mend
    assert finding.values[counter] == most + 1


def test_a_broker_of_before_counts_no_forwarders(found, make, sensor):
    told = counters(make, frames_received=1000, unsolicited=0)
    for counter in ("questions", "mismatched", "forwarder"):
        told.pop(counter, None)
    assert found(counters=told, sensors={"lab": sensor()})["frames"].verdict is Verdict.OK


@pytest.mark.parametrize(("unsolicited", "verdict"), [(500, Verdict.OK), (501, Verdict.WARNING)])
def test_a_sensor_that_sees_responses_only_is_a_warning(found, make, sensor, unsolicited, verdict):
    """Half of what it sends and more is set aside: it stands where queries don't pass."""
    told = counters(make, frames_received=1000, unsolicited=unsolicited)
    finding = found(counters=told, sensors={"lab": sensor()})["frames"]
    assert finding.verdict is verdict
    if verdict is Verdict.WARNING:
        assert finding.text.endswith("; 501 of them are set aside: responses that no query was seen for")
        assert "accept_unsolicited" in finding.mend
        assert finding.values["unsolicited"] == 501


def test_rates_are_of_the_time_between_and_without_canaries(found, make, sensor):
    findings = found(
        counters=counters(make, frames_received=1028),
        sensors={"lab": sensor(), CANARY_SENSOR: sensor(frames=20)},
        topics={"nxdomain/MX/": {"sequence": 2, "records": 30}, "nxdomain/A/": {"sequence": 1, "records": 5}},
    )
    assert findings["frames"].text == "1,000 a second come in, 1,008 since the broker started"
    assert findings["channels"].text == "dns-errors/ 0 records, 0 a second; nxdomain/ 35 records, 35 a second"
    assert findings["channels"].values == {"dns_errors_records": 0, "nxdomain_records": 35}


@pytest.mark.parametrize(
    ("minimises", "verdict"), [(69, Verdict.OK), (70, Verdict.WARNING), (100, Verdict.WARNING)]
)
def test_a_resolver_that_minimises_is_told_with_what_can_not_be_seen(found, sensor, minimises, verdict):
    told = sensor(minimises=minimises)
    (finding,) = found(sensors={"ns1": told})["sensors"]
    assert finding.verdict is verdict
    assert ("minimises query names" in finding.text) == (verdict is Verdict.WARNING)
    assert ("--questions client" in finding.mend) == (verdict is Verdict.WARNING)


@pytest.mark.parametrize(
    ("changed", "verdict", "text"),
    [
        ({}, Verdict.OK, "ns1: last heard 0 s ago, nothing lost"),
        ({"time_ns": NOW - SILENT_NS}, Verdict.OK, "ns1: last heard 5 min ago, nothing lost"),
        ({"time_ns": NOW - 2400 * SECOND}, Verdict.WARNING, "ns1: silent for 40 min, nothing lost"),
        (
            {"lost_batches": 3, "batches": 997},
            Verdict.WARNING,
            "ns1: last heard 0 s ago, 3 of 1,000 batches lost",
        ),
        ({"time_ns": NOW + SECOND}, Verdict.OK, "ns1: last heard 0 s ago, nothing lost"),
    ],
)
def test_a_sensor_is_told_with_its_silence_and_its_losses(found, sensor, changed, verdict, text):
    (finding,) = found(sensors={"ns1": sensor(**changed)})["sensors"]
    assert (finding.verdict, finding.text) == (verdict, text)
    assert bool(finding.mend) == (verdict is Verdict.WARNING)


def test_many_sensors_are_told_those_with_trouble_first_and_the_rest_counted(found, sensor):
    sensors = {f"s{number:04}": sensor() for number in range(4000)}
    sensors["s3999"]["lost_batches"] = 1
    findings = found(sensors=sensors)["sensors"]
    assert len(findings) == SENSORS_SHOWN + 1
    assert findings[0].text.startswith("s3999: ")
    assert findings[-1].text == f"and {4000 - SENSORS_SHOWN} more sensors, 0 of them silent or with losses"
    assert findings[-1].verdict is Verdict.OK
    for told in sensors.values():
        told["lost_batches"] = 1
    assert found(sensors=sensors)["sensors"][-1].verdict is Verdict.WARNING


def test_what_was_malformed_or_refused_is_told_by_reason(found, make):
    reasons = {f"reason_{number}": number for number in range(1, 9)}
    findings = found(
        counters=counters(make, messages_malformed={"message_kind": 7}, refused={"unknown_key": 3}),
    )
    assert findings["malformed"].text == "malformed since the broker started: message_kind 7"
    assert findings["refusals"].text == "refused since the broker started: unknown_key 3"
    assert {findings[each].verdict for each in ("malformed", "refusals")} == {Verdict.WARNING}
    findings = found(counters=counters(make, malformed=reasons))
    assert findings["malformed"].text.endswith(
        ": reason_8 8, reason_7 7, reason_6 6, reason_5 5, reason_4 4 and 3 more reasons"
    )
    findings = found(counters=counters(make, malformed={"frame_type": 0}))
    assert {findings[each].verdict for each in ("malformed", "refusals")} == {Verdict.OK}


@pytest.mark.parametrize("number", [0, U64_MAX])
def test_no_number_or_text_that_the_schema_allows_can_raise(make, number):
    def changed(value):
        if isinstance(value, dict):
            return {key: changed(each) for key, each in value.items()}
        return number if isinstance(value, int) and value != 5556 else value

    hostile = make.status(software="\x1b[2J", topics={"\x1b": 1, "nxdomain/A/": 1})
    hostile["counters"]["malformed"] = {"\x1b" * 100_000: 1}
    hostile = changed(hostile)
    RECORDS["status/"].validate_python([hostile])
    for pair in ((make.status(), hostile), (hostile, make.status()), (hostile, hostile)):
        for finding in (broker(pair[0], NOW), *account(*pair)):
            text = finding_text(finding, marks=False)
            assert text.replace("\n", "").isprintable()
            assert len(text) < 1000
