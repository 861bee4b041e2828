// A browser, and visits with it: each by somebody new, and each watched for what should never happen.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** How long anything may take, in milliseconds, before a test fails. */
const PATIENCE = 20_000;

/** A browser that talks to nobody but those whom its pages talk to. */
export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Cookies and windows of their own, as another person would have. */
export async function newContext(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  return context;
}

/**
 * A page in a browser that has no cookies yet. When the test `t` ends, the visit ends too, and fails
 * the test if there is anything in `complaints`.
 */
export async function visit(t, { browser, provider }, options) {
  const context = await newContext(browser, options);
  const page = await context.newPage();
  const complaints = watch(page, provider.issuer);
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  return { page, context, complaints };
}

/** Collects what goes wrong on the provider's pages: in the console, or by asking for anything. */
function watch(page, issuer) {
  const complaints = [];
  const isOurs = (url) => url.startsWith(issuer);
  page.on("console", (message) => {
    const { url } = message.location();
    // The status of a page that is shown with an error.
    const isOwnStatus = message.text().startsWith("Failed to load resource") && url === page.url();
    if (isOurs(page.url()) && !isOwnStatus) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => isOurs(page.url()) && complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    const isPart = !request.isNavigationRequest() && isOurs(request.frame().url());
    if (isPart) complaints.push(`request: ${request.url()}`);
  });
  return complaints;
}
