//! The product through HTTP only, and the rules of its architecture. One binary, since each costs as
//! much to link as the whole of it. Each module is `cfg(test)`, so that clippy knows that it may `unwrap`.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod architecture; // the rules of ARCHITECTURE.md, from the sources and the template
#[cfg(test)]
mod backchannel_logout; // who is told that a session has ended
#[cfg(test)]
mod certification_claims; // modules of the OpenID Foundation's suite: scopes and claims
#[cfg(test)]
mod certification_dynamic; // discovery, registration, keys, third-party initiated login
#[cfg(test)]
mod certification_flows; // … responses and the happy flow
#[cfg(test)]
mod certification_parameters; // … nonce, display, locales, acr_values
#[cfg(test)]
mod certification_redirect_uris; // … redirect URIs
#[cfg(test)]
mod certification_tokens; // ID Tokens, the userinfo endpoint, codes and refresh tokens
#[cfg(test)]
mod claims_parameter; // claims one by one, acr, and where scope claims go
#[cfg(test)]
mod client_configuration; // GET, PUT and DELETE /oidc/register/{client_id}
#[cfg(test)]
mod client_grants; // /api/v2/client-grants, and what they let clients ask for
#[cfg(test)]
mod client_lifecycle; // unused clients expire, used ones stay
#[cfg(test)]
mod client_metadata; // the tables of docs/client-metadata.md, walked
#[cfg(test)]
mod clients; // /api/v2/clients: the owner's part of a client's life
#[cfg(test)]
mod code_flow; // response_type=code, and the gate that each code goes through once
#[cfg(test)]
mod concurrency; // what happens once, however many ask at the same time
#[cfg(test)]
mod consent; // what the user is asked, and when they are not asked again
#[cfg(test)]
mod custom_claims; // claims of a tenant's own, defined by its owner
#[cfg(test)]
mod deduplication; // the same public client is one client
#[cfg(test)]
mod discovery; // the discovery documents and the key set
#[cfg(test)]
mod dpop; // proofs of possession: DPoP
#[cfg(test)]
mod es256; // a second signing algorithm beside RS256
#[cfg(test)]
mod fetching; // jwks_uri and sector_identifier_uri, and what is never asked for them
#[cfg(test)]
mod hybrid_flow; // response_type=code id_token, code token, code id_token token
#[cfg(test)]
mod implicit_flow; // response_type=token, id_token, id_token token
#[cfg(test)]
mod initial_access_tokens; // who may register by a token of the owner's
#[cfg(test)]
mod introspection; // POST /oauth/introspect
#[cfg(test)]
mod kms_outages; // what happens when KMS does not do what it should
#[cfg(test)]
mod lambda_runtime; // each function's binary under a Lambda Runtime API
#[cfg(test)]
mod least_privilege; // the roles of the template against what each function uses
#[cfg(test)]
mod locales; // ui_locales and Accept-Language
#[cfg(test)]
mod logout; // GET and POST /oidc/logout, GET /v2/logout
#[cfg(test)]
mod logs; // what is logged and counted, and what never is
#[cfg(test)]
mod logs_api; // /api/v2/logs: what the owner learns of what happened
#[cfg(test)]
mod management; // the management token and the tenant's settings
#[cfg(test)]
mod openidconnect_client; // the journey by a client that we did not write: the openidconnect crate
#[cfg(test)]
mod outages; // what happens when DynamoDB does not answer
#[cfg(test)]
mod prompts_and_hints; // prompt, max_age, login_hint and id_token_hint
#[cfg(test)]
mod pushed_requests; // POST /oauth/par
#[cfg(test)]
mod rate_limits; // what strangers may do how often
#[cfg(test)]
mod refresh_tokens; // grant_type=refresh_token
#[cfg(test)]
mod registration; // POST /oidc/register
#[cfg(test)]
mod registration_at_scale; // what docs/registration-at-scale.md counts
#[cfg(test)]
mod registration_policy; // the tenant's settings about who may register
#[cfg(test)]
mod request_objects; // request and request_uri: what clients sign
#[cfg(test)]
mod resource_indicators; // resource (RFC 8707) and audience
#[cfg(test)]
mod resource_servers; // /api/v2/resource-servers, and what becomes of tokens for them
#[cfg(test)]
mod response_modes; // query, fragment, form_post, web_message
#[cfg(test)]
mod restart; // what is kept over a restart
#[cfg(test)]
mod revocation; // POST /oauth/revoke
#[cfg(test)]
mod round_trips; // how often each endpoint asks DynamoDB
#[cfg(test)]
mod sessions_api; // /api/v2/sessions and /api/v2/users/{id}/sessions
#[cfg(test)]
mod sign_in; // the sign-in page, its cookies and its guards
#[cfg(test)]
mod smoke_test; // infra/smoke-test
#[cfg(test)]
mod tenants; // making tenants and rotating their keys
#[cfg(test)]
mod tenants_apart; // what is one tenant's counts at no other
#[cfg(test)]
mod userinfo; // GET and POST /userinfo
