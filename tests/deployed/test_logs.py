"""What the functions have written by now, after every flow, and after everything that can go wrong."""

import json

import pytest

from sentinels import MEMBERS

# What Lambda itself writes, here as text although the functions' logs are JSON.
PLATFORM = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")


def lines(stack, function: str) -> list[str]:
    return [line for line in stack.log(function) if not line.startswith(PLATFORM)]


@pytest.fixture(scope="module")
def routed(stack) -> list[str]:
    return [function for function in stack.functions() if function != "Bootstrap"]


def test_nothing_secret_and_nobodys_address_is_in_any_log(stack):
    kinds = set(stack.sentinels.values)
    assert kinds >= MEMBERS | {"bearer", "cookie"}, "every kind of secret has passed"
    for function in stack.functions():
        found = stack.sentinels.found_in("\n".join(stack.log(function)))
        assert found == [], f"{function} writes {found}"
    said = stack.emulator.output.read_text(errors="replace")
    assert stack.sentinels.found_in(said) == []


def test_a_secret_in_a_log_would_be_found(stack):
    (code, *_) = stack.sentinels.values["code"]
    assert stack.sentinels.found_in(f'{{"message":"redeeming {code}"}}') == ["code"]


def test_every_line_is_json_that_tells_whose_request_it_is_about(stack, provider, routed):
    tenants = set()
    for function in routed:
        written = lines(stack, function)
        assert written, function
        for line in written:
            line = json.loads(line)
            assert line["request_id"] and line["level"] and line["function"], line
            tenants.add(line["tenant"])
    assert provider.issuer.split("/")[2] in tenants


def test_every_request_is_told_of_once_with_its_metrics(stack, routed):
    for function in routed:
        started = sum(line.startswith("START ") for line in stack.log(function))
        told = [line for line in map(json.loads, lines(stack, function)) if "_aws" in line]
        assert len({line["request_id"] for line in told}) == len(told) == started, function
        for line in told:
            assert {"method", "status", "Requests", "Duration"} <= set(line), line
            for directive in line["_aws"]["CloudWatchMetrics"]:
                assert directive["Namespace"] == "Cardea"
                named = [metric["Name"] for metric in directive["Metrics"]]
                assert set(named + directive["Dimensions"][0]) <= set(line)


@pytest.mark.parametrize(
    ("function", "metric"),
    [
        ("Register", "Registrations"),
        ("Login", "SignIns"),
        ("Logout", "SignOuts"),
        ("Token", "TokensIssued"),
        ("Token", "KMSLatency"),
        ("Token", "DynamoDBLatency"),
        ("Token", "Refusals"),
        ("Authorize", "TokensIssued"),
    ],
)
def test_what_happened_is_counted(stack, function, metric):
    told = [line for line in map(json.loads, lines(stack, function)) if metric in line]
    assert told
    declared = [
        one["Name"]
        for directive in told[0]["_aws"]["CloudWatchMetrics"]
        for one in directive["Metrics"]
    ]
    assert metric in declared


def test_an_outage_is_told_with_its_cause(stack):
    causes = [json.loads(line) for line in lines(stack, "Token")]
    causes = [line for line in causes if line["level"] == "ERROR"]
    assert any("DisabledException" in json.dumps(line) for line in causes)
    assert any("AccessDenied" in json.dumps(line) for line in causes)
