// Registration (RFC 7591) and its management (RFC 7592) by client libraries as they are: openid-client in the two versions
// that applications use, and Ory's generated client, which is the one that also replaces and deletes registrations.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Configuration, OidcApi } from "@ory/hydra-client";
import axios from "axios";
import { allowInsecureRequests, dynamicClientRegistration } from "openid-client";
import { Issuer } from "openid-client-5";
import { startProvider } from "../browser/provider.mjs";

const REDIRECT_URI = "https://app.example/cb";
const OTHER_REDIRECT_URI = "https://app.example/other";

let provider;
before(async () => {
  provider = await startProvider();
  await provider.openRegistration();
});
after(() => provider.stop());

/** Sets members of the tenant's policy about registration. */
const changePolicy = (policy) =>
  provider.manage("PATCH", "tenants/settings", { dynamic_client_registration: policy });

/** Discovers the provider and registers, as an application does at its first start. */
async function register(metadata, options) {
  const issuer = new URL(provider.issuer);
  const all = { redirect_uris: [REDIRECT_URI], ...metadata };
  const insecure = { execute: [allowInsecureRequests], ...options };
  const client = await dynamicClientRegistration(issuer, all, undefined, insecure);
  return client.clientMetadata();
}

/** Ory's client with a registration access token. Its own server has the path fixed; elsewhere the address is told. */
function management({ client_id, registration_client_uri, registration_access_token }) {
  const http = axios.create();
  http.interceptors.request.use((request) => {
    assert.equal(request.url, `${provider.issuer}oauth2/register/${client_id}`);
    return { ...request, url: registration_client_uri };
  });
  const configuration = new Configuration({ accessToken: registration_access_token });
  return new OidcApi(configuration, provider.issuer.replace(/\/$/, ""), http);
}

/** The registration as openid-client 5 reads it. */
async function read({ registration_client_uri, registration_access_token }) {
  const { Client } = await Issuer.discover(provider.issuer);
  const client = await Client.fromUri(registration_client_uri, registration_access_token);
  return client.metadata;
}

const isRefused = (status) => (error) => (error.response?.status ?? error.status) === status;

/** Whether the provider would send users back to `redirectUri`. */
async function isRegistered(client_id, redirectUri) {
  const url = new URL(provider.at("/authorize"));
  url.search = new URLSearchParams({
    client_id,
    redirect_uri: redirectUri,
    response_type: "id_token",
    scope: "openid",
    nonce: "n",
  });
  const response = await fetch(url, { redirect: "manual" });
  return response.status === 303;
}

test("a client registers by what it has discovered, and can read that where the owner lets it", async () => {
  await changePolicy({ admission: "open", client_registration_management: "none" });
  const unmanaged = await register({ client_name: "A" });
  assert.equal(unmanaged.client_name, "A");
  assert.equal(unmanaged.registration_access_token, undefined);

  await changePolicy({ client_registration_management: "read" });
  const client = await register({ client_name: "A" });
  const found = await read(client);
  assert.equal(found.client_id, client.client_id);
  assert.deepEqual(found.redirect_uris, [REDIRECT_URI]);
  const { data } = await management(client).getOidcDynamicClient({ id: client.client_id });
  assert.equal(data.client_name, "A");
  await assert.rejects(
    management(client).deleteOidcDynamicClient({ id: client.client_id }),
    isRefused(403),
  );
});

test("a client reads, replaces and deletes its registration", async () => {
  await changePolicy({ admission: "open", client_registration_management: "full" });
  const first = await register({ client_name: "Before", client_uri: "https://app.example/" });
  const id = first.client_id;
  const { data: found } = await management(first).getOidcDynamicClient({ id });
  assert.equal(found.client_name, "Before");
  assert.equal(found.client_secret, undefined, "it is told once");

  const { data: second } = await management(first).setOidcDynamicClient({
    id,
    oAuth2Client: { client_id: id, client_name: "After", redirect_uris: [OTHER_REDIRECT_URI] },
  });
  assert.equal(second.client_name, "After");
  assert.equal(second.client_uri, undefined, "what is left out is gone");
  assert.notEqual(second.registration_access_token, first.registration_access_token);
  assert.equal((await read(second)).client_name, "After");
  await assert.rejects(management(first).getOidcDynamicClient({ id }), isRefused(401));
  await assert.rejects(read(first), /invalid_token/);
  assert.deepEqual(
    [await isRegistered(id, OTHER_REDIRECT_URI), await isRegistered(id, REDIRECT_URI)],
    [true, false],
  );

  // What a client has read it can send back, but for what it must not (RFC 7592 §2.2).
  const { data } = await management(second).getOidcDynamicClient({ id });
  for (const member of ["registration_access_token", "registration_client_uri"]) {
    delete data[member];
  }
  delete data.client_id_issued_at;
  const { data: third } = await management(second).setOidcDynamicClient({ id, oAuth2Client: data });
  assert.equal(third.client_name, "After");

  const deleted = await management(third).deleteOidcDynamicClient({ id });
  assert.equal(deleted.status, 204);
  await assert.rejects(management(third).getOidcDynamicClient({ id }), isRefused(401));
  assert.equal(await isRegistered(id, OTHER_REDIRECT_URI), false);
});

test("a client registers with an initial access token, and no oftener than it may", async () => {
  await changePolicy({ admission: "initial_access_token", client_registration_management: "full" });
  await assert.rejects(register({}), isRefused(401));
  await assert.rejects(register({}, { initialAccessToken: "nonsense" }), isRefused(401));
  const { token: initialAccessToken } = await provider.manage("POST", "initial-access-tokens", {
    client_metadata: { client_name: "Partner" },
  });
  const client = await register({ client_name: "Bank" }, { initialAccessToken });
  assert.equal(client.client_name, "Partner");
  assert.equal((await read(client)).client_name, "Partner");
  await assert.rejects(register({}, { initialAccessToken }), isRefused(401));

  const { token } = await provider.manage("POST", "initial-access-tokens", {});
  const { Client } = await Issuer.discover(provider.issuer);
  const older = await Client.register({ redirect_uris: [REDIRECT_URI] }, { initialAccessToken: token });
  assert.ok(older.metadata.client_id);
});
