//! The provider's entities and decisions. Pure: nothing here reads a clock, a key or a table.

mod access_token;
mod audit_event;
mod authorization;
mod authorization_code;
mod client;
mod client_grant;
mod custom_claim;
mod fetched;
mod grant;
mod id_token_scope_claims;
mod identifier;
mod individual_claims;
mod initial_access;
mod key_set;
mod password;
mod post_logout_address;
mod pushed_request;
mod rate_limit;
mod refresh_token;
mod refresh_token_settings;
mod registration_policy;
mod resource_server;
mod same_site;
mod session;
mod subject;
mod target;
mod tenant;
mod unused_clients;
mod used_assertion;
mod user;

pub use access_token::{
    AccessTokenClaims, Audiences, Confirmation, OpaqueAccessToken, TOKEN_LIFETIMES, TokenLifetimes,
};
pub use audit_event::{AuditEvent, EventType, LogId, Origin};
pub use authorization::{
    AuthorizationError, AuthorizationRequest, AuthorizationResponse, Authorized, Provenance,
    ReturnAddress, Situation, Step, next_step,
};
pub use authorization_code::{AuthorizationCode, CodeId, RequestId};
pub use client::{
    AppType, AssertionKeys, Client, ClientId, OwnerMetadata, ProtectedSecret, Registration,
    RotatedSecret, SecurityMode,
};
pub use client_grant::{
    ClientGrant, ClientGrantId, DefaultFor, Grantee, RequestedApi, SubjectType,
};
pub use custom_claim::{ClaimName, CustomClaim, InvalidClaimName};
pub use fetched::{DocumentKind, FetchFailure, FetchOutcome, Fetched, Freshness};
pub use grant::Grant;
pub use id_token_scope_claims::IdTokenScopeClaims;
pub use individual_claims::IndividualClaims;
pub use initial_access::{
    InitialAccess, InitialAccessToken, InitialAccessTokenId, InvalidTerms, RegistrationTerms,
};
pub use key_set::{KeySet, KeyState, Rotation, SigningKey, TooSoon, Urgency};
pub use password::{PasswordHash, PasswordParameters};
pub use post_logout_address::PostLogoutAddress;
pub use pushed_request::{PushedRequest, PushedRequestId};
pub use rate_limit::{
    Counter, LOGINS_PER_ACCOUNT, LOGINS_PER_SOURCE, REFUSALS_LOGGED, REGISTRATIONS_PER_SOURCE,
    REGISTRATIONS_PER_TENANT, RateLimit,
};
pub use refresh_token::{FamilyId, RefreshFamily, RefreshGrant, RefreshTokenId, Standing};
pub use refresh_token_settings::{ExpirationType, RefreshTokenSettings, RotationType};
pub use registration_policy::{
    Accepted, Admission, ClientRegistrationManagement, InvalidIpRange, InvalidNamePattern,
    InvalidRedirectHost, InvalidRedirectScheme, InvalidRegistrationPolicy, IpRange, NamePattern,
    NameSkeleton, RedirectHost, RedirectScheme, RegistrationPolicy, RequiredMember, UnknownMember,
};
pub use resource_server::{Incarnation, ResourceServer, ResourceServerId, ResourceServerScope};
pub use same_site::{SameSite, SessionCookieSettings};
pub use session::{Done, Participant, RequestNote, Session, SessionCookie, SessionId, Sid};
pub use target::{FoundAudience, GrantedAudience, Target};
pub use tenant::{Flags, InvalidIssuer, Issuer, Tenant, TenantId};
pub use unused_clients::UnusedClients;
pub use used_assertion::UsedAssertion;
pub use user::{Login, User, UserId};
