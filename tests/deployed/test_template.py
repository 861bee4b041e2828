"""The template by itself, without deploying it."""

import json
import re
from typing import Any

import pytest

from emulator import REGION
from policies import FUNCTIONS, TEMPLATE
from stack import REPOSITORY, run

RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
API = RESOURCES["HttpApi"]["Properties"]
REGISTRATION = "/oidc/register"


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of this type."""
    return {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}


def test_sam_finds_nothing_wrong_with_it():
    said = run("sam", "validate", "--lint", AWS_DEFAULT_REGION=REGION)
    assert "is a valid SAM Template" in said, said


def test_cfn_lint_finds_nothing_wrong_with_it():
    assert run("cfn-lint", "template.yaml") == ""


def test_checkov_finds_nothing_that_is_not_answered():
    # Which fails with what it finds; and with nothing found it also has to have looked.
    said = json.loads(run("checkov", "--config-file", ".checkov.yaml", "--output", "json"))
    assert said["summary"]["failed"] == 0
    assert said["summary"]["passed"] > 100


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BillingMode", "PAY_PER_REQUEST"),
        # ministack ignores it, so the template's word is all that can be had here.
        ("TimeToLiveSpecification", {"AttributeName": "expires_at", "Enabled": True}),
        ("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}),
        ("DeletionProtectionEnabled", True),
        (
            "SSESpecification",
            {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["DataKey", "Arn"]}},
        ),
    ],
)
def test_the_table_is_paid_by_use_forgets_what_has_expired_and_can_be_restored(name, expected):
    assert RESOURCES["Table"]["Properties"][name] == expected


def test_what_holds_data_or_keys_outlives_the_stack():
    kept = {
        name
        for name, resource in RESOURCES.items()
        if resource.get("DeletionPolicy") == resource.get("UpdateReplacePolicy") == "Retain"
    }
    assert kept >= {"Table", "SealingKey", "DataKey"}


def test_a_register_request_is_throttled_below_the_rest():
    rest, register = API["DefaultRouteSettings"], API["RouteSettings"][f"ANY {REGISTRATION}"]
    assert rest == {
        "ThrottlingRateLimit": {"Ref": "ApiRate"},
        "ThrottlingBurstLimit": {"Ref": "ApiBurst"},
    }
    assert register == {
        "ThrottlingRateLimit": {"Ref": "RegisterRate"},
        "ThrottlingBurstLimit": {"Ref": "RegisterBurst"},
    }
    defaults = {name: one["Default"] for name, one in TEMPLATE["Parameters"].items()}
    assert defaults["RegisterRate"] < defaults["ApiRate"]
    assert defaults["RegisterBurst"] < defaults["ApiBurst"]
    events = FUNCTIONS["Register"]["Properties"]["Events"].values()
    routes = [(one["Properties"]["Method"], one["Properties"]["Path"]) for one in events]
    assert routes == [("ANY", REGISTRATION)], "the route that is throttled"


def test_concurrency_is_reserved_for_registration_unless_there_is_none_to_reserve():
    reserved = {
        name: one["Properties"]["ReservedConcurrentExecutions"]
        for name, one in FUNCTIONS.items()
        if "ReservedConcurrentExecutions" in one["Properties"]
    }
    chosen = {"Fn::If": ["ReservesConcurrency", {"Ref": "RegisterConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert reserved["Register"] == chosen
    is_none = {"Fn::Equals": [{"Ref": "RegisterConcurrency"}, "0"]}
    assert TEMPLATE["Conditions"]["ReservesConcurrency"] == {"Fn::Not": [is_none]}


def test_with_a_domain_the_api_has_no_other_name():
    assert API["DisableExecuteApiEndpoint"] == {"Fn::If": ["HasDomain", True, False]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_logs_into_a_group_of_its_own_that_forgets(function):
    properties = FUNCTIONS[function]["Properties"]
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": f"{function}Logs"}
    logs = RESOURCES[f"{function}Logs"]["Properties"]
    assert logs["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert logs["KmsKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}


def test_nothing_is_traced():
    text = (REPOSITORY / "template.yaml").read_text()
    assert not re.search("(?i)tracing|xray", text)


ALARMS = of_type("AWS::CloudWatch::Alarm")


def watched(alarm: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    return alarm["Namespace"], alarm["MetricName"], dimensions


@pytest.mark.parametrize(
    "expected",
    [
        ("AWS/ApiGateway", "5xx", {"ApiId": {"Ref": "HttpApi"}}),
        ("AWS/Lambda", "Errors", {"FunctionName": {"Ref": "Bootstrap"}}),
        ("AWS/Lambda", "Errors", {"FunctionName": {"Ref": "Fetch"}}),
        ("AWS/DynamoDB", "ReadThrottleEvents", {"TableName": {"Ref": "Table"}}),
        ("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": {"Ref": "Table"}}),
        (
            "AWS/DynamoDB",
            "SystemErrors",
            {"TableName": {"Ref": "Table"}, "Operation": "BatchGetItem"},
        ),
        *(
            (
                "AWS/Usage",
                "CallCount",
                {
                    "Service": "KMS",
                    "Type": "API",
                    "Class": "None",
                    "Resource": f"CryptographicOperations{kind}",
                },
            )
            for kind in ("Rsa", "Ecc")
        ),
        *(
            (
                "Cardea",
                "Refusals",
                {"stack": {"Ref": "AWS::StackName"}, "function": function, "error": error},
            )
            for function, error in [
                ("cardea-authorize", "temporarily_unavailable"),
                ("cardea-token", "temporarily_unavailable"),
                ("cardea-register", "too_many_requests"),
            ]
        ),
    ],
    ids=str,
)
def test_there_is_an_alarm_for(expected):
    assert expected in [watched(alarm) for alarm in ALARMS.values() if "Dimensions" in alarm]


def test_there_is_an_alarm_for_throttles_of_any_function():
    (throttles,) = [alarm for alarm in ALARMS.values() if alarm["MetricName"] == "Throttles"]
    assert throttles["Namespace"] == "AWS/Lambda" and "Dimensions" not in throttles


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_tells_whoever_wants_to_be_told(alarm):
    tells = {"Fn::If": ["HasAlarmEmail", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
    assert ALARMS[alarm]["AlarmActions"] == ALARMS[alarm]["OKActions"] == tells


def test_what_can_have_tags_says_whose_it_is():
    # In their documentation these have no tags.
    without = {
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::KMS::Alias",
        "AWS::Lambda::Permission",
        "AWS::Route53::RecordSet",
        "AWS::Serverless::Function",
        "Custom::Tenant",
    }
    assert TEMPLATE["Globals"]["Function"]["Tags"] == {"cardea:stack": {"Ref": "AWS::StackName"}}
    for name, resource in RESOURCES.items():
        if resource["Type"] in without:
            continue
        tags = resource["Properties"]["Tags"]
        tags = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
        assert tags == {"cardea:stack": {"Ref": "AWS::StackName"}}, name


def test_a_role_has_room_for_the_longest_name_of_a_stack_that_the_documentation_allows():
    said = (REPOSITORY / "infra" / "README.md").read_text()
    (longest,) = re.findall(r"A stack's name\*\* has at most (\d+) characters", said)
    values = {"AWS::StackName": "s" * int(longest), "AWS::Region": "ap-southeast-1"}
    names = [
        re.sub(r"\$\{([\w:]+)\}", lambda match: values[match[1]], role["RoleName"]["Fn::Sub"])
        for role in of_type("AWS::IAM::Role").values()
    ]
    assert max(map(len, names)) == 64
