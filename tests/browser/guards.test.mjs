// What wrong passwords, hasty clicks and pages of other origins cannot do.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { visit } from "./browser.mjs";
import { allowButton, consentPage, errorPage, signIn } from "./person.mjs";
import { assertGranted, fetchIn, startRelyingParty } from "./relying-party.mjs";
import { startWorld } from "./world.mjs";

const world = await startWorld();
const { provider } = world;

/** To another site the browser sends fewer cookies; to the same site it sends all of them. */
const ATTACKERS = {
  "another site": await startRelyingParty("127.0.0.1"),
  "another origin of the same site": await startRelyingParty("localhost"),
};
after(() => Object.values(ATTACKERS).forEach((attacker) => attacker.stop()));

/** What an attacker may know of the token in the visitor's form; more than any can, in the second. */
const TOKENS = {
  "a guessed token": () => "A".repeat(43),
  "the very token of the visitor's form": (page) => page.locator("[name=csrf_token]").inputValue(),
};

/** The pages that would be worth framing, and how a visit gets there. */
const FRAMED = { login: () => ({}), consent: world.signedIn };

const isPost = (response) => response.request().method() === "POST";
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

/** The content of a page that sends a form with `fields` to `action` as soon as it is opened. */
function formThatSendsItself(action, fields) {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`,
  );
  return `<form method="post" action="${escaped(action)}">${inputs.join("")}</form>
    <script>document.forms[0].submit()</script>`;
}

async function hasSession(context) {
  const cookies = await context.cookies(provider.issuer);
  return cookies.some(({ name }) => name === "sid");
}

test("A wrong password is told, and starts no session", async (t) => {
  const { page, context } = await visit(t, world);
  await page.goto((await world.signInAddress()).href);
  const answer = page.waitForResponse(isPost);
  await signIn(page, { ...provider.user, password: "not the password" });
  assert.equal((await answer).status(), 400);
  assert.equal(await page.getByRole("alert").innerText(), "Wrong email address or password.");
  assert.equal(await page.getByLabel("Email address").inputValue(), provider.user.email);
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  assert.equal(await hasSession(context), false);
});

test("A click that was meant for the page before does not allow", async (t) => {
  const options = { ...(await world.signedIn()), reducedMotion: "reduce" };
  const { page, context } = await visit(t, world, options);
  const time = await context.newCDPSession(page);
  await time.send("Animation.enable");
  await time.send("Animation.setPlaybackRate", { playbackRate: 0 });
  const url = await world.signInAddress();
  await page.goto(url.href);
  const isHit = (button) => {
    const { x, y, width, height } = button.getBoundingClientRect();
    return document.elementFromPoint(x + width / 2, y + height / 2) === button;
  };
  assert.equal(await allowButton(page).evaluate(isHit), false);

  await time.send("Animation.setPlaybackRate", { playbackRate: 1 });
  await allowButton(page).click();
  await assertGranted(page, url);
});

for (const [where, attacker] of Object.entries(ATTACKERS)) {
  for (const [what, tokenIn] of Object.entries(TOKENS)) {
    test(`A form of ${where}, with ${what}, signs nobody in`, async (t) => {
      const { page, context } = await visit(t, world);
      await page.goto((await world.signInAddress()).href);
      const { email, password } = provider.user;
      const fields = { csrf_token: await tokenIn(page), username: email, password };
      const trap = attacker.publish("/sign-in", formThatSendsItself(page.url(), fields));
      const answer = page.waitForResponse(isPost);
      await page.goto(trap, { waitUntil: "commit" });
      assert.equal((await answer).status(), 400);
      await errorPage(page).waitFor();
      assert.equal(await hasSession(context), false);
    });

    test(`A form of ${where}, with ${what}, allows nothing`, async (t) => {
      const { page } = await visit(t, world, await world.signedIn());
      const url = await world.signInAddress();
      await page.goto(url.href);
      await consentPage(page).waitFor();
      const fields = { csrf_token: await tokenIn(page), allow: "true" };
      const trap = attacker.publish("/consent", formThatSendsItself(page.url(), fields));
      const answer = page.waitForResponse(isPost);
      await page.goto(trap, { waitUntil: "commit" });
      assert.equal((await answer).status(), 400);
      await errorPage(page).waitFor();

      await page.goto(url.href);
      await consentPage(page).waitFor();
    });
  }

  for (const [what, options] of Object.entries(FRAMED)) {
    test(`A frame of ${where} does not show the ${what} page`, async (t) => {
      const { page } = await visit(t, world, await options());
      await page.goto((await world.signInAddress()).href);
      assert.equal(new URL(page.url()).pathname, `/u/${what}`);
      const failure = page.waitForEvent("requestfailed");
      const frame = `<iframe src="${escaped(page.url())}"></iframe>`;
      await page.goto(attacker.publish("/frame", frame));
      assert.equal((await failure).failure().errorText, "net::ERR_BLOCKED_BY_RESPONSE");
    });
  }
}

test("Markup that got into a page could load, run and send nothing", async (t) => {
  const { page, complaints } = await visit(t, world);
  await page.goto((await world.signInAddress()).href);
  await page.evaluate(injectMarkup, ATTACKERS["another site"].home);
  await page.waitForFunction(() => globalThis.refusals.length === 4);
  const refusals = await page.evaluate(() => globalThis.refusals.sort());
  assert.deepEqual(refusals, ["form-action", "img-src", "script-src-elem", "style-src-elem"]);
  assert.equal(complaints.splice(0).filter((text) => text.startsWith("error:")).length, 4);
});

/** Runs in the page: adds an image, a script, a style sheet and a form, and notes who is refused. */
function injectMarkup(elsewhere) {
  globalThis.refusals = [];
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
    globalThis.refusals.push(effectiveDirective),
  );
  const add = (name, properties) =>
    document.body.appendChild(Object.assign(document.createElement(name), properties));
  add("img", { src: elsewhere });
  add("script", { textContent: "document.title = 'run'" });
  add("style", { textContent: "body { display: none }" });
  add("form", { action: elsewhere }).submit();
}

test("The management API does not answer pages of other origins", async (t) => {
  const { page } = await visit(t, world);
  await page.goto(world.relyingParty.home);
  const settings = fetchIn(page)(provider.at("/api/v2/tenants/settings"), {
    headers: { Authorization: "Bearer any" },
  });
  await assert.rejects(settings, /Failed to fetch/);
});
