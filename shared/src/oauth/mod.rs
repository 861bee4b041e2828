//! The vocabulary of OAuth 2.0, each type as its specification defines it. Pure: nothing here reads
//! a clock, a key or a table.

mod client_assertion;
mod client_credentials;
mod client_information;
mod client_metadata;
mod dpop_proof;
mod error;
mod grant_type;
mod json_object;
mod loopback;
mod parameters;
mod pkce;
mod redirect_uri;
mod registration_access_token;
mod request_object;
mod resource;
mod response_mode;
mod response_type;
mod scope;
mod software_statement;
mod token_request;
mod token_response;
mod unrepeated;
mod web_origin;
mod web_uri;

pub use client_assertion::{ClientAssertion, VerifiedAssertion};
pub use client_credentials::{ClientCredentials, ClientSecret};
pub use client_information::ClientInformation;
pub use client_metadata::{
    ApplicationType, ClientKeys, ClientMetadata, IdTokenSignedResponseAlg, LogoutMetadata,
    RawClientMetadata, RegistrationRules, RequestMetadata, SubjectType, TokenEndpointAuthMethod,
    is_invisible,
};
pub use dpop_proof::DpopProof;
pub use error::{Challenge, OAuthError, OAuthErrorCode};
pub use grant_type::GrantType;
pub use json_object::{InvalidJsonObject, JsonObject};
pub use loopback::is_loopback;
pub use parameters::{InvalidParameters, Parameters};
pub use pkce::{CodeChallenge, CodeVerifier};
pub use redirect_uri::{InvalidRedirectUri, RedirectUri};
pub use registration_access_token::RegistrationAccessToken;
pub use request_object::{InvalidRequestObject, RequestObject, SignedRequestObject};
pub use resource::{AudienceName, InvalidResource, RequestedAudiences, ResourceIndicator};
pub use response_mode::{ResponseMode, UnsupportedResponseMode};
pub use response_type::{ResponseType, UnsupportedResponseType};
pub use scope::{InvalidScope, Scope, Scopes};
pub use software_statement::{
    InvalidSoftwareStatementIssuer, SoftwareStatement, SoftwareStatementIssuer,
};
pub use token_request::TokenRequest;
pub use token_response::{TokenResponse, TokenType};
pub use web_origin::{InvalidWebOrigin, WebOrigin};
pub use web_uri::WebUri;
