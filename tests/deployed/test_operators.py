"""What operators do by invoking the bootstrap function by name."""

import json

import pytest

from provider import Provider

ISSUER = "https://login.example.com/"


@pytest.fixture(scope="module")
def second(stack) -> Provider:
    failed, answer = stack.invoke({"create_tenant": {"issuer": ISSUER, "example_data": True}})
    assert not failed, answer
    assert answer == {"issuer": ISSUER, "credentials_secret": "cardea/login.example.com"}
    stack.add_domain("login.example.com")
    provider = Provider(stack, ISSUER, json.loads(stack.secret(answer["credentials_secret"])))
    stack.sentinels.note("client_secret", provider.credentials["management"]["client_secret"])
    stack.sentinels.note("password", provider.user["password"])
    return provider


def rotate(provider: Provider, at_once: bool):
    command = {"issuer": provider.issuer, "at_once": at_once}
    return provider.stack.invoke({"rotate_signing_key": command})


def test_a_second_tenant_has_keys_and_credentials_of_its_own(provider, second):
    assert second.get(".well-known/openid-configuration").json()["issuer"] == ISSUER
    assert not set(second.keys()) & set(provider.keys())
    mine, others = second.credentials["management"], provider.credentials["management"]
    assert mine["client_secret"] != others["client_secret"]
    assert second.post("oauth/token", data=second.management_grant()).status_code == 200
    foreign = {"client_id": others["client_id"], "client_secret": others["client_secret"]}
    answer = second.post("oauth/token", data=second.management_grant() | foreign)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_making_a_tenant_again_changes_nothing(stack, second):
    keys, credentials = second.keys(), stack.secret("cardea/login.example.com")
    failed, answer = stack.invoke({"create_tenant": {"issuer": ISSUER}})
    assert not failed, answer
    assert (second.keys(), stack.secret("cardea/login.example.com")) == (keys, credentials)


def test_a_command_that_is_none_is_refused_with_an_example_of_one(stack):
    failed, answer = stack.invoke({"destroy_tenant": {"issuer": ISSUER}})
    assert failed
    assert "create_tenant" in answer["errorMessage"]


def test_a_key_is_not_rotated_before_verifiers_know_the_next(stack, second):
    before = stack.key_set(ISSUER)
    failed, answer = rotate(second, at_once=False)
    assert failed
    assert "less than 24 hours" in answer["errorMessage"]
    assert stack.key_set(ISSUER) == before


def test_a_key_in_the_wrong_hands_is_rotated_at_once(stack, second):
    current, upcoming = stack.key_set(ISSUER)["keys"]
    token = second.management_token
    second.verified(token, second.credentials["management"]["audience"], "at+jwt")

    failed, answer = rotate(second, at_once=True)
    assert not failed, answer
    assert answer["kid"] == upcoming["jwk"]["kid"]
    states = {key["jwk"]["kid"]: key["state"] for key in stack.key_set(ISSUER)["keys"]}
    assert states.pop(answer["kid"]) == "current"
    assert current["jwk"]["kid"] not in states
    assert list(states.values()) == ["next"]
    found = stack.client("kms").describe_key(KeyId=current["reference"])["KeyMetadata"]
    assert found["KeyState"] == "Disabled"

    # It is remembered for half a minute what is published; who decides about a token reads it anew.
    stack.renew("Jwks")
    assert set(second.keys()) == {answer["kid"], *states}
    refused = second.settings(token)
    assert refused.status_code == 401, refused.text
    renewed = second.post("oauth/token", data=second.management_grant()).json()["access_token"]
    second.verified(renewed, second.credentials["management"]["audience"], "at+jwt")
    assert second.settings(renewed).status_code == 200


def test_keys_of_a_tenant_that_is_none_are_not_rotated(stack):
    command = {"issuer": "https://nobody.example.com/", "at_once": True}
    failed, answer = stack.invoke({"rotate_signing_key": command})
    assert failed
    assert "is no tenant of this deployment" in answer["errorMessage"]
