//! Runs [`fetch::handle`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    fetch::run().await
}
