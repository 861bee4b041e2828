// What the provider remembers of somebody who was there before, and when it asks again.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { newContext, visit } from "./browser.mjs";
import { allowButton, consentPage, loginPage, signIn } from "./person.mjs";
import { assertGranted, authorizationUrl, register } from "./relying-party.mjs";
import { startWorld } from "./world.mjs";

const world = await startWorld();
const { provider, relyingParty, browser } = world;
const client = await register(provider, { redirect_uris: [relyingParty.redirectUri] });

before(async function allowOnce() {
  const context = await newContext(browser, await world.signedIn());
  const page = await context.newPage();
  const url = authorizationUrl(provider, client);
  await page.goto(url.href);
  await allowButton(page).click();
  await assertGranted(page, url);
  await context.close();
});

test("Who allowed it before is asked nothing", async (t) => {
  const { page } = await visit(t, world, await world.signedIn());
  const url = authorizationUrl(provider, client);
  const shown = [];
  page.on("framenavigated", (frame) => shown.push(new URL(frame.url()).origin));
  await page.goto(url.href);
  await assertGranted(page, url);
  assert.deepEqual(shown, [relyingParty.origin]);
});

test("Another application has to ask, but not for the password", async (t) => {
  const { page } = await visit(t, world, await world.signedIn());
  const url = await world.signInAddress();
  await page.goto(url.href);
  await allowButton(page).click();
  await assertGranted(page, url);
});

test("What was not allowed before has to be asked for", async (t) => {
  const { page } = await visit(t, world, await world.signedIn());
  const url = authorizationUrl(provider, client, { scope: "openid email phone" });
  await page.goto(url.href);
  await allowButton(page).click();
  await assertGranted(page, url);
});

test("prompt=login asks for the password again, and for nothing else", async (t) => {
  // In a session of its own, which ends as the next one begins.
  const { page } = await visit(t, world);
  const first = authorizationUrl(provider, client);
  await page.goto(first.href);
  await signIn(page, provider.user);
  await assertGranted(page, first);

  const url = authorizationUrl(provider, client, { prompt: "login" });
  await page.goto(url.href);
  await signIn(page, provider.user);
  await assertGranted(page, url);
});

test("prompt=consent asks for consent again, and for nothing else", async (t) => {
  const { page } = await visit(t, world, await world.signedIn());
  const url = authorizationUrl(provider, client, { prompt: "consent" });
  await page.goto(url.href);
  await allowButton(page).click();
  await assertGranted(page, url);

  await page.goto(url.href);
  await consentPage(page).waitFor();
});

test("Another browser has to sign in", async (t) => {
  const { page } = await visit(t, world);
  await page.goto(authorizationUrl(provider, client).href);
  await loginPage(page).waitFor();
});

test("No script and no other site can use the cookies", async (t) => {
  const { page, context } = await visit(t, world, await world.signedIn());
  const url = authorizationUrl(provider, client);
  await page.goto(url.href);
  await assertGranted(page, url);
  const devTools = await context.newCDPSession(page);
  const { cookies } = await devTools.send("Network.getCookies", { urls: [provider.issuer] });
  assert.deepEqual(cookies.map(({ name }) => name).sort(), ["browser", "sid"]);
  for (const { name, httpOnly, sameSite } of cookies) {
    assert.deepEqual({ name, httpOnly, sameSite }, { name, httpOnly: true, sameSite: "Lax" });
  }
  await page.goto(provider.issuer);
  assert.equal(await page.evaluate(() => document.cookie), "");
});
