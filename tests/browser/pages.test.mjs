// How every page looks and whether everybody can use it: light and dark, on a phone and on a desk.
// Leaves a picture of each in screenshots/.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { visit } from "./browser.mjs";
import { allowButton, consentPage, errorPage, loginPage, refuseButton, signIn } from "./person.mjs";
import { startWorld } from "./world.mjs";

const world = await startWorld();
const { provider } = world;

const SCHEMES = ["light", "dark"];
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 800 };
const SIZES = [PHONE, DESK];

/** As long as a name may be. */
const HOSTILE_NAME = `"><img src=x onerror=alert(1)>${"Unbreakable".repeat(9)}`.slice(0, 100);

/** Asks for everything there is, with everything that an application can say of itself. */
const HOSTILE_REQUEST = [
  {
    scope: "openid profile email address phone read:contacts write:contacts",
    audience: "https://api.example.com/",
  },
  {
    client_name: HOSTILE_NAME,
    redirect_uris: [
      "https://a-name-that-is-rather-long-for-the-host.of-a-company.example.com/callback",
    ],
    client_uri: "https://www.example.com/",
    policy_uri: "https://www.example.com/privacy",
    tos_uri: "https://www.example.com/terms",
  },
];

/** Looks at `page` in every way, and takes a picture of the whole of it each time. */
async function inspect(page, name) {
  await page.evaluate(axe.source);
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const size of SIZES) {
      const where = `${name}-${colorScheme}-${size.width}`;
      await page.setViewportSize(size);
      const { scrollWidth, scrollHeight } = await extent(page);
      assert.ok(scrollWidth <= size.width, `${where} scrolls sideways`);

      // As high as the page, so that what sticks to the window's edge covers nothing.
      await page.setViewportSize({ ...size, height: scrollHeight });
      await animationsEnd(page);
      assert.deepEqual(await problems(page), [], where);
      const path = fileURLToPath(new URL(`screenshots/${where}.png`, import.meta.url));
      await page.screenshot({ path });
    }
  }
}

function extent(page) {
  return page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return { scrollWidth, scrollHeight };
  });
}

/** Colours in transition, and the guard of the consent page, would be judged half-way. */
function animationsEnd(page) {
  const end = () => Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  return page.evaluate(end);
}

/** What axe finds wrong, and what it cannot judge, since nobody else would either. */
async function problems(page) {
  const { violations, incomplete } = await page.evaluate((options) => globalThis.axe.run(options), {
    resultTypes: ["violations", "incomplete"],
    rules: { "target-size": { enabled: true } },
    // The jamb and the hinges are beside the text, never behind it.
    checks: { "color-contrast": { options: { ignorePseudo: true } } },
  });
  // A text whose middle is taken by another element, which is judged by itself.
  const isCovered = ({ any }) => any.some(({ data }) => data?.messageKey === "bgOverlap");
  return [...violations, ...incomplete].flatMap(({ id, nodes }) =>
    nodes.filter((node) => !isCovered(node)).map(({ target }) => `${id}: ${target}`),
  );
}

test("The start page", async (t) => {
  const { page } = await visit(t, world);
  await page.goto(provider.issuer);
  await inspect(page, "start");
});

test("The sign-in page", async (t) => {
  const { page } = await visit(t, world);
  await page.goto((await world.signInAddress({}, { client_name: "Address Book" })).href);
  await loginPage(page).waitFor();
  await inspect(page, "login");
});

test("The sign-in page with a problem", async (t) => {
  const { page } = await visit(t, world);
  await page.goto((await world.signInAddress()).href);
  await signIn(page, { ...provider.user, password: "not the password" });
  await page.getByRole("alert").waitFor();
  await inspect(page, "login-problem");
});

test("The page to choose an account", async (t) => {
  const { page } = await visit(t, world, await world.signedIn());
  const parameters = { prompt: "select_account" };
  await page.goto((await world.signInAddress(parameters, { client_name: "Address Book" })).href);
  await page.getByRole("heading", { name: "Choose an account" }).waitFor();
  await inspect(page, "login-account");
});

test("The page that asks whether to sign out, and the one after it", async (t) => {
  const { page } = await visit(t, world);
  await page.goto((await world.signInAddress()).href);
  await signIn(page, provider.user);
  await consentPage(page).waitFor();

  await page.goto(provider.at("/oidc/logout"));
  await page.getByRole("heading", { name: "Sign out?" }).waitFor();
  await inspect(page, "logout");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "signed out" }).waitFor();
  await inspect(page, "logout-done");
});

test("The consent page for an application on this device", async (t) => {
  const { page } = await visit(t, world, await world.signedIn());
  await page.goto((await world.signInAddress({}, { client_name: "Address Book" })).href);
  await consentPage(page).waitFor();
  await inspect(page, "consent-loopback");
});

test("The sign-in page for an application that calls itself names", async (t) => {
  const { page } = await visit(t, world);
  await page.goto((await world.signInAddress(...HOSTILE_REQUEST)).href);
  await loginPage(page).waitFor();
  assert.equal(await page.locator("bdi", { hasText: "alert(1)" }).textContent(), HOSTILE_NAME);
  await inspect(page, "login-hostile");
});

test("The consent page for one that also asks for much", async (t) => {
  const { page } = await visit(t, world, await world.signedIn());
  await page.goto((await world.signInAddress(...HOSTILE_REQUEST)).href);
  await consentPage(page).waitFor();
  assert.equal(await page.locator("bdi", { hasText: "alert(1)" }).textContent(), HOSTILE_NAME);
  await inspect(page, "consent-hostile");
});

test("The question and both answers are in sight at once, however much is asked", async (t) => {
  const { page } = await visit(t, world, { ...(await world.signedIn()), viewport: PHONE });
  await page.goto((await world.signInAddress(...HOSTILE_REQUEST)).href);
  for (const part of [consentPage(page), allowButton(page), refuseButton(page)]) {
    const { y, height } = await part.boundingBox();
    assert.ok(y >= 0 && y + height <= PHONE.height);
  }
  assert.ok((await extent(page)).scrollHeight > PHONE.height);
});

test("The error page", async (t) => {
  const { page } = await visit(t, world);
  await page.goto(provider.at("/authorize?client_id=nobody"));
  await errorPage(page).waitFor();
  await inspect(page, "error");
});
