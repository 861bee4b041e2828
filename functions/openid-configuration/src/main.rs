//! Runs [`openid_configuration::handle`] as a Lambda function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::runtime::run(openid_configuration::handle).await
}
