//! What can be said on the command line.

use clap::Parser;
use shared::domain::Issuer;
use std::path::PathBuf;

/// Cardea on this machine: an OpenID Provider with Dynamic Client Registration.
#[derive(Debug, Parser)]
#[command(name = "cardea", version)]
pub struct Options {
    /// The port to listen on, on this machine only; 0 for any that is free.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Where everything is kept.
    #[arg(long, value_name = "DIRECTORY", default_value = ".cardea/")]
    pub data_dir: PathBuf,
    /// Keep nothing on disk. The credentials, good until it stops, are then printed.
    #[arg(long, conflicts_with = "data_dir")]
    pub ephemeral: bool,
    /// The URL that clients reach it by, where that is not `http://localhost:PORT/`: `https://HOST/` of a
    /// proxy in front, which must pass the Host header on.
    #[arg(long, value_name = "URL")]
    pub issuer: Option<Issuer>,
    /// Have keys for ES256 beside those for RS256, which clients can then register that they want.
    #[arg(long)]
    pub es256: bool,
    /// Also fetch what clients refer to (`jwks_uri`, `sector_identifier_uri`) from this machine, by http too and
    /// on any port, where the tenant's owner allows fetching.
    #[arg(long)]
    pub fetch_from_loopback: bool,
}
