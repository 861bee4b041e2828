"""Everything that passed between the tests and the stack and must never be in a log."""

import re
from urllib.parse import parse_qsl, quote_plus, urlsplit

import requests

# In forms, in JSON, in redirects: what names a secret or tells of a person.
MEMBERS = {
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "csrf_token",
    "email",
    "id_token",
    "nonce",
    "password",
    "registration_access_token",
    "state",
    "token",
    "username",
}


class Sentinels:
    """Values by what they are, as they went over the wire."""

    def __init__(self):
        self.values: dict[str, set[str]] = {}

    def note(self, kind: str, value: str):
        # Nothing so short that it could be anywhere by chance.
        if isinstance(value, str) and len(value) >= 8:
            self.values.setdefault(kind, set()).add(value)

    def note_all(self, pairs):
        for name, value in pairs:
            if name in MEMBERS:
                self.note(name, value)

    def watch(self, answer: requests.Response):
        """Notes what a request carried, and its answer."""
        request = answer.request
        if request.headers.get("Content-Type") == "application/x-www-form-urlencoded":
            self.note_all(parse_qsl(request.body))
        self.note("bearer", request.headers.get("Authorization", "").removeprefix("Bearer "))
        self.watch_url(request.url)
        self.watch_url(answer.headers.get("Location", ""))
        for cookie in answer.raw.headers.getlist("Set-Cookie"):
            self.note("cookie", cookie.split(";", 1)[0].partition("=")[2])
        if answer.content and "json" in answer.headers.get("Content-Type", ""):
            body = answer.json()
            self.note_all(body.items() if isinstance(body, dict) else ())
        self.note_all(re.findall(r'name="(csrf_token)" value="([^"]*)"', answer.text))

    def watch_url(self, url: str):
        parts = urlsplit(url)
        self.note_all(parse_qsl(parts.query))
        self.note_all(parse_qsl(parts.fragment))

    def found_in(self, text: str) -> list[str]:
        """The kinds of what is in `text`."""
        return [
            kind
            for kind, values in self.values.items()
            if any(value in text or quote_plus(value) in text for value in values)
        ]
