"""The template by itself, without deploying it."""

import json

import pytest

from emulator import REGION
from policies import TEMPLATE
from stack import run


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
        # ministack ignores it, so the template's word is all that can be had here.
        ("TimeToLiveSpecification", {"AttributeName": "expires_at", "Enabled": True}),
        ("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}),
    ],
)
def test_the_table_deletes_what_has_expired_and_can_be_restored(name, expected):
    assert TEMPLATE["Resources"]["Table"]["Properties"][name] == expected


def test_what_holds_data_or_keys_outlives_the_stack():
    kept = {
        name
        for name, resource in TEMPLATE["Resources"].items()
        if resource.get("DeletionPolicy") == resource.get("UpdateReplacePolicy") == "Retain"
    }
    assert kept >= {"Table", "SealingKey", "DataKey"}
