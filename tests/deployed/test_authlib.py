"""The journey by Authlib as it is, which reads answers and ID Tokens by the specifications itself."""

from urllib.parse import urlsplit

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken, UserInfo
from joserfc import jwt
from joserfc.jwk import KeySet
from requests.adapters import HTTPAdapter

from browser import Browser, query
from provider import CODE_VERIFIER, NONCE, REDIRECT_URI

BYE = "https://app.example/bye"


class ToTheEmulator(HTTPAdapter):
    """Connects there, whichever host is named, as if a name server had said so."""

    def __init__(self, stack):
        super().__init__()
        self.stack = stack

    def send(self, request, **arguments):
        request.headers["Host"] = urlsplit(request.url).netloc
        request.url = self.stack.emulator.url + request.path_url
        answer = super().send(request, **arguments)
        self.stack.sentinels.watch(answer)
        return answer


@pytest.fixture
def session(open_provider):
    """Authlib's session, for a client that has registered with what discovery says."""
    metadata = {
        "redirect_uris": [REDIRECT_URI],
        "post_logout_redirect_uris": [BYE],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    client = open_provider.register(**metadata).metadata
    session = OAuth2Session(
        client["client_id"],
        client["client_secret"],
        token_endpoint_auth_method=client["token_endpoint_auth_method"],
        revocation_endpoint_auth_method=client["token_endpoint_auth_method"],
        scope="openid email offline_access",
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
    )
    session.mount("https://", ToTheEmulator(open_provider.stack))
    return session


def id_token_claims(provider, session, token: str, **expected) -> CodeIDToken:
    """The claims of an ID Token, if it is what Authlib takes for one."""
    keys = session.get(provider.url(".well-known/jwks.json"), withhold_token=True).json()
    decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"])
    options = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": session.client_id},
    }
    claims = CodeIDToken(
        decoded.claims, decoded.header, options, {"client_id": session.client_id} | expected
    )
    claims.validate()
    return claims


def test_registration_sign_in_tokens_refresh_and_sign_out(open_provider, session):
    found = session.get(
        open_provider.url(".well-known/openid-configuration"), withhold_token=True
    ).json()
    url, state = session.create_authorization_url(
        found["authorization_endpoint"], code_verifier=CODE_VERIFIER, nonce=NONCE
    )
    browser = Browser(open_provider)
    arrived = browser.authorize(url).headers["Location"]
    tokens = session.fetch_token(
        found["token_endpoint"],
        authorization_response=arrived,
        state=state,
        code_verifier=CODE_VERIFIER,
    )
    id_token = tokens["id_token"]
    claims = id_token_claims(
        open_provider, session, id_token, nonce=NONCE, access_token=tokens["access_token"]
    )
    userinfo = UserInfo(session.get(found["userinfo_endpoint"]).json())
    assert (userinfo.sub, userinfo.email) == (claims["sub"], open_provider.user["email"])

    renewed = session.refresh_token(found["token_endpoint"])
    assert renewed["refresh_token"] != tokens["refresh_token"]
    again = id_token_claims(open_provider, session, renewed["id_token"])
    assert (again["sub"], again["auth_time"]) == (claims["sub"], claims["auth_time"])

    refresh_token = renewed["refresh_token"]
    session.revoke_token(found["revocation_endpoint"], token=refresh_token).raise_for_status()
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(found["token_endpoint"], refresh_token=refresh_token)

    goodbye = open_provider.url(
        "oidc/logout", id_token_hint=id_token, post_logout_redirect_uri=BYE, state="bye"
    )
    assert browser.open(goodbye).headers["Location"] == f"{BYE}?state=bye"
    silent = query(browser.open(f"{url}&prompt=none"))
    assert silent["error"] == "login_required"
