// An application on another origin than the provider's: what it serves, asks for and gets back.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * An application at `host`: 127.0.0.1 is another site than the provider's `localhost`, while
 * `localhost` itself, with another port, is the same site but still another origin.
 */
export async function startRelyingParty(host = "127.0.0.1") {
  const pages = new Map([
    ["/", "<h1>Welcome</h1>"],
    ["/landing", "<h1>Welcome back</h1>"],
  ]);
  const server = createServer((request, response) => {
    const content = pages.get(new URL(request.url, "http://any").pathname);
    const document = `<!doctype html><html lang="en"><title>Application</title>${content ?? ""}`;
    response.writeHead(content ? 200 : 404, { "Content-Type": "text/html" }).end(document);
  });
  await once(server.listen(0, host), "listening");
  const origin = `http://${host}:${server.address().port}`;
  return {
    origin,
    home: `${origin}/`,
    redirectUri: `${origin}/landing`,
    /** Serves `content` at `path`, and says where that is. */
    publish(path, content) {
      pages.set(path, content);
      return origin + path;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Registers a client at the provider, by `fetch` or by {@link fetchIn} a page. */
export async function register(provider, metadata, request = fetch) {
  const response = await request(provider.at("/oidc/register"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(metadata),
  });
  const answer = await response.json();
  if (response.status !== 201) throw new Error(`not registered: ${JSON.stringify(answer)}`);
  return answer;
}

/** The address that starts a sign-in for `client`, with a state and a nonce of its own. */
export function authorizationUrl(provider, client, parameters = {}) {
  const url = new URL(provider.at("/authorize"));
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: client.redirect_uris[0],
    response_type: "id_token token",
    scope: "openid email",
    state: randomUUID(),
    nonce: randomUUID(),
    ...parameters,
  });
  return url;
}

/** `fetch` as a script of `page` does it: from its origin, by the browser's rules. */
export function fetchIn(page) {
  return async (url, init) => {
    const send = async ([url, init]) => {
      const response = await fetch(url, init);
      return [await response.text(), response.status];
    };
    const [text, status] = await page.evaluate(send, [url, init]);
    return new Response(text, { status });
  };
}

/** Where `page` lands once the provider has answered, and with what. */
export async function landing(page) {
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  const { origin, pathname, searchParams, hash } = new URL(page.url());
  return {
    redirectUri: origin + pathname,
    query: Object.fromEntries(searchParams),
    fragment: Object.fromEntries(new URLSearchParams(hash.slice(1))),
  };
}

/** That `page` lands with tokens for the very request that `url` made. */
export async function assertGranted(page, url) {
  const { fragment } = await landing(page);
  assert.equal(fragment.error, undefined);
  assert.equal(fragment.state, url.searchParams.get("state"));
  assert.ok(fragment.access_token);
}
