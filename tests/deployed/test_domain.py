"""The same template with a domain of its own: a stack beside the other."""

import pytest

from emulator import ACCOUNT, REGION
from stack import Stack

DOMAIN = "login.example.net"


@pytest.fixture(scope="module")
def zone(emulator) -> str:
    made = emulator.client("route53").create_hosted_zone(Name="example.net", CallerReference="domain")
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


@pytest.fixture(scope="module")
def own(emulator, stack, zone):
    own = Stack(emulator, stack.built, "own-domain")
    certificate = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
    own.deploy(DomainName=DOMAIN, CertificateArn=certificate, HostedZoneId=zone)
    yield own
    own.delete()


def test_the_domain_is_the_issuer_and_leads_to_the_api(emulator, own, zone):
    outputs = own.outputs()
    assert outputs["Issuer"] == f"https://{DOMAIN}/"
    assert own.secret(outputs["CredentialsSecret"])
    (mapping,) = own.client("apigatewayv2").get_api_mappings(DomainName=DOMAIN)["Items"]
    assert mapping["ApiId"] == own.physical_id("HttpApi")
    records = emulator.client("route53").list_resource_record_sets(HostedZoneId=zone)
    targets = {
        one["Type"]: one["AliasTarget"]["DNSName"].rstrip(".")
        for one in records["ResourceRecordSets"]
        if one["Name"].rstrip(".") == DOMAIN
    }
    assert targets == {kind: outputs["DomainTarget"] for kind in ("A", "AAAA")}


def test_a_domain_takes_its_certificate(emulator, stack):
    with pytest.raises(AssertionError, match="CertificateArn"):
        Stack(emulator, stack.built, "no-certificate").deploy(DomainName="other.example.net")
