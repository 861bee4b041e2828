//! Runs [`client_grants::handle`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::runtime::run(env!("CARGO_BIN_NAME"), client_grants::handle).await
}
