// What an application makes sure of before it trusts an ID Token.

import { createHash } from "node:crypto";
import { createLocalJWKSet, jwtVerify } from "jose";

/** The claims of `idToken`, if the provider signed it for `client` and it has not expired. */
export async function verifiedClaims(idToken, jwks, { provider, client }) {
  const { payload } = await jwtVerify(idToken, createLocalJWKSet(jwks), {
    algorithms: ["RS256"],
    issuer: provider.issuer,
    audience: client.client_id,
    requiredClaims: ["sub", "exp", "iat"],
  });
  return payload;
}

/** The `at_hash` of an access token where RS256 signs (OpenID Connect Core §3.1.3.6). */
export function accessTokenHash(accessToken) {
  const digest = createHash("sha256").update(accessToken, "ascii").digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}
