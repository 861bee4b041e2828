// The way from an application to the provider and back, with what the application then does.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import {
  allowButton,
  consentPage,
  loginPage,
  refuseButton,
  signIn,
  signInAndAllow,
} from "./person.mjs";
import { assertGranted, authorizationUrl, fetchIn, landing, register } from "./relying-party.mjs";
import { accessTokenHash, verifiedClaims } from "./tokens.mjs";
import { startWorld } from "./world.mjs";

const world = await startWorld();
const { provider, relyingParty } = world;

test("A page of another origin registers, is given what the user allows, and uses it", async (t) => {
  const { page } = await visit(t, world);
  await page.goto(relyingParty.home);
  const metadata = { client_name: "Address Book", redirect_uris: [relyingParty.redirectUri] };
  const client = await register(provider, metadata, fetchIn(page));
  const url = authorizationUrl(provider, client, {
    scope: "openid profile email address phone read:contacts",
    audience: "https://api.example.com/",
  });
  await page.evaluate((href) => location.assign(href), url.href);
  await signIn(page, provider.user);

  await consentPage(page).waitFor();
  const text = await page.getByRole("main").innerText();
  const { host } = new URL(relyingParty.origin);
  assert.match(text, new RegExp(`^${host} will receive what you allow here`, "m"));
  assert.match(text, /Calls itself\s+“Address Book”\s+\(not verified\)/);
  assert.deepEqual(await page.getByRole("listitem").allInnerTexts().then(inOneLine), [
    "Know that it is you who signed in openid",
    "See your name, picture and the rest of your profile profile",
    "See your email address email",
    "See your postal address address",
    "See your phone number phone",
    "Read your contacts read:contacts",
  ]);
  assert.match(text, new RegExp(`You are signed in as .*${provider.user.email}`));
  await allowButton(page).click();

  const { redirectUri, query, fragment } = await landing(page);
  assert.equal(redirectUri, relyingParty.redirectUri);
  assert.deepEqual(query, {});
  const { access_token, id_token, expires_in, ...rest } = fragment;
  assert.deepEqual(rest, {
    token_type: "Bearer",
    state: url.searchParams.get("state"),
    iss: provider.issuer,
    scope: url.searchParams.get("scope"),
  });
  assert.match(expires_in, /^[1-9][0-9]*$/);

  const fetchHere = fetchIn(page);
  const jwks = await (await fetchHere(provider.at("/.well-known/jwks.json"))).json();
  const claims = await verifiedClaims(id_token, jwks, { provider, client });
  assert.equal(claims.nonce, url.searchParams.get("nonce"));
  assert.equal(claims.at_hash, accessTokenHash(access_token));

  const headers = { Authorization: `Bearer ${access_token}` };
  const userinfo = await fetchHere(provider.at("/userinfo"), { headers });
  assert.equal(userinfo.status, 200);
  const { sub, email, phone_number } = await userinfo.json();
  assert.deepEqual({ sub, email }, { sub: claims.sub, email: provider.user.email });
  assert.ok(phone_number);
});

test("A public client exchanges its code for tokens from its page", async (t) => {
  const { page } = await visit(t, world);
  await page.goto(relyingParty.home);
  const fetchHere = fetchIn(page);
  const redirect_uri = relyingParty.redirectUri;
  const metadata = { redirect_uris: [redirect_uri], token_endpoint_auth_method: "none" };
  const client = await register(provider, metadata, fetchHere);
  const code_verifier = randomBytes(32).toString("base64url");
  const url = authorizationUrl(provider, client, {
    response_type: "code",
    code_challenge: createHash("sha256").update(code_verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  await page.evaluate((href) => location.assign(href), url.href);
  await signInAndAllow(page, provider.user);

  const { query, fragment } = await landing(page);
  const { code, ...rest } = query;
  assert.deepEqual(rest, { state: url.searchParams.get("state"), iss: provider.issuer });
  assert.deepEqual(fragment, {});

  const exchange = {
    grant_type: "authorization_code",
    client_id: client.client_id,
    redirect_uri,
    code,
    code_verifier,
  };
  const response = await fetchHere(provider.at("/oauth/token"), {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: String(new URLSearchParams(exchange)),
  });
  const { id_token } = await response.json();
  const jwks = await (await fetchHere(provider.at("/.well-known/jwks.json"))).json();
  const claims = await verifiedClaims(id_token, jwks, { provider, client });
  assert.equal(claims.nonce, url.searchParams.get("nonce"));
});

test("Who refuses is sent back with access_denied", async (t) => {
  const { page } = await visit(t, world);
  const url = await world.signInAddress();
  await page.goto(url.href);
  await signIn(page, provider.user);
  await refuseButton(page).click();

  const { query, fragment } = await landing(page);
  assert.deepEqual(query, {});
  const { error_description, ...rest } = fragment;
  assert.deepEqual(rest, {
    error: "access_denied",
    state: url.searchParams.get("state"),
    iss: provider.issuer,
  });
});

test("A browser without JavaScript gets there too", async (t) => {
  const { page } = await visit(t, world, { javaScriptEnabled: false });
  const url = await world.signInAddress();
  await page.goto(url.href);
  await signInAndAllow(page, provider.user);

  await assertGranted(page, url);
});

test("The keyboard alone gets there, and Enter alone refuses", async (t) => {
  const { page } = await visit(t, world);
  await page.goto((await world.signInAddress()).href);
  await loginPage(page).waitFor();
  await page.keyboard.type(provider.user.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(provider.user.password);
  await page.keyboard.press("Enter");
  await consentPage(page).waitFor();
  await page.keyboard.press("Enter");
  assert.equal((await landing(page)).fragment.error, "access_denied");

  const url = await world.signInAddress();
  await page.goto(url.href);
  await consentPage(page).waitFor();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await assertGranted(page, url);
});

const inOneLine = (texts) => texts.map((text) => text.replace(/\s+/g, " ").trim());
