"""What clients see while a key in KMS can't be used: to come back later, and nothing lost."""

from contextlib import contextmanager

import pytest

from browser import query

# Words of KMS, of IAM and of DynamoDB, and what they call things: no business of a client.
DETAILS = ("arn:", "Exception", "KMS", "kms", "disabled", "deletion", "key/", "000000000000")


@contextmanager
def disabled(kms, key: str):
    kms.disable_key(KeyId=key)
    try:
        yield
    finally:
        kms.enable_key(KeyId=key)


@contextmanager
def pending_deletion(kms, key: str):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    try:
        yield
    finally:
        kms.cancel_key_deletion(KeyId=key)
        kms.enable_key(KeyId=key)


def current_key(stack, provider) -> str:
    keys = stack.key_set(provider.issuer)["keys"]
    (key,) = [key["reference"] for key in keys if key["state"] == "current"]
    return key


def check_told_to_come_back(answer):
    assert answer.status_code == 503, (answer.status_code, answer.text)
    assert 1 <= int(answer.headers["Retry-After"]) <= 120
    assert not [word for word in DETAILS if word in answer.text], answer.text


@pytest.mark.parametrize("unusable", [disabled, pending_deletion])
def test_without_the_signing_key_a_code_waits(stack, relying_party, signed_in, unusable):
    provider, kms = relying_party.provider, stack.client("kms")
    code = relying_party.new_code(signed_in)
    published = provider.keys()
    with unusable(kms, current_key(stack, provider)):
        for _ in range(2):
            answer = relying_party.exchange(code)
            check_told_to_come_back(answer)
            assert answer.json()["error"] == "temporarily_unavailable"
        check_told_to_come_back(provider.post("oauth/token", data=provider.management_grant()))
        stack.renew("Jwks")
        assert provider.keys() == published, "who verifies needs no KMS"
    exchanged = relying_party.exchange(code)
    assert exchanged.status_code == 200, exchanged.text
    provider.verified(exchanged.json()["id_token"], relying_party.client_id, "JWT")


@pytest.mark.parametrize("unusable", [disabled, pending_deletion])
def test_without_the_signing_key_the_implicit_flow_tells_the_client(
    stack, relying_party, signed_in, unusable
):
    with unusable(stack.client("kms"), current_key(stack, relying_party.provider)):
        answer = signed_in.open(relying_party.implicit_url())
    location = answer.headers["Location"]
    assert location.startswith("https://app.example/cb#error=temporarily_unavailable&"), location
    assert "access_token" not in location and "id_token" not in location
    assert not [word for word in DETAILS if word in location], location
    answer = signed_in.open(relying_party.implicit_url())
    assert "#access_token=" in answer.headers["Location"]


@pytest.mark.parametrize("unusable", [disabled, pending_deletion])
def test_without_the_sealing_key_new_processes_wait_and_documents_are_served(
    stack, relying_party, signed_in, unusable
):
    provider, kms = relying_party.provider, stack.client("kms")
    code = relying_party.new_code(signed_in)
    token = relying_party.exchange(relying_party.new_code(signed_in)).json()["access_token"]
    with unusable(kms, stack.outputs()["SealingKeyArn"]):
        for function in ("Token", "Userinfo", "Authorize", "Jwks", "OpenidConfiguration"):
            stack.renew(function)
        check_told_to_come_back(relying_party.exchange(code))
        check_told_to_come_back(relying_party.userinfo(token))
        check_told_to_come_back(signed_in.open(relying_party.code_url()))
        assert provider.keys()
        assert provider.get(".well-known/openid-configuration").status_code == 200
    assert relying_party.exchange(code).status_code == 200
    assert relying_party.userinfo(token).status_code == 200
    assert "code" in query(signed_in.open(relying_party.code_url()))
