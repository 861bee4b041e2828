//! Runs [`userinfo::handle`] as a Lambda function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::runtime::run(userinfo::handle).await
}
