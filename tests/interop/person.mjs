// Somebody without a browser: keeps cookies, follows redirects, and fills in the provider's forms as they stand.

import assert from "node:assert/strict";

const ENTITIES = { "&#60;": "<", "&#62;": ">", "&#34;": '"', "&#39;": "'", "&#38;": "&" };
const unescaped = (text) => text.replace(/&#(60|62|34|39|38);/g, (entity) => ENTITIES[entity]);

/** A person at `provider`, with an account there. */
export function person(provider) {
  const cookies = new Map();

  async function request(url, form) {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form && new URLSearchParams(form),
      headers: { Cookie: [...cookies].map((cookie) => cookie.join("=")).join("; ") },
      redirect: "manual",
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(";", 1)[0].split("=", 2);
      cookies.set(name, value);
    }
    return response;
  }

  /** What the one form of a page that does not post itself would send to itself. */
  const formOf = (html) => ({
    action: new URL(unescaped(html.match(/<form[^>]* action="([^"]*)"/)[1]), provider.issuer),
    hidden: Object.fromEntries(
      [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
        ([, name, value]) => [name, unescaped(value)],
      ),
    ),
  });

  return {
    /**
     * Opens the address of a request, signs in and agrees where asked, and stops at what the application gets: the URL that the
     * browser would go to, or the form that it would post.
     */
    async authorize(url) {
      let response = await request(url);
      for (let step = 0; step < 12; step += 1) {
        const location = response.headers.get("location");
        if (location) {
          const next = new URL(location, provider.issuer);
          if (next.origin !== new URL(provider.issuer).origin) return { url: next };
          response = await request(next);
          continue;
        }
        const html = await response.text();
        const { action, hidden } = formOf(html);
        if (action.origin !== new URL(provider.issuer).origin) return { url: action, body: hidden };
        const { email, password } = provider.user;
        const answer = html.includes("<h1>Sign in</h1>")
          ? { username: email, password }
          : { allow: "true" };
        response = await request(action, { ...hidden, ...answer });
      }
      return assert.fail(`${url} leads nowhere`);
    },
  };
}
