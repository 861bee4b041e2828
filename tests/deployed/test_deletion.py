"""What is left when the stack is deleted: everything that can't be made again."""

import json

import pytest

from provider import Provider


@pytest.fixture(scope="module")
def kept(stack, provider: Provider) -> dict:
    """What there was, after the stack is gone."""
    outputs = stack.outputs()
    kept = {
        "table": outputs["TableName"],
        "sealing key": outputs["SealingKeyArn"],
        "signing keys": [key["reference"] for key in stack.key_set(provider.issuer)["keys"]],
        "secret": outputs["CredentialsSecret"],
    }
    stack.delete()
    return kept


def test_the_functions_are_gone(stack, kept):
    assert stack.client("lambda").list_functions()["Functions"] == []


def test_the_table_and_what_is_in_it_is_kept(stack, kept):
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=kept["table"])
    kinds = {item["pk"]["S"].split("#")[0] for page in pages for item in page["Items"]}
    assert kinds >= {"TENANT", "KEYS", "CLIENT", "USER"}


def test_the_keys_are_kept_and_work(stack, kept):
    kms = stack.client("kms")
    for key in (kept["sealing key"], *kept["signing keys"]):
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_the_credentials_are_kept(stack, provider, kept):
    assert json.loads(stack.secret(kept["secret"])) == provider.credentials
