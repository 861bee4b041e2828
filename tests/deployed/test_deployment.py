"""What is there after `sam deploy`, and what another deployment changes of it: nothing."""

import json

import pytest
from samcli.yamlhelper import yaml_dump, yaml_parse

from emulator import ACCOUNT, REGION
from policies import Role
from provider import Provider


def state(stack, provider):
    """All that must survive: public keys, wrapped keys, credentials."""
    return {
        "keys": provider.keys(),
        "key set": stack.key_set(provider.issuer),
        "secret": stack.secret(stack.outputs()["CredentialsSecret"]),
    }


def test_a_tenant_exists_for_the_host_of_the_api(provider):
    answer = provider.get(".well-known/openid-configuration")
    assert answer.status_code == 200, answer.text
    assert answer.json()["issuer"] == provider.issuer
    assert ".execute-api.eu-central-1.amazonaws.com/" in provider.issuer


def test_a_host_that_is_no_tenants_is_not_found(stack, provider):
    other = Provider(stack, "https://other.example.com/", {})
    stack.add_domain("other.example.com")
    answer = other.get(".well-known/openid-configuration")
    assert (answer.status_code, answer.json()["error"]) == (404, "invalid_request")


def test_it_has_a_current_and_a_next_signing_key_in_kms(stack, provider):
    keys = stack.key_set(provider.issuer)["keys"]
    assert sorted(key["state"] for key in keys) == ["current", "next"]
    assert [key["jwk"]["kid"] for key in keys] == list(provider.keys())
    for key in keys:
        found = stack.client("kms").describe_key(KeyId=key["reference"])["KeyMetadata"]
        assert (found["KeySpec"], found["KeyUsage"]) == ("RSA_2048", "SIGN_VERIFY")
        assert found["KeyState"] == "Enabled"


def test_registration_is_off_at_first(provider):
    answer = provider.post("oidc/register", json={"redirect_uris": ["https://app.example/cb"]})
    assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")


def test_its_credentials_are_in_secrets_manager_and_nowhere_else(stack, provider):
    secrets = [provider.credentials["management"]["client_secret"], provider.user["password"]]
    assert all(len(secret) >= 20 for secret in secrets)
    cloudformation = stack.client("cloudformation")
    (description,) = cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack.name)
    events = [event for page in pages for event in page["StackEvents"]]
    assert any(event["LogicalResourceId"] == "Tenant" for event in events)
    table = stack.client("dynamodb").scan(TableName=stack.outputs()["TableName"])["Items"]
    log = stack.log("Bootstrap")
    assert table and log
    for name, place in [("stack", description), ("events", events), ("log", log), ("table", table)]:
        text = json.dumps(place, default=str)
        assert not any(secret in text for secret in secrets), name


def test_signing_keys_obey_the_roles_that_sign_and_nobody_else(stack, provider, administrator):
    kms = administrator("kms")
    own = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    request = {"Message": bytes(32), "MessageType": "DIGEST"}
    request |= {"SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}
    assert kms.sign(KeyId=own, **request)["Signature"], "may do all that IAM can allow"
    for key in stack.key_set(provider.issuer)["keys"]:
        try:
            kms.sign(KeyId=key["reference"], **request)
        except kms.exceptions.ClientError as refusal:
            assert "explicit deny" in str(refusal)
        else:
            raise AssertionError("an administrator signed")


def test_the_sealing_key_unwraps_nothing_without_naming_a_tenant(stack, administrator):
    kms, key = administrator("kms"), stack.outputs()["SealingKeyArn"]
    context = {"EncryptionContext": {"tenant": "example.com"}}
    wrapped = kms.generate_data_key(KeyId=key, KeySpec="AES_256", **context)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=wrapped, **context)["Plaintext"]
    try:
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    except kms.exceptions.ClientError as refusal:
        assert "explicit deny" in str(refusal)
    else:
        raise AssertionError("a key was made that is bound to no tenant")


def test_no_role_holds_more_than_its_one_policy(stack):
    for function in stack.functions():
        Role(stack, function)


def test_deploying_again_changes_nothing(stack, provider):
    before = state(stack, provider)
    said = stack.deploy(ExampleData="true")
    assert "No changes to deploy" in said, said
    assert state(stack, provider) == before


def test_deploying_another_configuration_keeps_the_tenant(stack, provider):
    before, log = state(stack, provider), len(stack.log("Bootstrap"))
    # The tenant is a resource with changed properties now, so that its function is called.
    stack.deploy(ExampleData="false", LogRetentionDays="14")
    assert len(stack.log("Bootstrap")) > log
    assert state(stack, provider) == before


def test_a_deployment_that_fails_leaves_the_tenant_as_it_was(stack, provider):
    before = state(stack, provider)
    template = yaml_parse((stack.built / "template.yaml").read_text())
    # There is no such function, which is only found once the tenant has been asked to change.
    nobody = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nobody"
    template["Resources"]["Failing"] = {
        "Type": "Custom::Failing",
        "DependsOn": "Tenant",
        "Properties": {"ServiceToken": nobody},
    }
    (stack.built / "failing.yaml").write_text(yaml_dump(template))
    with pytest.raises(AssertionError, match="ROLLBACK"):
        stack.deploy("failing.yaml", ExampleData="true", LogRetentionDays="14")
    (description,) = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
    assert description["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert state(stack, provider) == before
