"""From registration to claims about the user, through every function that has a route, signed by KMS."""

import time

from browser import Browser, attribute, fragment, query
from provider import API, NONCE, REDIRECT_URI, STATE, half_hash

DEPARTMENT = "https://example.com/department"


def check_id_token(provider, relying_party, token: str, access_token: str | None):
    claims = provider.verified(token, relying_party.client_id, "JWT")
    assert claims["email"] == provider.user["email"]
    assert claims[DEPARTMENT] == "Hinges"
    assert abs(claims["auth_time"] - time.time()) < 600
    if access_token:
        assert claims["at_hash"] == half_hash(access_token)
    return claims


def test_every_endpoint_is_found_where_discovery_says(open_provider):
    document = open_provider.get(".well-known/openid-configuration").json()
    other = open_provider.get(".well-known/oauth-authorization-server").json()
    assert document["issuer"] == other["issuer"] == open_provider.issuer
    for endpoint in (
        "authorization",
        "end_session",
        "jwks",
        "pushed_authorization_request",
        "registration",
        "revocation",
        "token",
        "userinfo",
    ):
        address = document.get(f"{endpoint}_endpoint") or document[f"{endpoint}_uri"]
        path = address.removeprefix(open_provider.issuer)
        assert path != address
        # The emulator itself would answer {"message":"Not Found"} for a route that is not there.
        assert '{"message"' not in open_provider.get(path).text, path


def test_the_start_page_is_shown(open_provider):
    page = open_provider.get("")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert open_provider.issuer in page.text


def test_the_management_token_is_signed_by_kms(open_provider):
    audience = open_provider.credentials["management"]["audience"]
    claims = open_provider.verified(open_provider.management_token, audience, "at+jwt")
    assert claims["sub"] == claims["client_id"] + "@clients"
    assert {"read:tenant_settings", "update:tenant_settings"} <= set(claims["scope"].split())


def test_implicit_flow(open_provider, relying_party):
    browser = Browser(open_provider)
    login = browser.open(relying_party.implicit_url())
    assert login.asked.startswith(open_provider.url("u/login?")), login.asked
    consent = browser.sign_in(login)
    assert consent.asked.startswith(open_provider.url("u/consent?")), consent.asked
    answer = browser.submit(consent, allow="true")
    assert answer.headers["Location"].startswith(REDIRECT_URI + "#")
    answer = fragment(answer)
    assert (answer["state"], answer["iss"]) == (STATE, open_provider.issuer)
    assert answer["token_type"] == "Bearer"

    claims = check_id_token(
        open_provider, relying_party, answer["id_token"], answer["access_token"]
    )
    assert claims["nonce"] == NONCE
    access = open_provider.verified(answer["access_token"], API, "at+jwt")
    assert (access["sub"], access["client_id"]) == (claims["sub"], relying_party.client_id)
    userinfo = relying_party.userinfo(answer["access_token"])
    assert userinfo.status_code == 200, userinfo.text
    assert userinfo.json()["sub"] == claims["sub"]


def test_code_flow_with_pkce(open_provider, relying_party):
    browser = Browser(open_provider)
    answer = query(browser.authorize(relying_party.code_url(nonce=NONCE, scope="openid email profile")))
    assert (answer["state"], answer["iss"]) == (STATE, open_provider.issuer)
    exchanged = relying_party.exchange(answer["code"])
    assert exchanged.status_code == 200, exchanged.text
    assert exchanged.headers["Cache-Control"] == "no-store"
    tokens = exchanged.json()
    claims = check_id_token(open_provider, relying_party, tokens["id_token"], None)
    assert claims["nonce"] == NONCE
    access = open_provider.verified(tokens["access_token"], API, "at+jwt")
    assert access["sub"] == claims["sub"]
    userinfo = relying_party.userinfo(tokens["access_token"])
    assert userinfo.json()["email"] == open_provider.user["email"]

    replayed = relying_party.exchange(answer["code"])
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    revoked = relying_party.userinfo(tokens["access_token"])
    assert revoked.status_code == 401, "the tokens of a code that was used twice are revoked"


def test_an_opaque_access_token_is_hashed_into_the_id_token_too(open_provider, relying_party):
    browser = Browser(open_provider)
    answer = fragment(browser.authorize(relying_party.implicit_url(audience="")))
    assert answer["access_token"].count(".") != 2, "for no API, so no JWT"
    check_id_token(open_provider, relying_party, answer["id_token"], answer["access_token"])


def test_who_does_not_agree_is_sent_back_with_that(open_provider):
    client = open_provider.register()
    browser = Browser(open_provider)
    consent = browser.sign_in(browser.open(client.code_url()))
    answer = query(browser.submit(consent, deny="true"))
    assert (answer["error"], answer["state"]) == ("access_denied", STATE)


def test_the_session_is_in_a_cookie_for_this_host_alone(open_provider, relying_party):
    browser = Browser(open_provider)
    login = browser.open(relying_party.code_url())
    user = open_provider.user
    form = browser.form(login, username=user["email"], password=user["password"])
    answer = browser.request(*form)
    cookies = answer.raw.headers.getlist("Set-Cookie")
    assert len(cookies) > 1, "one header for each"
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        attributes = {attribute.strip().lower() for attribute in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes, cookie


def test_a_wrong_password_shows_the_form_again(open_provider, relying_party):
    browser = Browser(open_provider)
    login = browser.open(relying_party.code_url())
    again = browser.submit(login, username=open_provider.user["email"], password="not-this-one")
    assert again.status_code == 400
    assert attribute(again, 'name="csrf_token" value="')


def test_a_challenge_reaches_the_client(open_provider):
    refused = open_provider.get("userinfo")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
