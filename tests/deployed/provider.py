"""A tenant of the deployed stack, as its owner and its clients see it: over HTTP only."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec

from browser import Browser, ask, query
from stack import Stack

API = "https://api.example.com/"
REDIRECT_URI = "https://app.example/cb"
NONCE = "n-0S6_WzA2Mj"
STATE = "a state & more"
# RFC 7636, appendix B.
CODE_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CODE_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class Provider:
    stack: Stack
    issuer: str
    credentials: dict[str, Any] = field(repr=False)
    # What registrations bring, where the tenant asks for it.
    initial_access_token: str = field(default="", repr=False)

    @property
    def user(self) -> dict[str, str]:
        return self.credentials["user"]

    def url(self, path: str, **parameters: str) -> str:
        return self.issuer + path + (f"?{urlencode(parameters)}" if parameters else "")

    def get(self, path: str, **arguments) -> requests.Response:
        return ask(self.stack, "GET", self.url(path), **arguments)

    def post(self, path: str, **arguments) -> requests.Response:
        return ask(self.stack, "POST", self.url(path), **arguments)

    def management_grant(self) -> dict[str, str]:
        return {"grant_type": "client_credentials"} | self.credentials["management"]

    @cached_property
    def management_token(self) -> str:
        answer = self.post("oauth/token", data=self.management_grant())
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def settings(self, token: str) -> requests.Response:
        return self.get("api/v2/tenants/settings", headers={"Authorization": f"Bearer {token}"})

    def change_settings(self, change: dict[str, Any]) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.management_token}"}
        url = self.url("api/v2/tenants/settings")
        return ask(self.stack, "PATCH", url, json=change, headers=headers)

    def manage(self, method: str, path: str, **arguments) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.management_token}"}
        return ask(self.stack, method, self.url(f"api/v2/{path}"), headers=headers, **arguments)

    def register(self, **metadata) -> "RelyingParty":
        body = {"client_name": "A test", "redirect_uris": [REDIRECT_URI]} | metadata
        answer = self.post_registration(body)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return RelyingParty(self, answer.json())

    def post_registration(self, metadata: dict[str, Any]) -> requests.Response:
        bearer = {"Authorization": f"Bearer {self.initial_access_token}"}
        headers = bearer if self.initial_access_token else {}
        return self.post("oidc/register", json=metadata, headers=headers)

    def keys(self) -> dict[str, dict[str, str]]:
        """The published keys, by their names."""
        answer = self.get(".well-known/jwks.json")
        assert answer.status_code == 200, answer.text
        return {key["kid"]: key for key in answer.json()["keys"]}

    def verified(self, token: str, audience: str, typ: str) -> dict[str, Any]:
        """The claims of a token, by PyJWT: signature by a published key, `iss`, `aud`, `exp`."""
        header = jwt.get_unverified_header(token)
        assert (header["alg"], header["typ"]) == ("RS256", typ), header
        key = jwt.PyJWK(self.keys()[header["kid"]], "RS256")
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=audience,
            issuer=self.issuer,
            options={"require": ["iss", "sub", "aud", "exp", "iat"], "verify_iat": True},
        )


@dataclass
class RelyingParty:
    """A client that registered itself."""

    provider: Provider
    metadata: dict[str, Any] = field(repr=False)

    @property
    def client_id(self) -> str:
        return self.metadata["client_id"]

    def implicit_url(self, **parameters: str) -> str:
        mine = {
            "response_type": "id_token token",
            "nonce": NONCE,
            "scope": "openid profile email",
            "audience": API,
        }
        return self.url(**(mine | parameters))

    def hybrid_url(self) -> str:
        """A code, and beside it a token that is revoked with it."""
        return self.code_url(response_type="code token")

    def code_url(self, **parameters: str) -> str:
        mine = {
            "response_type": "code",
            "code_challenge": CODE_CHALLENGE,
            "code_challenge_method": "S256",
            "scope": "openid profile email",
            "audience": API,
        }
        return self.url(**(mine | parameters))

    def url(self, **parameters: str) -> str:
        mine = {"client_id": self.client_id, "redirect_uri": REDIRECT_URI, "state": STATE}
        return self.provider.url("authorize", **(mine | parameters))

    def pushed_url(self, request_uri: str) -> str:
        return self.provider.url("authorize", client_id=self.client_id, request_uri=request_uri)

    def new_code(self, browser: Browser) -> str:
        """A code for a user who has signed in and agreed before."""
        answer = browser.open(self.code_url())
        assert "Location" in answer.headers, (answer.status_code, answer.text)
        assert "code" in query(answer), answer.headers["Location"]
        return query(answer)["code"]

    def exchange(self, code: str, **headers: str) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": CODE_VERIFIER,
        }
        if "client_secret" in self.metadata:
            form["client_secret"] = self.metadata["client_secret"]
        return self.provider.post("oauth/token", data=form, headers=headers)

    def proof(self, key: ec.EllipticCurvePrivateKey, htm: str, path: str, **more: str) -> str:
        """Shows that the client has the key (RFC 9449 §4.2)."""
        claims = {
            "jti": secrets.token_hex(16),
            "htm": htm,
            "htu": self.provider.url(path),
            "iat": int(time.time()),
        }
        jwk = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        headers = {"typ": "dpop+jwt", "jwk": jwk}
        return jwt.encode(claims | more, key, algorithm="ES256", headers=headers)

    def userinfo_by(self, key: ec.EllipticCurvePrivateKey, token: str) -> requests.Response:
        """The same as `userinfo` with a token that is bound to the key, and the nonce that it asks for."""
        digest = hashlib.sha256(token.encode("ascii")).digest()
        claims = {"ath": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}
        for _ in range(2):
            proof = self.proof(key, "GET", "userinfo", **claims)
            headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
            answer = self.provider.get("userinfo", headers=headers)
            if answer.status_code != 401:
                break
            claims["nonce"] = answer.headers["DPoP-Nonce"]
        return answer

    def exchange_by(self, key: ec.EllipticCurvePrivateKey, code: str) -> requests.Response:
        """The same, by a client that proves itself with a key (OpenID Connect Core §9)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
        }
        return self.provider.post("oauth/token", data=form | self.assertion(key))

    def push(self) -> requests.Response:
        """Pushes a request (RFC 9126), with its secret if it has one."""
        secret = {k: v for k, v in self.metadata.items() if k == "client_secret"}
        return self.provider.post("oauth/par", data=self.request | secret)

    def push_by(self, key: ec.EllipticCurvePrivateKey) -> requests.Response:
        """The same with a key."""
        return self.provider.post("oauth/par", data=self.request | self.assertion(key))

    @property
    def request(self) -> dict[str, str]:
        return {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "code_challenge": CODE_CHALLENGE,
            "code_challenge_method": "S256",
            "scope": "openid",
            "audience": API,
        }

    def assertion(self, key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.provider.issuer,
            "exp": int(time.time()) + 60,
            "jti": secrets.token_hex(16),
        }
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, key, algorithm="ES256"),
        }

    def configure(self, method: str, **arguments) -> requests.Response:
        """Reads, replaces or deletes its registration (RFC 7592)."""
        token, uri = (
            self.metadata[f"registration_{what}"] for what in ("access_token", "client_uri")
        )
        headers = {"Authorization": f"Bearer {token}"}
        answer = ask(self.provider.stack, method, uri, headers=headers, **arguments)
        if method == "PUT" and answer.status_code == 200:
            self.metadata |= answer.json()
        return answer

    def userinfo(self, token: str) -> requests.Response:
        return self.provider.get("userinfo", headers={"Authorization": f"Bearer {token}"})


def half_hash(value: str) -> str:
    """`at_hash`, as OpenID Connect Core §3.1.3.6 has it."""
    half = hashlib.sha256(value.encode("ascii")).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()
