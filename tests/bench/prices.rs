//! What AWS takes for an operation: the price list is `prices.json`.

use super::service::Used;
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

const MILLION: f64 = 1e6;

/// The price list.
pub(crate) struct Prices(Value);

/// What one operation takes of AWS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// The function's memory, in MB.
    pub(crate) memory: u32,
    /// How long it takes, as Lambda bills it.
    pub(crate) duration: Duration,
    pub(crate) dynamodb: Used,
    pub(crate) kms: Used,
    /// The bytes that it logs.
    pub(crate) logged: f64,
}

/// The price of a million operations, in dollars.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    pub(crate) gateway: f64,
    pub(crate) lambda_requests: f64,
    pub(crate) lambda_duration: f64,
    pub(crate) dynamodb: f64,
    pub(crate) kms: f64,
    pub(crate) logs: f64,
}

impl Prices {
    pub(crate) fn read() -> Self {
        Self(serde_json::from_str(include_str!("../prices.json")).unwrap())
    }

    /// Where these prices hold, and as of when.
    pub(crate) fn describe(&self) -> String {
        let dates = self.0["prices"].as_object().unwrap().values();
        let dates: BTreeSet<_> = dates.map(|price| price["as_of"].as_str().unwrap()).collect();
        let (first, last) = (dates.first().unwrap(), dates.last().unwrap());
        format!("{} as of {first} to {last}", self.0["region"].as_str().unwrap())
    }

    /// Of one unit of what is called `name`.
    fn of(&self, name: &str) -> f64 {
        let price = &self.0["prices"][name];
        price["usd"].as_f64().unwrap() / price["units"].as_f64().unwrap()
    }

    /// Of a million such operations.
    pub(crate) fn of_a_million(&self, usage: &Usage) -> Price {
        let gigabytes = f64::from(usage.memory) / 1024.0;
        let seconds = usage.duration.as_secs_f64();
        let Used { reads, writes, .. } = usage.dynamodb;
        let a_million = |name: &str, units: f64| MILLION * units * self.of(name);
        Price {
            gateway: a_million("http_api_request", 1.0),
            lambda_requests: a_million("lambda_request", 1.0),
            lambda_duration: a_million("lambda_arm64_gb_second", gigabytes * seconds),
            dynamodb: a_million("dynamodb_read_request_unit", reads)
                + a_million("dynamodb_write_request_unit", writes),
            kms: a_million("kms_request", f64::from(usage.kms.calls)),
            logs: a_million("logs_byte", usage.logged),
        }
    }
}

impl Price {
    pub(crate) fn total(&self) -> f64 {
        self.gateway
            + self.lambda_requests
            + self.lambda_duration
            + self.dynamodb
            + self.kms
            + self.logs
    }
}
