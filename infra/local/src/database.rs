//! DynamoDB, embedded: an engine on a `SQLite` file, spoken to over HTTP by the same SDK as in AWS.

use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, SharedInterceptor},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
    },
};
use dynoxide::{Database, server::serve_with_shutdown};
use shared::{
    config::{Aws, Endpoints},
    entropy::Entropy,
    storage::{INDEX, Table},
};
use std::{error::Error, io, net::Ipv4Addr, path::Path};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// What the table is called.
pub const TABLE: &str = "cardea";

type AnyError = Box<dyn Error + Send + Sync>;

/// The engine, for as long as it is needed.
pub struct Engine {
    endpoint_url: String,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<Result<(), String>>,
}

impl Engine {
    /// Where it answers, as `DynamoDB` would.
    #[must_use]
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// Closes the database. Nothing is lost without it; but what comes next finds it closed.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.stopped.await;
    }
}

/// Opens the table in the file `path`, or in memory, and makes it if it is not there.
///
/// # Errors
///
/// When the file is no database, or the engine does not answer.
pub async fn open(
    path: Option<&Path>,
    entropy: &dyn Entropy,
    interceptors: Vec<SharedInterceptor>,
) -> Result<(Table, Engine), AnyError> {
    let database = match path {
        Some(path) => Database::new(path.to_str().ok_or("its path is not UTF-8")?)?,
        None => Database::memory()?,
    };
    let listener = listen(entropy).await?;
    let endpoint_url = format!("http://{}", listener.local_addr()?);
    let mut aws = Aws {
        region: "local".to_owned(),
        credentials: Credentials::new("local", "local", None, None, "local"),
        endpoints: Endpoints { dynamodb: Some(endpoint_url.clone()), ..Endpoints::default() },
        ca_bundle: None,
        interceptors: Vec::new(),
    };
    let sdk_config = aws.sdk_config()?;
    // DynamoDB would do this by itself; here it is enough once in a while.
    database.sweep_ttl()?;
    let is_new = database.get_table_metadata(TABLE)?.is_none();
    let (stop, stopping) = oneshot::channel();
    let stopped = tokio::spawn(serve_with_shutdown(listener, database, async {
        let _ = stopping.await;
    }));
    if is_new {
        create_table(&aws.dynamodb(&sdk_config)).await?;
    }
    // Only now: what is done at the start is no request's.
    aws.interceptors = interceptors;
    Ok((Table::new(aws.dynamodb(&sdk_config), TABLE), Engine { endpoint_url, stop, stopped }))
}

/// The engine answers whoever asks, web pages included, so that its address must not be guessed: all of
/// 127.0.0.0/8 is this machine, and where the system listens there, nobody finds one address of sixteen
/// million by trying. Elsewhere the port alone has to do.
async fn listen(entropy: &dyn Entropy) -> io::Result<TcpListener> {
    let [b, c, d] = entropy.bytes::<3>();
    match TcpListener::bind((Ipv4Addr::new(127, b, c, d.clamp(1, 254)), 0)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await,
    }
}

async fn create_table(client: &Client) -> Result<(), AnyError> {
    let attribute = |name: &str| {
        let kind = ScalarAttributeType::S;
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
    };
    let key =
        |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(key("listing_pk", KeyType::Hash)?)
        .key_schema(key("listing_sk", KeyType::Range)?)
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()?;
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk")?)
        .attribute_definitions(attribute("sk")?)
        .attribute_definitions(attribute("listing_pk")?)
        .attribute_definitions(attribute("listing_sk")?)
        .key_schema(key("pk", KeyType::Hash)?)
        .key_schema(key("sk", KeyType::Range)?)
        .global_secondary_indexes(index)
        .send()
        .await?;
    let ttl =
        TimeToLiveSpecification::builder().enabled(true).attribute_name("expires_at").build()?;
    client.update_time_to_live().table_name(TABLE).time_to_live_specification(ttl).send().await?;
    Ok(())
}
