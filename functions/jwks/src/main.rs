//! Runs [`jwks::handle`] as a Lambda function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::runtime::run(jwks::handle).await
}
