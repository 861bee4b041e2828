//! What `docs/registration-at-scale.md` counts: what a registration takes of DynamoDB, and where it spreads.

use crate::harness::{Provider, http, send_from};
use aws_sdk_dynamodb::{config::Credentials, types::AttributeValue};
use serde_json::{Value, json};
use shared::config::{Aws, Endpoints};
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

type Item = HashMap<String, AttributeValue>;

/// Every item of the table.
async fn items(provider: &Provider) -> Vec<Item> {
    let endpoints = Endpoints { dynamodb: Some(provider.database.clone()), ..Endpoints::default() };
    let aws = Aws {
        region: "local".to_owned(),
        credentials: Credentials::new("local", "local", None, None, "local"),
        endpoints,
        ca_bundle: None,
        interceptors: Vec::new(),
    };
    let table = aws.dynamodb(&aws.sdk_config().unwrap());
    let pages = table.scan().table_name(local::database::TABLE).into_paginator().items();
    pages.send().collect::<Result<_, _>>().await.unwrap()
}

fn key<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().unwrap()
}

fn of_kind<'a>(items: &'a [Item], kind: &str) -> impl Iterator<Item = &'a Item> {
    let prefix = format!("{kind}#");
    items.iter().filter(move |item| key(item, "pk").starts_with(&prefix))
}

/// The size that DynamoDB bills, by names and values in UTF-8:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::M(members) => 3 + members.len() + item_size(members),
        AttributeValue::L(elements) => 3 + elements.iter().map(|one| 1 + size(one)).sum::<usize>(),
        _ => 1,
    }
}

fn item_size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

fn write_units(item: &Item) -> usize {
    item_size(item).div_ceil(1024)
}

#[tokio::test]
async fn a_registration_writes_six_units_and_reads_two() {
    let provider = Provider::open_to_all().await;
    let metadata =
        json!({ "client_name": "Weather", "redirect_uris": ["https://weather.example/cb"] });
    let request = http().post(provider.url("oidc/register")).json(&metadata).build().unwrap();
    let before = items(&provider).await;
    assert_eq!(send_from(&provider, request, "203.0.113.7").await.status(), 201);
    let after = items(&provider).await;
    let written: Vec<_> = after.iter().filter(|item| !before.contains(item)).collect();
    let units: BTreeMap<_, _> = ["CLIENT", "RATE", "LOG"]
        .map(|kind| {
            let prefix = format!("{kind}#");
            let written = written.iter().filter(|item| key(item, "pk").starts_with(&prefix));
            (kind, written.map(|item| write_units(item)).sum::<usize>())
        })
        .into();
    // And one for the index, whose entries are keys alone.
    assert_eq!(units, BTreeMap::from([("CLIENT", 1), ("RATE", 3), ("LOG", 1)]));
    assert_eq!(written.len(), 5);
    for kind in ["TENANT", "RATE"] {
        assert!(of_kind(&after, kind).all(|item| item_size(item) <= 4096), "one read unit");
    }
}

#[tokio::test]
async fn what_registrations_write_is_spread_over_the_partitions() {
    const CLIENTS: usize = 320;
    let provider = Provider::open_to_all().await;
    for turn in 0..CLIENTS {
        provider.register(&json!({ "client_name": turn.to_string(), "redirect_uris": ["https://app.example/cb"] })).await;
    }
    let items = items(&provider).await;
    let spread = |kind: &str, partition: &str| {
        let mut spread = BTreeMap::new();
        for item in of_kind(&items, kind).filter(|item| item.contains_key(partition)) {
            *spread.entry(key(item, partition).to_owned()).or_insert(0) += 1;
        }
        spread
    };
    assert!(spread("CLIENT", "pk").values().all(|writes| *writes == 1));
    // None of the shards gets three times its share.
    for (kind, partition, count) in [("CLIENT", "listing_pk", 4), ("LOG", "pk", 4)] {
        let shards = spread(kind, partition);
        assert_eq!(shards.len(), count, "{shards:?}");
        assert!(shards.values().all(|writes| *writes < 3 * CLIENTS / count), "{shards:?}");
    }
}

/// The price list and what a registration takes make the sum of the documentation.
#[test]
fn a_million_registrations_cost_what_the_documentation_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path| fs::read_to_string(root.join(path)).unwrap();
    let prices: Value = serde_json::from_str(&read("tests/prices.json")).unwrap();
    let documentation = read("docs/registration-at-scale.md");
    let of_a_million = |name: &str, units: f64| {
        let price = &prices["prices"][name];
        1e6 * units * price["usd"].as_f64().unwrap() / price["units"].as_f64().unwrap()
    };
    let mut sum = 0.0;
    for (row, usd) in [
        ("API Gateway, a million requests", of_a_million("http_api_request", 1.0)),
        ("Lambda, a million requests", of_a_million("lambda_request", 1.0)),
        ("Lambda, 25 ms at 512 MB on arm64", of_a_million("lambda_arm64_gb_second", 0.025 / 2.0)),
        ("DynamoDB, 6 million write units", of_a_million("dynamodb_write_request_unit", 6.0)),
        ("DynamoDB, 2 million read units", of_a_million("dynamodb_read_request_unit", 2.0)),
        ("CloudWatch Logs, 0.6 KB a line", of_a_million("logs_byte", 600.0)),
    ] {
        assert!(documentation.contains(&format!("| {row} | {usd:.2} |")), "{row}: {usd:.2}");
        sum += usd;
    }
    assert!(
        documentation.contains(&format!("| **a million registrations** | **{sum:.2}** |")),
        "{sum:.2}"
    );
}
