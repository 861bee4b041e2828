//! Runs [`introspect::handle`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::runtime::run_with_fetcher(env!("CARGO_BIN_NAME"), introspect::handle).await
}
