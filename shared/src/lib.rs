//! What every function of Cardea is made of.
//!
//! Three rings; an import points to its own ring or further in, never out:
//!
//! 1. [`oauth`], [`oidc`], [`jose`]: the vocabulary of the specifications, pure.
//! 2. [`domain`]: the provider's entities and decisions, pure.
//! 3. [`storage`], [`keys`], [`tokens`], [`http`], [`client_authentication`], [`interaction`], [`management`],
//!    [`fetching`], [`pages`], [`possession`]: what touches the world.
//!
//! [`App`] holds it together: it is what every endpoint is handed. [`clock`] and [`entropy`] are where
//! time and randomness come from, for all rings; [`observation`] is where they tell what happened, for
//! [`log`].

mod app;
pub mod client_authentication;
pub mod clock;
pub mod config;
pub mod connector;
pub mod domain;
pub mod entropy;
pub mod fetching;
pub mod http;
pub mod interaction;
pub mod jose;
pub mod keys;
mod latency;
pub mod log;
pub mod management;
pub mod oauth;
pub mod observation;
pub mod oidc;
pub mod pages;
pub mod possession;
mod refusals;
pub mod runtime;
pub mod storage;
pub mod tokens;

pub use app::{App, unknown_tenant};
pub use refusals::asked_for;
