"""The emulator enforces what the other tests take for granted that AWS enforces."""

import json
import socket

import pytest

from emulator import ACCOUNT, REGION

SIGNING = {
    "aws:ResourceTag/cardea:role": "tenant-signing",
    "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
    "kms:MessageType": "DIGEST",
}
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/emulator-test"
STATEMENTS = [
    {
        "Effect": "Allow",
        "Action": ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"],
        "Resource": TABLE,
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["MINE#*", "OURS#*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    },
    {
        "Effect": "Allow",
        "Action": "dynamodb:UpdateItem",
        "Resource": TABLE,
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["MINE#*"]},
            "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "version", "used"]},
            "Null": {"dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false"},
        },
    },
    {
        "Effect": "Allow",
        "Action": "kms:Sign",
        "Resource": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
        "Condition": {"StringEquals": SIGNING},
    },
    {
        "Effect": "Allow",
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"Null": {"kms:EncryptionContext:tenant": "false"}},
    },
    {
        "Effect": "Allow",
        "Action": "kms:CreateKey",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:KeySpec": "RSA_2048", "kms:KeyUsage": "SIGN_VERIFY"}},
    },
]


@pytest.fixture(scope="module")
def somebody(emulator):
    """Clients with these permissions and no others."""
    emulator.client("dynamodb").create_table(
        TableName="emulator-test",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    iam = emulator.client("iam")
    iam.create_user(UserName="somebody")
    policy = json.dumps({"Version": "2012-10-17", "Statement": STATEMENTS})
    iam.put_user_policy(UserName="somebody", PolicyName="some", PolicyDocument=policy)
    key = iam.create_access_key(UserName="somebody")["AccessKey"]
    names = ("aws_access_key_id", key["AccessKeyId"]), ("aws_secret_access_key", key["SecretAccessKey"])
    return lambda service: emulator.client(service, **dict(names))


def is_allowed(call, **arguments) -> bool:
    try:
        call(**arguments)
    except Exception as refusal:
        assert "AccessDenied" in str(refusal), refusal
        return False
    return True


def item(pk: str) -> dict:
    return {"pk": {"S": pk}, "sk": {"S": "X"}}


@pytest.mark.parametrize(
    ("keys", "allowed"),
    [
        (["MINE#1"], True),
        (["MINE#1", "OURS#1"], True),
        (["THEIRS#1"], False),
        (["MINE#1", "THEIRS#1"], False),
        (["mine#1"], False),
    ],
)
def test_leading_keys_open_the_items_they_name(somebody, keys, allowed):
    batch = {"emulator-test": {"Keys": [item(key) for key in keys]}}
    assert is_allowed(somebody("dynamodb").batch_get_item, RequestItems=batch) == allowed
    writes = [
        is_allowed(somebody("dynamodb").put_item, TableName="emulator-test", Item=item(key))
        for key in keys
    ]
    assert all(writes) == allowed


def test_a_request_without_leading_keys_is_refused(somebody):
    assert not is_allowed(somebody("dynamodb").scan, TableName="emulator-test")


@pytest.mark.parametrize(
    ("change", "condition", "allowed"),
    [
        ("SET version = version + :one", "attribute_exists(pk) OR used < :one", True),
        ("REMOVE used", "attribute_not_exists(used)", True),
        ("SET version = :one, owner = :one", "attribute_exists(pk)", False),
        ("SET version = :one REMOVE owner", "attribute_exists(pk)", False),
        ("SET version = :one", "attribute_exists(pk) AND owner < :one", False),
    ],
)
def test_attributes_open_those_that_they_name(emulator, somebody, change, condition, allowed):
    there = item("MINE#2") | {"version": {"N": "1"}, "used": {"N": "0"}}
    emulator.client("dynamodb").put_item(TableName="emulator-test", Item=there)
    arguments = {"UpdateExpression": change, "ConditionExpression": condition}
    if ":one" in change + condition:
        arguments["ExpressionAttributeValues"] = {":one": {"N": "1"}}
    update = somebody("dynamodb").update_item
    try:
        done = is_allowed(update, TableName="emulator-test", Key=item("MINE#2"), **arguments)
    except AssertionError as refusal:
        # It was let through, and only its own condition does not hold.
        assert "ConditionalCheckFailed" in str(refusal)
        done = True
    assert done == allowed


def test_each_table_of_a_batch_is_asked_about(emulator, somebody):
    other = {"emulator-test": {"Keys": [item("MINE#1")]}, "other": {"Keys": [item("MINE#1")]}}
    assert not is_allowed(somebody("dynamodb").batch_get_item, RequestItems=other)


@pytest.mark.parametrize(
    ("tags", "change", "allowed"),
    [
        ({"cardea:role": "tenant-signing"}, {}, True),
        ({}, {}, False),
        ({"cardea:role": "another"}, {}, False),
        ({"cardea:role": "tenant-signing"}, {"MessageType": "RAW"}, False),
        ({"cardea:role": "tenant-signing"}, {"SigningAlgorithm": "RSASSA_PSS_SHA_256"}, False),
    ],
)
def test_only_tagged_keys_sign_and_only_digests(emulator, somebody, tags, change, allowed):
    tags = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
    key = emulator.client("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY", Tags=tags)
    request = {"Message": bytes(32), "MessageType": "DIGEST"}
    request |= {"SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"} | change
    arn = key["KeyMetadata"]["Arn"]
    assert is_allowed(somebody("kms").sign, KeyId=arn, **request) == allowed


def test_an_encryption_context_can_be_demanded(emulator, somebody):
    key = emulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    make = somebody("kms").generate_data_key
    assert is_allowed(make, KeyId=key, KeySpec="AES_256", EncryptionContext={"tenant": "t"})
    assert not is_allowed(make, KeyId=key, KeySpec="AES_256", EncryptionContext={"other": "t"})
    assert not is_allowed(make, KeyId=key, KeySpec="AES_256")


def test_what_keys_may_be_made_can_be_narrowed_and_tags_take_a_permission_of_their_own(somebody):
    make = somebody("kms").create_key
    assert is_allowed(make, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    assert not is_allowed(make, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    assert not is_allowed(make, KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
    tags = [{"TagKey": "a", "TagValue": "b"}]
    assert not is_allowed(make, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY", Tags=tags)


def test_it_listens_on_the_loopback_alone(emulator):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        try:
            way_out.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no other address")
        address = way_out.getsockname()[0]
    with socket.socket() as knock:
        assert knock.connect_ex((address, emulator.port)) != 0
