//! Runs [`tenant_settings::handle`] as a Lambda function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::runtime::run(tenant_settings::handle).await
}
