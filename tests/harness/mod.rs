//! What the tests drive the product with: a [`Provider`] on a free port, a [`Browser`] that follows its
//! pages, a [`RelyingParty`] that checks what comes back.

mod aws;
mod browser;
mod certification;
mod client_key;
mod deployment;
mod events;
mod fetcher;
mod lambda;
mod lines;
mod outage;
mod owner;
mod policies;
mod provider;
mod relying_party;
mod retries;
mod round_trips;
mod website;

pub(crate) use aws::{FakeAws, SEALING_KEY, Trouble};
pub(crate) use browser::{Arrival, Browser, Landing, Page};
pub(crate) use certification::{
    Module, Outcome, Variant, certified, certified_to_fetch, entropy, is_error,
};
pub(crate) use client_key::ClientKey;
pub(crate) use deployment::Deployment;
pub(crate) use events::event;
pub(crate) use fetcher::WatchedFetcher;
pub(crate) use lambda::{Lambda, binary};
pub(crate) use lines::Lines;
pub(crate) use outage::Outage;
pub(crate) use owner::Owner;
pub(crate) use policies::{Permissions, Policies};
pub(crate) use provider::{Provider, http, send_from, send_through};
pub(crate) use relying_party::{API, CODE_VERIFIER, REDIRECT_URI, RelyingParty, left_half_hash};
pub(crate) use retries::UnlimitedRetries;
pub(crate) use round_trips::RoundTrips;
pub(crate) use website::Website;
