// The whole journey for code by the libraries below most of the JavaScript that signs users in: registration, a pushed request,
// sign-in, tokens, userinfo, refresh, revocation, signing out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { startProvider } from "../browser/provider.mjs";
import { person } from "./person.mjs";

const REDIRECT_URI = "https://app.example/cb";
const BYE = "https://app.example/bye";
const METADATA = {
  client_name: "Journey",
  redirect_uris: [REDIRECT_URI],
  post_logout_redirect_uris: [BYE],
};
const SCOPE = "openid email offline_access";

let provider;
before(async () => {
  provider = await startProvider();
  await provider.openRegistration();
});
after(() => provider.stop());

/** That `user` leaves by `url`, is sent on to the application, and is not signed in any more at `request`. */
async function assertSignsOut(user, url, request) {
  const { url: gone } = await user.authorize(url);
  assert.equal(gone.href, `${BYE}?state=bye`);
  request.searchParams.set("prompt", "none");
  const { url: refused } = await user.authorize(request);
  assert.equal(refused.searchParams.get("error"), "login_required");
}

test("oauth4webapi", async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(provider.issuer);
  const found = await oauth.discoveryRequest(issuer, insecure);
  const as = await oauth.processDiscoveryResponse(issuer, found);
  const method = { token_endpoint_auth_method: "client_secret_basic" };
  const registration = await oauth.dynamicClientRegistrationRequest(
    as,
    { ...METADATA, ...method },
    insecure,
  );
  const registered = await oauth.processDynamicClientRegistrationResponse(registration);
  const authentication = oauth.ClientSecretBasic(registered.client_secret);

  const [code_verifier, state, nonce] = [1, 2, 3].map(oauth.generateRandomCodeVerifier);
  const parameters = new URLSearchParams({
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: "S256",
  });
  const pushed = await oauth.pushedAuthorizationRequest(
    as,
    registered,
    authentication,
    parameters,
    insecure,
  );
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, registered, pushed);
  const request = new URL(as.authorization_endpoint);
  request.search = new URLSearchParams({ client_id: registered.client_id, request_uri });
  const user = person(provider);
  const { url } = await user.authorize(request);

  const callback = oauth.validateAuthResponse(as, registered, url, state);
  const exchange = await oauth.authorizationCodeGrantRequest(
    as,
    registered,
    authentication,
    callback,
    REDIRECT_URI,
    code_verifier,
    insecure,
  );
  const checks = { expectedNonce: nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(as, registered, exchange, checks);
  await oauth.validateApplicationLevelSignature(as, exchange, insecure);
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);

  const told = await oauth.userInfoRequest(as, registered, tokens.access_token, insecure);
  const { email } = await oauth.processUserInfoResponse(as, registered, sub, told);
  assert.equal(email, "janus@example.com");

  const renewal = await oauth.refreshTokenGrantRequest(
    as,
    registered,
    authentication,
    tokens.refresh_token,
    insecure,
  );
  const renewed = await oauth.processRefreshTokenResponse(as, registered, renewal);
  assert.equal(oauth.getValidatedIdTokenClaims(renewed).sub, sub);
  assert.notEqual(renewed.refresh_token, tokens.refresh_token);

  const revocation = await oauth.revocationRequest(
    as,
    registered,
    authentication,
    renewed.refresh_token,
    insecure,
  );
  await oauth.processRevocationResponse(revocation);
  const late = await oauth.refreshTokenGrantRequest(
    as,
    registered,
    authentication,
    renewed.refresh_token,
    insecure,
  );
  await assert.rejects(oauth.processRefreshTokenResponse(as, registered, late), {
    error: "invalid_grant",
  });

  const goodbye = new URL(as.end_session_endpoint);
  goodbye.search = new URLSearchParams({
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: BYE,
    state: "bye",
  });
  const again = new URL(as.authorization_endpoint);
  again.search = new URLSearchParams({
    client_id: registered.client_id,
    ...Object.fromEntries(parameters),
  });
  await assertSignsOut(user, goodbye, again);
});

test("openid-client 6", async () => {
  const config = await client.dynamicClientRegistration(
    new URL(provider.issuer),
    METADATA,
    undefined,
    { execute: [client.allowInsecureRequests] },
  );
  const [pkceCodeVerifier, expectedState, expectedNonce] = [1, 2, 3].map(
    client.randomPKCECodeVerifier,
  );
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  };
  const user = person(provider);
  const { url } = await user.authorize(
    await client.buildAuthorizationUrlWithPAR(config, parameters),
  );
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, url, checks);
  const { sub } = tokens.claims();
  const { email } = await client.fetchUserInfo(config, tokens.access_token, sub);
  assert.equal(email, "janus@example.com");

  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(renewed.claims().sub, sub);
  const isActive = async (token) => (await client.tokenIntrospection(config, token)).active;
  assert.equal(await isActive(renewed.refresh_token), true);
  await client.tokenRevocation(config, renewed.refresh_token);
  assert.equal(await isActive(renewed.refresh_token), false);
  await assert.rejects(client.refreshTokenGrant(config, renewed.refresh_token), {
    error: "invalid_grant",
  });

  const goodbye = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: BYE,
    state: "bye",
  });
  await assertSignsOut(user, goodbye, client.buildAuthorizationUrl(config, parameters));
});

test("openid-client 6 with tokens bound to its key", async () => {
  const config = await client.dynamicClientRegistration(
    new URL(provider.issuer),
    { ...METADATA, dpop_bound_access_tokens: true },
    undefined,
    { execute: [client.allowInsecureRequests] },
  );
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  };
  const request = await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
  const { url } = await person(provider).authorize(request);
  const tokens = await client.authorizationCodeGrant(config, url, { pkceCodeVerifier }, undefined, {
    DPoP,
  });
  assert.equal(tokens.token_type, "dpop");
  const { sub } = tokens.claims();
  assert.ok(await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP }));
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub));
  const { jkt } = (await client.tokenIntrospection(config, tokens.access_token)).cnf;
  assert.equal(jkt, await DPoP.calculateThumbprint());
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.equal(renewed.token_type, "dpop");
});
