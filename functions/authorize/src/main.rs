//! Runs [`authorize::handle`] as a Lambda function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::runtime::run(authorize::handle).await
}
