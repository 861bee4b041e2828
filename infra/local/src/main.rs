//! `cargo run`: Cardea on this machine.

use clap::Parser;
use local::{CredentialsLocation, Options, Provider, Surroundings};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // The embedded database warns of every condition that did not hold, which is how it should be.
    // The record of each request is for CloudWatch.
    let levels = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("dynoxide", LevelFilter::ERROR)
        .with_target(shared::log::REQUEST, LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    tracing_subscriber::registry().with(lines).with(levels).init();
    shared::runtime::hide_panic_messages();
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "cardea: {why}.");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let provider = Provider::open(options, Surroundings::default()).await?;
    announce(&provider)?;
    provider.serve(stop()).await?;
    Ok(())
}

/// Says where it is and where the credentials are; never the credentials, unless they are nowhere else.
fn announce(provider: &Provider) -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    let issuer = provider.issuer();
    writeln!(out, "Cardea is ready.\n  Issuer and start page  {issuer}")?;
    write!(out, "  Credentials            ")?;
    match provider.credentials() {
        CredentialsLocation::File(path) => writeln!(out, "{}", path.display()),
        CredentialsLocation::Lost(path) => {
            writeln!(out, "{} is gone, and what was in it is kept nowhere else", path.display())
        }
        CredentialsLocation::Here(credentials) => {
            let json = serde_json::to_string_pretty(credentials)?;
            writeln!(out, "(kept nowhere; they end with this process)\n{json}")
        }
    }?;
    writeln!(out, "Stop it with Ctrl+C.")?;
    Ok(out.flush()?)
}

async fn stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
