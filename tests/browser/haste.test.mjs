// What people do to any page: click twice, and go back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import {
  allowButton,
  consentPage,
  fillIn,
  signIn,
  signInAndAllow,
  signInButton,
} from "./person.mjs";
import { assertGranted } from "./relying-party.mjs";
import { startWorld } from "./world.mjs";

const world = await startWorld();
const { provider, relyingParty } = world;

/** Clicks again before there is an answer to the form that the first click sent. */
async function clickTwice(page, button) {
  let posts = 0;
  const isSecondPost = (request) => request.method() === "POST" && ++posts === 2;
  const sentTwice = page.waitForEvent("request", isSecondPost);
  await button.evaluate((button) => {
    button.click();
    setTimeout(() => button.click());
  });
  await sentTwice;
}

const HASTE = {
  "A double click": (page, button) => button.dblclick(),
  "A second click before the answer to the first": clickTwice,
};

for (const [name, click] of Object.entries(HASTE)) {
  test(`${name}, on both pages, ends in one landing`, async (t) => {
    const { page } = await visit(t, world);
    const url = await world.signInAddress();
    const landings = [];
    page.on("framenavigated", (frame) => {
      if (frame.url().startsWith(relyingParty.redirectUri)) landings.push(frame.url());
    });
    await page.goto(url.href);
    await fillIn(page, provider.user);
    await click(page, signInButton(page));
    await consentPage(page).waitFor();
    await click(page, allowButton(page));
    await assertGranted(page, url);
    assert.equal(landings.length, 1);
  });
}

test("The way back leads over pages that still work, to the same end", async (t) => {
  const { page } = await visit(t, world);
  const url = await world.signInAddress();
  await page.goto(url.href);
  await signInAndAllow(page, provider.user);
  await assertGranted(page, url);

  await page.goBack();
  await allowButton(page).click();
  await assertGranted(page, url);

  await page.goBack();
  await consentPage(page).waitFor();
  await page.goBack();
  await signIn(page, provider.user);
  await assertGranted(page, url);
});
