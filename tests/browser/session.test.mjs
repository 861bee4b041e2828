// What the provider remembers of somebody who was there before, and when it asks again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { allowButton, consentPage, loginPage, signIn } from "./person.mjs";
import { assertGranted, authorizationUrl, register } from "./relying-party.mjs";
import { startWorld } from "./world.mjs";

const world = await startWorld();
const { provider, relyingParty } = world;

/** A visit by somebody who is signed in and has allowed what a client asks for, and that client. */
async function returningVisit(t) {
  const client = await register(provider, { redirect_uris: [relyingParty.redirectUri] });
  const { page, context } = await visit(t, world, await world.signedIn());
  const url = authorizationUrl(provider, client);
  await page.goto(url.href);
  await allowButton(page).click();
  await assertGranted(page, url);
  return { page, context, client };
}

test("The second visit asks nothing", async (t) => {
  const { page, client } = await returningVisit(t);
  const url = authorizationUrl(provider, client);
  const shown = [];
  page.on("framenavigated", (frame) => shown.push(new URL(frame.url()).origin));
  await page.goto(url.href);
  await assertGranted(page, url);
  assert.deepEqual(shown, [relyingParty.origin]);
});

test("A second application has to ask, but not for the password", async (t) => {
  const { page } = await returningVisit(t);
  const url = await world.signInAddress();
  await page.goto(url.href);
  await allowButton(page).click();
  await assertGranted(page, url);
});

test("What was not allowed before has to be asked for", async (t) => {
  const { page, client } = await returningVisit(t);
  const url = authorizationUrl(provider, client, { scope: "openid email phone" });
  await page.goto(url.href);
  await allowButton(page).click();
  await assertGranted(page, url);
});

test("prompt=login asks for the password again, and for nothing else", async (t) => {
  const { page, client } = await returningVisit(t);
  const url = authorizationUrl(provider, client, { prompt: "login" });
  await page.goto(url.href);
  await signIn(page, provider.user);
  await assertGranted(page, url);
});

test("prompt=consent asks for consent again, and for nothing else", async (t) => {
  const { page, client } = await returningVisit(t);
  const url = authorizationUrl(provider, client, { prompt: "consent" });
  await page.goto(url.href);
  await allowButton(page).click();
  await assertGranted(page, url);

  await page.goto(url.href);
  await consentPage(page).waitFor();
});

test("Another browser knows nothing of it", async (t) => {
  const { client } = await returningVisit(t);
  const { page } = await visit(t, world);
  await page.goto(authorizationUrl(provider, client).href);
  await loginPage(page).waitFor();
});

test("No script and no other site can use the cookies", async (t) => {
  const { page, context } = await returningVisit(t);
  const devTools = await context.newCDPSession(page);
  const { cookies } = await devTools.send("Network.getCookies", { urls: [provider.issuer] });
  assert.deepEqual(cookies.map(({ name }) => name).sort(), ["browser", "sid"]);
  for (const { name, httpOnly, sameSite } of cookies) {
    assert.deepEqual({ name, httpOnly, sameSite }, { name, httpOnly: true, sameSite: "Lax" });
  }
  await page.goto(provider.issuer);
  assert.equal(await page.evaluate(() => document.cookie), "");
});
