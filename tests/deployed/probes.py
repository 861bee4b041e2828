"""For each function, requests that need every permission of its role and no other function.

What a request needs of other functions (a session, a code, a form) is prepared beforehand.
"""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from browser import Browser, fragment, query
from provider import API, REDIRECT_URI, Provider, RelyingParty

Probe = Callable[[], bool]

# Who signs out everywhere, and whom the owner signs out.
ANOTHER = ("another@example.com", "usr_another")
THIRD = ("third@example.com", "usr_third")


@dataclass
class Probes:
    """Each answers whether what it asks for works; that it was refused as it should be, it sees to."""

    relying_party: RelyingParty
    signed_in: Browser

    def __post_init__(self):
        self.provider: Provider = self.relying_party.provider
        self.stack = self.provider.stack
        self.hosts = (f"tenant-{number}.example.com" for number in itertools.count())
        # No address of the Internet (RFC 5737), which nobody but `fetch` can find out.
        self.documents = (f"https://192.0.2.1/{number}" for number in itertools.count())
        self.register_by_token()
        stranger = Browser(self.provider)
        login = stranger.open(self.relying_party.code_url())
        self.login = (stranger, login.asked, self.sign_in_form(stranger, login))
        # Whoever has agreed already can still be asked.
        consent = self.signed_in.open(self.relying_party.code_url(prompt="consent"))
        self.consent = (consent.asked, self.signed_in.form(consent, allow="true"))
        code = self.relying_party.new_code(self.signed_in)
        self.token = self.relying_party.exchange(code).json()["access_token"]
        _ = self.provider.management_token
        for email, user_id in (ANOTHER, THIRD):
            self.stack.add_user(self.provider.issuer, self.provider.user["email"], email, user_id)
        self.failures = {"Logout": 0, "Sessions": 0}

    def register_by_token(self):
        """From now on registrations need a token, clients manage themselves, and documents are fetched."""
        answer = self.provider.manage("POST", "initial-access-tokens", json={"max_uses": None})
        assert answer.status_code == 201, answer.text
        self.provider.initial_access_token = answer.json()["token"]
        self.set_policy(
            {
                "admission": "initial_access_token",
                "allow_fetching": True,
                "client_registration_management": "full",
                "registrations_per_source": 30_000,
                "registrations_per_tenant": 30_000,
            }
        )

    def open_registration_again(self):
        self.provider.initial_access_token = ""
        self.set_policy(None)

    def set_policy(self, policy: dict[str, Any] | None):
        answer = self.provider.change_settings({"dynamic_client_registration": policy})
        assert answer.status_code == 200, answer.text

    def agreed(self, **metadata) -> RelyingParty:
        """A client that has not been used, and that the user has agreed to."""
        client = self.provider.register(**metadata)
        page = self.signed_in.open(client.code_url())
        answer = self.signed_in.submit(page, allow="true")
        assert "code" in query(answer), answer.headers["Location"]
        return client

    def joining(self) -> RelyingParty:
        """A client that the user has agreed to, and that has yet to take part in a session whose end it is told of."""
        client = self.provider.register(backchannel_logout_uri=next(self.documents))
        page = self.signed_in.open(client.code_url())
        answer = self.signed_in.request(*self.signed_in.form(page, allow="true"))
        assert redirects_to("/authorize?")(answer), answer.headers
        return client

    def referring(self) -> dict[str, Any]:
        """Metadata whose keys are where nobody is, so that it is refused by whoever had it fetched."""
        method = {"token_endpoint_auth_method": "private_key_jwt"}
        return method | {"redirect_uris": [REDIRECT_URI], "jwks_uri": next(self.documents)}

    def sign_in_form(self, browser: Browser, login):
        user = self.provider.user
        return browser.form(login, username=user["email"], password=user["password"])

    def of(self, function: str) -> list[Probe]:
        """Those of one function, in their order."""
        return getattr(self, function)()

    def get(self, path: str, *, of=lambda answer: answer.status_code == 200, **arguments) -> Probe:
        return lambda: works(self.provider.get(path, **arguments), of)

    def StartPage(self) -> list[Probe]:
        return [self.get("")]

    def OpenidConfiguration(self) -> list[Probe]:
        return [
            self.get(".well-known/openid-configuration"),
            self.get(".well-known/oauth-authorization-server"),
        ]

    def Jwks(self) -> list[Probe]:
        return [self.get(".well-known/jwks.json")]

    def Register(self) -> list[Probe]:
        post, metadata = self.provider.post_registration, {"redirect_uris": [REDIRECT_URI]}
        headers = {"Authorization": f"Bearer {self.provider.management_token}"}
        dry_run = partial(self.provider.post, "oidc/register?dry_run=true", headers=headers)
        return [
            lambda: works(post(metadata), has_status(201)),
            lambda: works(post(self.referring()), has_status(400)),
            lambda: works(dry_run(json=metadata), has_status(200)),
        ]

    def ClientConfiguration(self) -> list[Probe]:
        client = self.provider.register()
        mine = {"client_id": client.client_id}
        return [
            lambda: works(client.configure("GET"), has_status(200)),
            lambda: works(client.configure("PUT", json=self.referring() | mine), has_status(400)),
            lambda: works(
                client.configure("PUT", json={"redirect_uris": [REDIRECT_URI]} | mine),
                has_status(200),
            ),
            lambda: works(client.configure("DELETE"), has_status(204)),
        ]

    def Authorize(self) -> list[Probe]:
        browser, client, joining = self.signed_in, self.agreed(), self.joining()
        pushed, referring = client.push(), self.signing()
        self.stack.refer_to(self.provider.issuer, referring.client_id, next(self.documents))
        signed = jwt.encode({"client_id": referring.client_id}, self.key, algorithm="ES256")
        return [
            # Whose session is joined for the first time.
            lambda: works(browser.request(joining.code_url()), redirects_with(query, "code")),
            lambda: works(browser.request(client.code_url()), redirects_with(query, "code")),
            # Nobody has the keys.
            lambda: works(
                browser.request(referring.code_url(request=signed)),
                lambda answer: is_refused(answer, "invalid_request_object"),
            ),
            # Which uses it up.
            lambda: works(
                browser.request(client.pushed_url(pushed.json()["request_uri"])),
                redirects_with(query, "code"),
            ),
            lambda: works(
                browser.request(client.implicit_url()), redirects_with(fragment, "access_token")
            ),
            lambda: works(browser.request(client.hybrid_url()), redirects_with(fragment, "code")),
        ]

    def PushedAuthorization(self) -> list[Probe]:
        client, signing, referring = self.agreed(), self.signing(), self.signing()
        self.stack.refer_to(self.provider.issuer, referring.client_id, next(self.documents))
        return [
            lambda: works(client.push(), has_status(201)),
            # An assertion is used up.
            lambda: works(signing.push_by(self.key), has_status(201)),
            # Nobody has the keys.
            lambda: works(referring.push_by(self.key), has_status(401)),
        ]

    def Login(self) -> list[Probe]:
        browser, url, form = self.login
        copy = Browser(self.provider, dict(browser.cookies))
        return [
            lambda: works(copy.request(url), has_status(200)),
            lambda: works(copy.request(*form), redirects_to("/authorize?")),
            # In the session that began just now, which ends.
            lambda: works(copy.request(*form), redirects_to("/authorize?")),
        ]

    def Logout(self) -> list[Probe]:
        # Of another user, since all of a user's sessions end.
        browser = self.taking_part(ANOTHER[0])
        url = self.provider.url("oidc/logout")
        form = browser.form(browser.open(url), logout="true", everywhere="true")
        return [
            lambda: works(browser.request(url), has_status(200)),
            lambda: works(browser.request(*form), has_status(200)) and self.were_told("Logout"),
        ]

    def Sessions(self) -> list[Probe]:
        self.taking_part(THIRD[0])
        sessions = f"users/{THIRD[1]}/sessions"
        return [
            self.manage(200, "GET", sessions),
            lambda: self.manage(202, "DELETE", sessions)() and self.were_told("Sessions"),
        ]

    def taking_part(self, email: str) -> Browser:
        """A browser in whose session a client takes part that is told of its end."""
        told = self.provider.register(backchannel_logout_uri=next(self.documents))
        browser = Browser(self.provider)
        login = browser.open(told.code_url())
        password = self.provider.user["password"]
        consent = browser.submit(login, username=email, password=password)
        answer = browser.submit(consent, allow="true")
        assert "code" in query(answer), answer.headers
        return browser

    def were_told(self, function: str) -> bool:
        """Whether the function could sign what it tells clients, and have it sent."""
        lines = [line for line in self.stack.log(function) if "backchannel_logout_failed" in line]
        failed, self.failures[function] = self.failures[function], len(lines)
        return failed == self.failures[function]

    def Consent(self) -> list[Probe]:
        url, form = self.consent
        copy = Browser(self.provider, dict(self.signed_in.cookies))
        return [
            lambda: works(copy.request(url), has_status(200)),
            lambda: works(copy.request(*form), redirects_to("/authorize?")),
        ]

    def Token(self) -> list[Probe]:
        client, signing, referring = self.agreed(), self.signing(), self.signing()
        self.stack.refer_to(self.provider.issuer, referring.client_id, next(self.documents))
        code = client.new_code(self.signed_in)
        grant = self.provider.management_grant()
        renewal = self.renewal()
        return [
            lambda: works(client.exchange(code), has_status(200)),
            # A replay revokes what the code was exchanged for.
            lambda: works(client.exchange(code), has_status(400)),
            lambda: works(self.provider.post("oauth/token", data=grant), has_status(200)),
            lambda: works(self.provider.post("oauth/token", data=renewal), has_status(200)),
            # An assertion is used up, and then there is no such code.
            lambda: works(signing.exchange_by(self.key, "ac_none"), has_status(400)),
            # Nobody has the keys.
            lambda: works(referring.exchange_by(self.key, "ac_none"), has_status(401)),
        ]

    def renewal(self) -> dict[str, str]:
        """What renews the tokens of a client that the user has agreed to."""
        client = self.provider.register()
        page = self.signed_in.open(client.code_url(scope="openid offline_access", audience=""))
        answer = self.signed_in.submit(page, allow="true")
        tokens = client.exchange(query(answer)["code"]).json()
        return {
            "grant_type": "refresh_token",
            "client_id": client.client_id,
            "client_secret": client.metadata["client_secret"],
            "refresh_token": tokens["refresh_token"],
        }

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """What clients sign with that have no secret."""
        return ec.generate_private_key(ec.SECP256R1())

    def signing(self) -> RelyingParty:
        jwk = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return self.provider.register(
            token_endpoint_auth_method="private_key_jwt", jwks={"keys": [jwk]}
        )

    def Revoke(self) -> list[Probe]:
        client, signing, referring = self.agreed(), self.signing(), self.signing()
        self.stack.refer_to(self.provider.issuer, referring.client_id, next(self.documents))
        renewal = self.renewal()
        revocation = {name: renewal[name] for name in ("client_id", "client_secret")}
        revocation["token"] = renewal["refresh_token"]
        none = {"token": "none"}
        revoke = partial(self.provider.post, "oauth/revoke")
        return [
            lambda: works(revoke(data=revocation), has_status(200)),
            # An assertion is used up.
            lambda: works(revoke(data=none | signing.assertion(self.key)), has_status(200)),
            # Nobody has the keys.
            lambda: works(revoke(data=none | referring.assertion(self.key)), has_status(401)),
        ]

    def Introspect(self) -> list[Probe]:
        signing, referring = self.signing(), self.signing()
        self.stack.refer_to(self.provider.issuer, referring.client_id, next(self.documents))
        renewal = self.renewal()
        question = {name: renewal[name] for name in ("client_id", "client_secret")}
        question["token"] = renewal["refresh_token"]
        none = {"token": "none"}
        introspect = partial(self.provider.post, "oauth/introspect")
        return [
            lambda: works(introspect(data=question), is_active),
            # An assertion is used up.
            lambda: works(introspect(data=none | signing.assertion(self.key)), has_status(200)),
            # Nobody has the keys.
            lambda: works(introspect(data=none | referring.assertion(self.key)), has_status(401)),
        ]

    def Userinfo(self) -> list[Probe]:
        client, signed, bound = self.relying_party, self.signed_answers, self.bound
        return [
            lambda: works(client.userinfo(self.token), has_status(200)),
            lambda: works(client.userinfo(signed), has_status(200)),
            # A proof of possession is used up.
            lambda: works(client.userinfo_by(self.key, bound), has_status(200)),
        ]

    @cached_property
    def bound(self) -> str:
        """A token that is bound to the key."""
        client = self.agreed()
        code = client.new_code(self.signed_in)
        refused = client.exchange(code, DPoP=client.proof(self.key, "POST", "oauth/token"))
        assert refused.json()["error"] == "use_dpop_nonce", refused.text
        nonce = {"nonce": refused.headers["DPoP-Nonce"]}
        proof = client.proof(self.key, "POST", "oauth/token", **nonce)
        answer = client.exchange(code, DPoP=proof)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    @cached_property
    def signed_answers(self) -> str:
        """A token whose client registered that the userinfo endpoint's answer is signed."""
        client = self.agreed(userinfo_signed_response_alg="RS256")
        return client.exchange(client.new_code(self.signed_in)).json()["access_token"]

    def TenantSettings(self) -> list[Probe]:
        def change(**members) -> Probe:
            return lambda: works(self.provider.change_settings(members), has_status(200))

        settings = partial(self.provider.settings, self.provider.management_token)
        return [
            lambda: works(settings(), has_status(200)),
            change(default_audience=API),
            change(default_audience=""),
        ]

    def manage(self, status: int, method: str, path: str, **arguments) -> Probe:
        return lambda: works(self.provider.manage(method, path, **arguments), has_status(status))

    def made(self, collection: str, body: dict[str, Any]) -> str:
        """The path of what is made now."""
        answer = self.provider.manage("POST", collection, json=body)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return f"{collection}/{answer.json()['id']}"

    def Clients(self) -> list[Probe]:
        # Of a third party, since the tenant's own are not counted as unused.
        new = {"name": "A probe", "callbacks": [REDIRECT_URI], "is_first_party": False}
        created = self.provider.manage("POST", "clients", json=new)
        assert created.status_code == 201, created.text
        one = f"clients/{created.json()['client_id']}"
        return [
            self.manage(201, "POST", "clients", json=new),
            # Where a list goes on is sealed.
            self.manage(200, "GET", "clients?take=1"),
            self.manage(200, "PATCH", one, json={"name": "Another"}),
            # Nobody is there, which only `fetch` can tell.
            self.manage(400, "PATCH", one, json={"jwks_uri": next(self.documents)}),
            self.manage(204, "DELETE", one),
        ]

    def Logs(self) -> list[Probe]:
        return [
            self.manage(200, "GET", "logs"),
            # Of no event, which has to be looked for all the same.
            self.manage(404, "GET", "logs/01KAXQ2B9G5J7M8N0P1Q2R3S4T"),
        ]

    def InitialAccessTokens(self) -> list[Probe]:
        one = self.made("initial-access-tokens", {})
        return [
            self.manage(201, "POST", "initial-access-tokens", json={}),
            self.manage(200, "GET", "initial-access-tokens?take=1"),
            self.manage(204, "DELETE", one),
        ]

    def ResourceServers(self) -> list[Probe]:
        old, new = (f"https://{next(self.hosts)}/" for _ in range(2))
        api = self.made("resource-servers", {"identifier": old})
        grant = {"default_for": "third_party_clients", "audience": old, "scope": []}
        self.made("client-grants", grant)
        return [
            self.manage(201, "POST", "resource-servers", json={"identifier": new}),
            self.manage(200, "GET", "resource-servers?take=1"),
            self.manage(200, "PATCH", api, json={"name": "Another"}),
            # Whose grants are deleted with it.
            self.manage(204, "DELETE", api),
        ]

    def ClientGrants(self) -> list[Probe]:
        old, new = (
            {
                "client_id": self.provider.register().client_id,
                "audience": API,
                "scope": [],
                "subject_type": "user",
            }
            for _ in range(2)
        )
        grant = self.made("client-grants", old)
        return [
            self.manage(201, "POST", "client-grants", json=new),
            self.manage(200, "GET", "client-grants?take=1"),
            self.manage(200, "PATCH", grant, json={"scope": []}),
            self.manage(204, "DELETE", grant),
        ]

    def Fetch(self) -> list[Probe]:
        tenant = self.provider.issuer.split("/")[2]
        errand = {"tenant": tenant, "get": {"kind": "json", "freshness": "renewed"}}
        return [lambda: self.fetches(errand | {"uri": next(self.documents)})]

    def fetches(self, errand: dict[str, Any]) -> bool:
        failed, answer = self.stack.invoke(errand, "Fetch")
        assert failed or answer == {"Err": "refused_address"}, answer
        return not failed

    def Bootstrap(self) -> list[Probe]:
        new, interrupted, removed = (f"https://{next(self.hosts)}/" for _ in range(3))
        # What an interrupted start has left there, and whoever removed a stack.
        secrets = self.stack.client("secretsmanager")
        for issuer in (interrupted, removed):
            secrets.create_secret(Name=self.secret_of(issuer), SecretString="{}")
        secrets.delete_secret(SecretId=self.secret_of(removed))
        commands = [
            {"create_tenant": {"issuer": new, "example_data": True}},
            {"create_tenant": {"issuer": interrupted}},
            {"create_tenant": {"issuer": removed}},
            {"rotate_signing_key": {"issuer": new, "at_once": True}},
            {"add_signing_key": {"issuer": new, "alg": "ES256"}},
        ]
        return [lambda command=command: self.obeys(command) for command in commands]

    def secret_of(self, issuer: str) -> str:
        return f"{self.stack.name}/{issuer.split('/')[2]}"

    def obeys(self, command: dict[str, Any]) -> bool:
        failed, answer = self.stack.invoke(command)
        assert not failed or answer["errorMessage"], answer
        return not failed


def works(answer, as_expected: Callable[[Any], bool]) -> bool:
    """Whether `answer` is what was hoped for; if not, it must be what clients can wait for."""
    if as_expected(answer):
        return True
    location = answer.headers.get("Location", "")
    if "error=" in location:
        assert "error=temporarily_unavailable" in location, location
    else:
        assert answer.status_code == 503, (answer.status_code, answer.text)
        assert "Retry-After" in answer.headers
    assert "AccessDenied" not in json.dumps([answer.text, location])
    return False


def has_status(status: int):
    return lambda answer: answer.status_code == status


def is_active(answer) -> bool:
    return answer.status_code == 200 and answer.json()["active"]


def redirects_to(path: str):
    return lambda answer: answer.headers.get("Location", "").startswith(path)


def is_refused(answer, error: str) -> bool:
    return "Location" in answer.headers and query(answer).get("error") == error


def redirects_with(part, parameter: str):
    return lambda answer: "Location" in answer.headers and parameter in part(answer)
