"""What the tests share: one emulator and one stack, from its deployment to its deletion."""

import json
import os
from pathlib import Path

import pytest

from browser import Browser
from emulator import Emulator
from provider import Provider, RelyingParty
from stack import REPOSITORY, Stack

# Each file finds the stack as those before it leave it.
ORDER = [
    "test_emulator",
    "test_template",
    "test_sam_local",
    "test_build",
    "test_deployment",
    "test_domain",
    "test_operators",
    "test_journey",
    "test_authlib",
    "test_key_states",
    "test_least_privilege",
    "test_logs",
    "test_deletion",
]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: ORDER.index(item.module.__name__))


@pytest.fixture(scope="session")
def emulator():
    emulator = Emulator(REPOSITORY / "target" / "deployed" / "emulator")
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def stack(emulator: Emulator) -> Stack:
    stack = Stack(emulator, Path(os.environ["CARDEA_BUILT"]))
    stack.deploy(ExampleData="true")
    stack.add_routes()
    return stack


@pytest.fixture(scope="session")
def provider(stack: Stack) -> Provider:
    """The tenant that the deployment made."""
    outputs = stack.outputs()
    secret = stack.secret(outputs["CredentialsSecret"])
    provider = Provider(stack, outputs["Issuer"], json.loads(secret))
    stack.sentinels.note("client_secret", provider.credentials["management"]["client_secret"])
    stack.sentinels.note("password", provider.user["password"])
    return provider


@pytest.fixture(scope="session")
def open_provider(provider: Provider) -> Provider:
    """The same, with registration on."""
    answer = provider.change_settings({"flags": {"enable_dynamic_client_registration": True}})
    assert answer.status_code == 200, answer.text
    return provider


@pytest.fixture(scope="session")
def relying_party(open_provider: Provider) -> RelyingParty:
    return open_provider.register()


@pytest.fixture(scope="session")
def signed_in(relying_party: RelyingParty) -> Browser:
    """A browser whose user has signed in, and agreed to what `relying_party` asks for."""
    browser = Browser(relying_party.provider)
    browser.authorize(relying_party.code_url())
    return browser


@pytest.fixture(scope="session")
def administrator(emulator: Emulator):
    """Clients of somebody whom IAM allows everything, but who is not the account's root."""
    iam = emulator.client("iam")
    iam.create_user(UserName="administrator")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(
        UserName="administrator",
        PolicyName="everything",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    return lambda service: emulator.client(
        service,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
