//! Runs [`resource_servers::handle`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::runtime::run(env!("CARGO_BIN_NAME"), resource_servers::handle).await
}
