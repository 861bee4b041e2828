// Everybody whom a file of tests needs: a provider, an application on another origin, and a browser.

import { after } from "node:test";
import { launchBrowser, newContext } from "./browser.mjs";
import { consentPage, signIn } from "./person.mjs";
import { startProvider } from "./provider.mjs";
import { authorizationUrl, register, startRelyingParty } from "./relying-party.mjs";

/** Starts them all, with registration open; they stop after the last test of the file. */
export async function startWorld() {
  const provider = await startProvider();
  after(() => provider.stop());
  await provider.openRegistration();
  const relyingParty = await startRelyingParty();
  after(() => relyingParty.stop());
  const browser = await launchBrowser();
  after(() => browser.close());

  /** The address that starts a sign-in for a client that is new, so that nobody has agreed to it. */
  async function signInAddress(parameters, metadata) {
    const redirect_uris = [relyingParty.redirectUri];
    const client = await register(provider, { redirect_uris, ...metadata });
    return authorizationUrl(provider, client, parameters);
  }

  let cookies;
  /** The options for a visit by somebody who has signed in already. */
  async function signedIn() {
    cookies ??= signInOnce();
    return { storageState: await cookies };
  }

  async function signInOnce() {
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto((await signInAddress()).href);
    await signIn(page, provider.user);
    await consentPage(page).waitFor();
    const state = await context.storageState();
    await context.close();
    return state;
  }

  return { provider, relyingParty, browser, signInAddress, signedIn };
}
