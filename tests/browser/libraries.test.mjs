// The libraries that single-page applications sign users in with, as they are: each registers, signs its user in, renews its tokens
// unseen, and signs out.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { visit } from "./browser.mjs";
import { loginPage, signInAndAllow } from "./person.mjs";
import { fetchIn, register, startRelyingParty } from "./relying-party.mjs";
import { startWorld } from "./world.mjs";

const world = await startWorld();
const { provider } = world;
const EMAIL = provider.user.email;

/** What a page needs to load a library from npm: the whole of it. */
async function script(path) {
  const file = fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
  return `<script>${await readFile(file, "utf8")}</script>`;
}

/**
 * An application of the provider's own site, so that frames have the session's cookie, that has loaded the library at `path`; and
 * the client that it registered from its page, whose origin the owner has named.
 */
async function application(t, path, metadata) {
  const server = await startRelyingParty("localhost");
  t.after(() => server.stop());
  const library = await script(path);
  const home = server.publish("/home", `${library}<h1>Home</h1>`);
  const redirect_uri = server.publish("/callback", `${library}<h1>Welcome back</h1>`);
  const { page } = await visit(t, world);
  await page.goto(home);
  const all = {
    client_name: path,
    redirect_uris: [redirect_uri],
    post_logout_redirect_uris: [home],
    token_endpoint_auth_method: "none",
    ...metadata,
  };
  const { client_id } = await register(provider, all, fetchIn(page));
  await provider.manage("PATCH", `clients/${client_id}`, { web_origins: [server.origin] });
  return { page, server, library, home, redirect_uri, client_id };
}

/** Has `signIn` send the browser to the provider, and the person there come back with an answer. */
async function signInFrom(page, signIn, settings) {
  await page.evaluate(signIn, settings);
  await signInAndAllow(page, provider.user);
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
}

/** That `signOut` ends at home, with a session that is over: the next sign-in asks for the password. */
async function assertSignsOut(page, { home, signIn, signOut }, settings) {
  await page.evaluate(signOut, settings);
  await page.waitForURL((url) => url.href.startsWith(home));
  await page.evaluate(signIn, settings);
  await loginPage(page).waitFor();
}

for (const scope of ["openid email", "openid email offline_access"]) {
  test(`oidc-client-ts: ${scope}`, async (t) => {
    const path = "oidc-client-ts/dist/browser/oidc-client-ts.min.js";
    const { page, server, library, home, ...client } = await application(t, path);
    const answered = `${library}<script>new oidc.UserManager({}).signinSilentCallback()</script>`;
    const settings = {
      authority: provider.issuer,
      client_id: client.client_id,
      redirect_uri: client.redirect_uri,
      silent_redirect_uri: server.publish("/silent", answered),
      post_logout_redirect_uri: home,
      scope,
      loadUserInfo: true,
    };
    await provider.manage("PATCH", `clients/${client.client_id}`, {
      callbacks: [settings.redirect_uri, settings.silent_redirect_uri],
    });
    const signIn = (settings) => void new oidc.UserManager(settings).signinRedirect();
    await signInFrom(page, signIn, settings);
    const [first, renewed] = await page.evaluate(async (settings) => {
      const manager = new oidc.UserManager(settings);
      return [await manager.signinCallback(), await manager.signinSilent()];
    }, settings);
    assert.equal(first.profile.email, EMAIL);
    assert.equal(Boolean(first.refresh_token), scope.includes("offline_access"));
    assert.equal(renewed.profile.sub, first.profile.sub);
    assert.notEqual(renewed.access_token, first.access_token);
    const signOut = (settings) => void new oidc.UserManager(settings).signoutRedirect();
    await assertSignsOut(page, { home, signIn, signOut }, settings);
  });
}

for (const [how, options] of [
  ["a frame", {}],
  ["refresh tokens", { useRefreshTokens: true }],
  ["refresh tokens bound to a key", { useRefreshTokens: true, useDpop: true }],
]) {
  test(`auth0-spa-js: ${how}`, async (t) => {
    const path = "@auth0/auth0-spa-js/dist/auth0-spa-js.production.js";
    const { page, home, redirect_uri, client_id } = await application(t, path);
    const settings = {
      domain: provider.issuer.replace(/\/$/, ""),
      clientId: client_id,
      cacheLocation: "localstorage",
      ...options,
      authorizationParams: { redirect_uri },
    };
    const signIn = (settings) => void new auth0.Auth0Client(settings).loginWithRedirect();
    await signInFrom(page, signIn, settings);
    const [user, first, renewed] = await page.evaluate(async (settings) => {
      const client = new auth0.Auth0Client(settings);
      await client.handleRedirectCallback();
      const first = await client.getTokenSilently();
      return [await client.getUser(), first, await client.getTokenSilently({ cacheMode: "off" })];
    }, settings);
    assert.equal(user.email, EMAIL);
    assert.notEqual(renewed, first);
    const signOut = (settings) =>
      void new auth0.Auth0Client(settings).logout({ logoutParams: { returnTo: settings.home } });
    await assertSignsOut(page, { home, signIn, signOut }, { ...settings, home });
  });
}

test("auth0-js: tokens in the fragment", async (t) => {
  const path = "auth0-js/dist/auth0.min.js";
  const { page, home, redirect_uri, client_id } = await application(t, path, {
    response_types: ["id_token token"],
    grant_types: ["implicit"],
  });
  const settings = {
    domain: provider.issuer.replace(/\/$/, ""),
    clientID: client_id,
    redirectUri: redirect_uri,
    responseType: "token id_token",
    scope: "openid email",
    // It takes `https` for granted in these alone.
    overrides: {
      __token_issuer: provider.issuer,
      __jwks_uri: provider.at("/.well-known/jwks.json"),
    },
  };
  const signIn = (settings) => void new auth0.WebAuth(settings).authorize();
  await signInFrom(page, signIn, settings);
  const [first, user, renewed] = await page.evaluate(async (settings) => {
    const client = new auth0.WebAuth(settings);
    const answer = (ask) =>
      new Promise((resolve, reject) =>
        ask((error, result) =>
          error ? reject(new Error(JSON.stringify(error))) : resolve(result),
        ),
      );
    const first = await answer((done) => client.parseHash(done));
    const user = await answer((done) => client.client.userInfo(first.accessToken, done));
    return [first, user, await answer((done) => client.checkSession({}, done))];
  }, settings);
  assert.equal(first.idTokenPayload.email, EMAIL);
  assert.equal(user.sub, first.idTokenPayload.sub);
  assert.equal(renewed.idTokenPayload.sub, user.sub);
  assert.notEqual(renewed.accessToken, first.accessToken);
  const signOut = (settings) =>
    void new auth0.WebAuth(settings).logout({ returnTo: settings.home });
  await assertSignsOut(page, { home, signIn, signOut }, { ...settings, home });
});
