"""A browser without a screen at one issuer: cookies, redirects, and forms as they stand in the page.

It connects to the emulator, and names the issuer's host as if a name server had sent it there.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

if TYPE_CHECKING:
    from provider import Provider
    from stack import Stack


def ask(stack: Stack, method: str, url: str, **arguments) -> requests.Response:
    """One request to `url`, which the emulator answers; no redirect is followed."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc} | arguments.pop("headers", {})
    answer = requests.request(
        method,
        stack.emulator.url + target,
        headers=headers,
        allow_redirects=False,
        timeout=60,
        **arguments,
    )
    answer.asked = url
    stack.sentinels.watch(answer)
    return answer


@dataclass
class Browser:
    provider: Provider
    cookies: dict[str, str] = field(default_factory=dict)

    def request(self, url: str, form: dict[str, str] | None = None) -> requests.Response:
        """One request, with the cookies it would have; those of the answer are kept."""
        method = "GET" if form is None else "POST"
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Origin"] = self.provider.issuer.rstrip("/")
        answer = ask(self.provider.stack, method, url, data=form, headers=headers)
        for cookie in answer.raw.headers.getlist("Set-Cookie"):
            name, _, rest = cookie.partition("=")
            value = rest.split(";", 1)[0]
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    def follow(self, answer: requests.Response) -> requests.Response:
        """Goes where `answer` leads within the issuer: a page, or the redirect to the client."""
        for _ in range(10):
            if "Location" not in answer.headers:
                return answer
            target = urljoin(answer.asked, answer.headers["Location"])
            if not target.startswith(self.provider.issuer):
                return answer
            answer = self.request(target)
        raise AssertionError(f"redirected in a circle: {answer.asked}")

    def open(self, url: str) -> requests.Response:
        return self.follow(self.request(url))

    def form(self, page: requests.Response, **fields: str) -> tuple[str, dict[str, str]]:
        """Where the form of `page` goes, and what with."""
        assert page.status_code == 200, (page.status_code, page.text)
        action = urljoin(page.asked, attribute(page, 'action="'))
        return action, {"csrf_token": attribute(page, 'name="csrf_token" value="')} | fields

    def submit(self, page: requests.Response, **fields: str) -> requests.Response:
        return self.follow(self.request(*self.form(page, **fields)))

    def sign_in(self, page: requests.Response) -> requests.Response:
        user = self.provider.user
        return self.submit(page, username=user["email"], password=user["password"])

    def authorize(self, url: str) -> requests.Response:
        """From the authorization URL to the client: through signing in, and agreeing if asked."""
        answer = self.sign_in(self.open(url))
        return answer if "Location" in answer.headers else self.submit(answer, allow="true")


def attribute(page: requests.Response, before: str) -> str:
    """What stands in the page after `before`, up to the next quotation mark."""
    found = re.search(re.escape(before) + '([^"]*)"', page.text)
    assert found, f"no {before} in {page.text}"
    return html.unescape(found[1])


def fragment(answer: requests.Response) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).fragment))


def query(answer: requests.Response) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
