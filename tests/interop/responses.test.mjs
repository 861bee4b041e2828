// Every response type by every response mode, for openid-client as it is: it checks what comes back by the specifications, hashes,
// nonces and signatures of the front channel included, and gets the rest from the token endpoint.

import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { after, before, test } from "node:test";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  dynamicClientRegistration,
  fetchUserInfo,
  implicitAuthentication,
  randomNonce,
  randomState,
  useCodeIdTokenResponseType,
  useIdTokenResponseType,
} from "openid-client";
import { Issuer, generators } from "openid-client-5";
import { startProvider } from "../browser/provider.mjs";
import { person } from "./person.mjs";

const REDIRECT_URI = "https://app.example/cb";

let provider;
before(async () => {
  provider = await startProvider();
  await provider.openRegistration();
});
after(() => provider.stop());

/** The request that the application gets when the browser posts it a form. */
function posted(body) {
  const request = new IncomingMessage();
  return Object.assign(request, { method: "POST", url: "/cb", body });
}

for (const response_type of [
  "code",
  "id_token",
  "id_token token",
  "code id_token",
  "code token",
  "code id_token token",
]) {
  for (const response_mode of [undefined, "fragment", "form_post"]) {
    test(`openid-client 5: ${response_type} by ${response_mode ?? "default"}`, async () => {
      const { Client } = await Issuer.discover(provider.issuer);
      const client = await Client.register({
        redirect_uris: [REDIRECT_URI],
        response_types: [response_type],
        token_endpoint_auth_method: "client_secret_basic",
      });
      const checks = { state: generators.state(), nonce: generators.nonce(), response_type };
      const { state, nonce } = checks;
      const parameters = { response_type, response_mode, scope: "openid email", state, nonce };
      const { url, body } = await person(provider).authorize(client.authorizationUrl(parameters));
      assert.equal(Boolean(body), response_mode === "form_post");
      assert.ok(url.href.startsWith(REDIRECT_URI), url.href);
      // As a script of the application reads it.
      const inTheUrl = url.hash ? `${url.pathname}?${url.hash.slice(1)}` : url.href;
      const answer = client.callbackParams(body ? posted(body) : inTheUrl);
      const tokens = await client.callback(REDIRECT_URI, answer, checks);
      assert.equal(tokens.claims().email, "janus@example.com");
      assert.equal(Boolean(tokens.access_token), response_type !== "id_token");
      if (tokens.access_token) {
        const { email } = await client.userinfo(tokens);
        assert.equal(email, "janus@example.com");
      }
    });
  }
}

/** An application by openid-client 6, which takes a response type of the front channel by a setting of its own. */
async function application(response_type, ...settings) {
  const metadata = { redirect_uris: [REDIRECT_URI], response_types: [response_type] };
  const execute = [allowInsecureRequests, ...settings];
  return dynamicClientRegistration(new URL(provider.issuer), metadata, undefined, { execute });
}

test("openid-client 6: code id_token by form_post", async () => {
  const config = await application("code id_token", useCodeIdTokenResponseType);
  const [state, nonce] = [randomState(), randomNonce()];
  const parameters = { redirect_uri: REDIRECT_URI, scope: "openid", response_mode: "form_post" };
  const request = buildAuthorizationUrl(config, { ...parameters, state, nonce });
  const { url, body } = await person(provider).authorize(request);
  const callback = new Request(url, { method: "POST", body: new URLSearchParams(body) });
  const checks = { expectedState: state, expectedNonce: nonce };
  const tokens = await authorizationCodeGrant(config, callback, checks);
  const { sub } = tokens.claims();
  assert.equal((await fetchUserInfo(config, tokens.access_token, sub)).sub, sub);
});

test("openid-client 6: id_token in the fragment", async () => {
  const config = await application("id_token", useIdTokenResponseType);
  const [state, nonce] = [randomState(), randomNonce()];
  const parameters = { redirect_uri: REDIRECT_URI, scope: "openid", state, nonce };
  const { url } = await person(provider).authorize(buildAuthorizationUrl(config, parameters));
  const claims = await implicitAuthentication(config, url, nonce, { expectedState: state });
  assert.ok(claims.sub);
});
