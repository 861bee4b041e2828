// Responses that no redirect carries: a form that posts itself, and a message to the page around it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { allowButton, signIn, signInAndAllow } from "./person.mjs";
import { assertGranted, authorizationUrl, register, startRelyingParty } from "./relying-party.mjs";
import { startWorld } from "./world.mjs";

const world = await startWorld();
const { provider, relyingParty } = world;

/** What `page` posts to the application next. */
async function posted(page) {
  const toTheApplication = (request) =>
    request.method() === "POST" && request.url() === relyingParty.redirectUri;
  const request = await page.waitForRequest(toTheApplication);
  return Object.fromEntries(new URLSearchParams(request.postData()));
}

test("A form posts the answer to the application by itself", async (t) => {
  const { page } = await visit(t, world);
  const parameters = { response_mode: "form_post", response_type: "code id_token" };
  const url = await world.signInAddress(parameters);
  await page.goto(url.href);
  await signIn(page, provider.user);
  const [answer] = await Promise.all([posted(page), allowButton(page).click()]);
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  assert.ok(answer.code && answer.id_token);
  assert.deepEqual([answer.state, answer.iss], [url.searchParams.get("state"), provider.issuer]);
  assert.equal(new URL(page.url()).search + new URL(page.url()).hash, "");
});

test("Without JavaScript a button posts it", async (t) => {
  const { page } = await visit(t, world, { javaScriptEnabled: false });
  const url = await world.signInAddress({ response_mode: "form_post", response_type: "code" });
  await page.goto(url.href);
  await signInAndAllow(page, provider.user);
  const button = page.getByRole("button", { name: "Continue" });
  const [answer] = await Promise.all([posted(page), button.click()]);
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  assert.ok(answer.code);
});

/** The first message that a page gets from a frame with `url`; none, if none comes. Runs in the page. */
function messageFromFrame(url) {
  return new Promise((resolve) => {
    const take = ({ origin, data }) => resolve({ origin, data });
    addEventListener("message", take, { once: true });
    const frame = document.createElement("iframe");
    frame.style.display = "none";
    frame.src = url;
    document.body.append(frame);
    setTimeout(() => resolve(null), 5_000);
  });
}

/** An application of the provider's own site, so that the frame has the session's cookie, and its client. */
async function singlePageApplication(t) {
  const application = await startRelyingParty("localhost");
  t.after(() => application.stop());
  const client = await register(provider, { redirect_uris: [application.redirectUri] });
  const name = (web_origins) =>
    provider.manage("PATCH", `clients/${client.client_id}`, { web_origins });
  return { application, client, name };
}

test("A page renews its tokens in a frame, if the owner has named its origin", async (t) => {
  const { application, client, name } = await singlePageApplication(t);
  const { page } = await visit(t, world, await world.signedIn());
  const first = authorizationUrl(provider, client);
  await page.goto(first.href);
  await allowButton(page).click();
  await assertGranted(page, first);

  await page.goto(application.home);
  const parameters = { response_mode: "web_message", prompt: "none" };
  const renewal = authorizationUrl(provider, client, parameters);
  assert.equal(await page.evaluate(messageFromFrame, renewal.href), null);

  await name([application.origin]);
  const { origin, data } = await page.evaluate(messageFromFrame, renewal.href);
  assert.equal(`${origin}/`, provider.issuer);
  assert.equal(data.type, "authorization_response");
  assert.equal(data.response.state, renewal.searchParams.get("state"));
  assert.ok(data.response.access_token && data.response.id_token);
  assert.equal(data.response.error, undefined);
});

test("A page that may not be answered silently learns why", async (t) => {
  const { application, client, name } = await singlePageApplication(t);
  await name([application.origin]);
  const { page } = await visit(t, world);
  await page.goto(application.home);
  const parameters = { response_mode: "web_message", prompt: "none" };
  const url = authorizationUrl(provider, client, parameters);
  const { data } = await page.evaluate(messageFromFrame, url.href);
  assert.equal(data.response.error, "login_required");
});

test("A page of any other origin gets no message", async (t) => {
  const { application, client, name } = await singlePageApplication(t);
  await name([application.origin]);
  const { page } = await visit(t, world, await world.signedIn());
  await page.goto(relyingParty.home);
  const parameters = { response_mode: "web_message", prompt: "none" };
  const url = authorizationUrl(provider, client, parameters);
  assert.equal(await page.evaluate(messageFromFrame, url.href), null);
});

test("A window that the page opened tells it, and the user signs in there", async (t) => {
  const { application, client, name } = await singlePageApplication(t);
  await name([application.origin]);
  const { page } = await visit(t, world);
  await page.goto(application.home);
  const url = authorizationUrl(provider, client, { response_mode: "web_message" });
  const opened = page.waitForEvent("popup");
  const message = page.evaluate((url) => {
    return new Promise((resolve) => {
      addEventListener("message", ({ data }) => resolve(data), { once: true });
      open(url);
    });
  }, url.href);
  await signInAndAllow(await opened, provider.user);
  const { type, response } = await message;
  assert.equal(type, "authorization_response");
  assert.ok(response.access_token);
});
