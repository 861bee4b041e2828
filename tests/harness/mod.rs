//! What the tests drive the product with: a [`Provider`] on a free port, a [`Browser`] that follows its
//! pages, a [`RelyingParty`] that checks what comes back.

mod aws;
mod browser;
mod deployment;
mod events;
mod lambda;
mod outage;
mod owner;
mod policies;
mod provider;
mod relying_party;
mod round_trips;

pub(crate) use aws::{FakeAws, SEALING_KEY, Trouble};
pub(crate) use browser::{Arrival, Browser, Page};
pub(crate) use deployment::Deployment;
pub(crate) use events::event;
pub(crate) use lambda::{Lambda, binary};
pub(crate) use outage::Outage;
pub(crate) use owner::Owner;
pub(crate) use policies::{Permissions, Policies};
pub(crate) use provider::{Provider, http, send_from, send_through};
pub(crate) use relying_party::{API, CODE_VERIFIER, REDIRECT_URI, RelyingParty, left_half_hash};
pub(crate) use round_trips::RoundTrips;
