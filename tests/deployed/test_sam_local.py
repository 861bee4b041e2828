"""What `cargo lambda watch` and `sam local` are told to start with makes what the stack makes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from policies import TEMPLATE
from stack import REPOSITORY

# An address of its own, since the port is a fixed one.
ADDRESS = "127.0.0.42"
SHAPE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


@pytest.fixture(scope="module")
def client():
    """A client of what the script starts, once it says that it is ready."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = subprocess.Popen(
        [REPOSITORY / "infra" / "sam-local" / "emulators", ADDRESS],
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        for line in process.stdout:
            if "are ready" in line:
                break
        yield lambda service: boto3.client(
            service,
            endpoint_url=f"http://{ADDRESS}:4566",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def shape(of: dict, name: str) -> list:
    """The members that say where items are, in no order."""
    names = ("AttributeName", "AttributeType", "IndexName", "KeyType", "KeySchema", "Projection")
    return sorted(
        ({key: value for key, value in one.items() if key in names} for one in of[name]), key=str
    )


def test_the_table_is_the_one_of_the_template(client):
    made = client("dynamodb").describe_table(TableName="cardea")["Table"]
    wanted = TEMPLATE["Resources"]["Table"]["Properties"]
    for name in SHAPE:
        assert shape(made, name) == shape(wanted, name)


def test_there_is_a_key_that_wraps_sealing_keys(client):
    kms, context = client("kms"), {"EncryptionContext": {"tenant": "localhost:9000"}}
    made = kms.generate_data_key(KeyId="alias/cardea-sealing", KeySpec="AES_256", **context)
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"], **context)["Plaintext"]
    with pytest.raises(ClientError):
        kms.decrypt(CiphertextBlob=made["CiphertextBlob"])
