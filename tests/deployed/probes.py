"""For each function, requests that need every permission of its role and no other function.

What a request needs of other functions (a session, a code, a form) is prepared beforehand.
"""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from browser import Browser, ask, fragment, query
from provider import API, REDIRECT_URI, Provider, RelyingParty

Probe = Callable[[], bool]


@dataclass
class Probes:
    """Each answers whether what it asks for works; that it was refused as it should be, it sees to."""

    relying_party: RelyingParty
    signed_in: Browser

    def __post_init__(self):
        self.provider: Provider = self.relying_party.provider
        self.stack = self.provider.stack
        self.hosts = (f"tenant-{number}.example.com" for number in itertools.count())
        stranger = Browser(self.provider)
        login = stranger.open(self.relying_party.code_url())
        self.login = (stranger, login.asked, self.sign_in_form(stranger, login))
        # Whoever has agreed already can still be asked.
        consent = self.signed_in.open(self.relying_party.code_url(prompt="consent"))
        self.consent = (consent.asked, self.signed_in.form(consent, allow="true"))
        code = self.relying_party.new_code(self.signed_in)
        self.token = self.relying_party.exchange(code).json()["access_token"]
        _ = self.provider.management_token

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
        post = partial(self.provider.post, "oidc/register", json={"redirect_uris": [REDIRECT_URI]})
        return [lambda: works(post(), has_status(201))]

    def Authorize(self) -> list[Probe]:
        browser, client = self.signed_in, self.relying_party
        return [
            lambda: works(browser.request(client.code_url()), redirects_with(query, "code")),
            lambda: works(
                browser.request(client.implicit_url()), redirects_with(fragment, "access_token")
            ),
        ]

    def Login(self) -> list[Probe]:
        browser, url, form = self.login
        copy = Browser(self.provider, dict(browser.cookies))
        return [
            lambda: works(copy.request(url), has_status(200)),
            lambda: works(copy.request(*form), redirects_to("/authorize?")),
        ]

    def Consent(self) -> list[Probe]:
        url, form = self.consent
        copy = Browser(self.provider, dict(self.signed_in.cookies))
        return [
            lambda: works(copy.request(url), has_status(200)),
            lambda: works(copy.request(*form), redirects_to("/authorize?")),
        ]

    def Token(self) -> list[Probe]:
        client = self.relying_party
        code = client.new_code(self.signed_in)
        grant = self.provider.management_grant()
        return [
            lambda: works(client.exchange(code), has_status(200)),
            # A replay revokes what the code was exchanged for.
            lambda: works(client.exchange(code), has_status(400)),
            lambda: works(self.provider.post("oauth/token", data=grant), has_status(200)),
        ]

    def Userinfo(self) -> list[Probe]:
        return [lambda: works(self.relying_party.userinfo(self.token), has_status(200))]

    def TenantSettings(self) -> list[Probe]:
        def change(**members) -> Probe:
            return lambda: works(self.provider.change_settings(members), has_status(200))

        settings = partial(self.provider.settings, self.provider.management_token)
        return [
            lambda: works(settings(), has_status(200)),
            change(default_audience=API),
            change(default_audience=""),
        ]

    def Clients(self) -> list[Probe]:
        headers = {"Authorization": f"Bearer {self.provider.management_token}"}
        url = self.provider.url("api/v2/clients")

        def owner(method: str, url: str, **arguments):
            return ask(self.stack, method, url, headers=headers, **arguments)

        name = {"name": "A probe", "callbacks": [REDIRECT_URI]}
        created = owner("POST", url, json=name).json()
        one = f"{url}/{created['client_id']}"
        return [
            lambda: works(owner("POST", url, json=name), has_status(201)),
            # A cursor is sealed.
            lambda: works(owner("GET", f"{url}?take=1"), has_status(200)),
            lambda: works(owner("PATCH", one, json={"name": "Another"}), has_status(200)),
            lambda: works(owner("DELETE", one), has_status(204)),
        ]

    def Logs(self) -> list[Probe]:
        headers = {"Authorization": f"Bearer {self.provider.management_token}"}
        return [
            self.get("api/v2/logs", headers=headers),
            # Of no event, which has to be looked for all the same.
            self.get(
                "api/v2/logs/01KAXQ2B9G5J7M8N0P1Q2R3S4T", of=has_status(404), headers=headers
            ),
        ]

    def manage(self, status: int, method: str, path: str, **arguments) -> Probe:
        return lambda: works(self.provider.manage(method, path, **arguments), has_status(status))

    def made(self, collection: str, body: dict[str, Any]) -> str:
        """The path of what is made now."""
        answer = self.provider.manage("POST", collection, json=body)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return f"{collection}/{answer.json()['id']}"

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

    def Bootstrap(self) -> list[Probe]:
        new, interrupted = (f"https://{next(self.hosts)}/" for _ in range(2))
        # What an interrupted start has left there.
        name = f"{self.stack.name}/{interrupted.split('/')[2]}"
        self.stack.client("secretsmanager").create_secret(Name=name, SecretString="{}")
        commands = [
            {"create_tenant": {"issuer": new, "example_data": True}},
            {"create_tenant": {"issuer": interrupted}},
            {"rotate_signing_key": {"issuer": new, "at_once": True}},
        ]
        return [lambda command=command: self.obeys(command) for command in commands]

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


def redirects_to(path: str):
    return lambda answer: answer.headers.get("Location", "").startswith(path)


def redirects_with(part, parameter: str):
    return lambda answer: "Location" in answer.headers and parameter in part(answer)
