//! `cargo bench -p cardea-tests --bench functions`: what the deployed functions come to, from their release
//! builds, each in a process of its own under a Lambda Runtime API, with DynamoDB and KMS over TLS.
//!
//! Names after `--` choose functions: `cargo bench -p cardea-tests --bench functions -- token`.
//!
//! Sizes; processor time of a cold start and of a warm request; memory; what each operation asks of AWS, and
//! its price. The budgets are printed beside.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark may fail loudly, and has to print"
)]
#![expect(dead_code, unused_imports, reason = "of the tests' harness it needs only a part")]

mod authority;
mod cloud;
mod functions;
#[path = "../harness/mod.rs"]
mod harness;
mod operations;
mod prices;
mod process;
mod samples;
mod service;

use cloud::{Cloud, DYNAMODB_LATENCY, KMS_LATENCY, Request, Spent};
use functions::Function;
use harness::Provider;
use operations::Operation;
use prices::{Prices, Usage};
use samples::Samples;
use std::{env, time::Duration};

/// Cold starts of each function.
const COLD_STARTS: usize = 20;

/// Requests before a function counts as warm.
const WARMING: usize = 2;

/// The memory at which Lambda gives one processor, in MB.
const MEMORY_OF_A_PROCESSOR: u32 = 1769;

const BINARY_BUDGET: f64 = 5.5e6;
const ZIP_BUDGET: f64 = 2.6e6;
const MEMORY_BUDGET: f64 = 12e6;
const COLD_BUDGET: Duration = Duration::from_millis(12);
const WARM_BUDGET: Duration = Duration::from_millis(1);

/// What an operation takes of a warm function.
struct Warm {
    operation: Operation,
    memory: u32,
    request: Request,
    logged: usize,
}

#[tokio::main]
async fn main() {
    let chosen: Vec<_> =
        env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let functions = functions::all(&chosen);
    sizes(&functions);
    let provider = Provider::open_to_all().await;
    let cloud = Cloud::of(&provider).await;
    let samples = Samples::new(&provider).await;
    cold_starts(&functions, &cloud, &samples).await;
    let mut operations = Vec::new();
    println!("\n{:<27} {:>11}", "peak memory, warm", "(< 12 MB)");
    for function in &functions {
        operations.extend(warm(function, &cloud, &samples).await);
    }
    requests(&operations);
    prices(&operations);
}

fn sizes(functions: &[Function]) {
    println!("{:<27} {:>17} {:>14}", "release build", "binary (< 5.5 MB)", "zip (< 2.6 MB)");
    for function in functions {
        let (binary, zip) = function.sizes();
        let [binary, zip] = [(binary, BINARY_BUDGET), (zip, ZIP_BUDGET)].map(megabytes);
        let stale = if function.is_stale() { ", OLDER THAN ITS SOURCES" } else { "" };
        println!(
            "{:<27} {binary:>17} {zip:>14}  {}{stale}",
            function.name,
            function.path.display()
        );
    }
}

async fn cold_starts(functions: &[Function], cloud: &Cloud, samples: &Samples<'_>) {
    println!(
        "\ncold start, medians of {COLD_STARTS}; over TLS, DynamoDB answers in {DYNAMODB_LATENCY:?}, KMS in {KMS_LATENCY:?}"
    );
    println!(
        "{:<27} {:>9} {:>9} {:>15} {:>9} {:>9}",
        "", "CPU: init", "request", "both (< 12 ms)", "wall: init", "request"
    );
    for function in functions {
        let first = Operation::of(&function.name)[0];
        let (mut inits, mut requests) = (Vec::new(), Vec::new());
        for event in samples.events(first, 1 + COLD_STARTS).await {
            let (mut running, init) = cloud.start(function).await;
            inits.push(init);
            requests.push(running.answer(event).await.spent);
        }
        // The first reads the binary from the disk, and makes the tenant that the others find.
        let (inits, requests) = (&inits[1..], &requests[1..]);
        let both = inits.iter().zip(requests).map(|(init, request)| init.cpu + request.cpu);
        let both = within(median(both.collect()), COLD_BUDGET);
        let (init, request) = (Spent::median(inits), Spent::median(requests));
        println!(
            "{:<27} {:>9} {:>9} {both:>15} {:>10} {:>9}  {}",
            function.name,
            milliseconds(init.cpu),
            milliseconds(request.cpu),
            milliseconds(init.wall),
            milliseconds(request.wall),
            first.name(),
        );
    }
}

/// Measures what `function` does, and prints its memory.
async fn warm(function: &Function, cloud: &Cloud, samples: &Samples<'_>) -> Vec<Warm> {
    let (mut running, _) = cloud.start(function).await;
    let mut measured = Vec::new();
    for &operation in Operation::of(&function.name) {
        let rounds = operation.rounds();
        let mut events = samples.events(operation, WARMING + rounds).await;
        let rest = events.split_off(WARMING);
        for event in events {
            running.answer(event).await;
        }
        let (mut requests, logged) = (Vec::new(), running.logged());
        for event in rest {
            requests.push(running.answer(event).await);
        }
        let logged = (running.logged() - logged) / rounds;
        let request = Request::typical(&requests);
        measured.push(Warm { operation, memory: function.memory, request, logged });
    }
    let memory = megabytes((running.peak_memory(), MEMORY_BUDGET));
    println!("{:<27} {memory:>11}", function.name);
    measured
}

fn requests(operations: &[Warm]) {
    println!("\nwarm request, medians of 100");
    println!(
        "{:<29} {:>12} {:>9} | {:>5} {:>5} {:>5} {:>6} | {:>9} {:>5}",
        "", "CPU (< 1 ms)", "wall", "calls", "steps", "reads", "writes", "KMS calls", "steps"
    );
    for Warm { operation, request: Request { spent, dynamodb, kms }, .. } in operations {
        let cpu = if operation.hashes() {
            milliseconds(spent.cpu)
        } else {
            within(spent.cpu, WARM_BUDGET)
        };
        println!(
            "{:<29} {cpu:>12} {:>9} | {:>5} {:>5} {:>5} {:>6} | {:>9} {:>5}",
            operation.name(),
            milliseconds(spent.wall),
            dynamodb.calls,
            dynamodb.steps,
            dynamodb.reads,
            dynamodb.writes,
            kms.calls,
            kms.steps,
        );
    }
}

fn prices(operations: &[Warm]) {
    let prices = Prices::read();
    println!(
        "\nprice of a million, in dollars of {}, without free tiers (tests/prices.json)",
        prices.describe()
    );
    println!(
        "{:<29} {:>6} {:>6} | {:>7} {:>8} {:>8} {:>8} {:>6} {:>6} | {:>6}",
        "", "MB", "billed", "gateway", "requests", "duration", "DynamoDB", "KMS", "logs", "sum"
    );
    for warm in operations.iter().filter(|warm| warm.operation.has_a_route()) {
        let usage = warm.usage();
        let price = prices.of_a_million(&usage);
        println!(
            "{:<29} {:>6} {:>6?} | {:>7.2} {:>8.2} {:>8.2} {:>8.2} {:>6.2} {:>6.2} | {:>6.2}",
            warm.operation.name(),
            usage.memory,
            usage.duration,
            price.gateway,
            price.lambda_requests,
            price.lambda_duration,
            price.dynamodb,
            price.kms,
            price.logs,
            price.total(),
        );
    }
    println!(
        "billed: what was waited for, and the measured CPU at the memory's share of a processor. Not in it: cold \
         starts, data out, the access log, metrics, alarms, storage, and each key's dollar a month."
    );
}

impl Warm {
    fn usage(&self) -> Usage {
        let Request { spent, dynamodb, kms } = self.request;
        let waited = spent.wall.saturating_sub(spent.cpu);
        let share = f64::from(self.memory) / f64::from(MEMORY_OF_A_PROCESSOR);
        let duration = waited.as_secs_f64() + spent.cpu.as_secs_f64() / share.min(1.0);
        let duration = Duration::from_secs_f64((duration * 1e3).ceil() / 1e3);
        let logged = f64::from(u32::try_from(self.logged).unwrap());
        Usage { memory: self.memory, duration, dynamodb, kms, logged }
    }
}

impl Spent {
    fn median(all: &[Self]) -> Self {
        Self {
            cpu: median(all.iter().map(|spent| spent.cpu).collect()),
            wall: median(all.iter().map(|spent| spent.wall).collect()),
        }
    }
}

impl Request {
    fn typical(all: &[Self]) -> Self {
        let spent: Vec<_> = all.iter().map(|request| request.spent).collect();
        Self {
            spent: Spent::median(&spent),
            dynamodb: median(all.iter().map(|request| request.dynamodb).collect()),
            kms: median(all.iter().map(|request| request.kms).collect()),
        }
    }
}

fn median<T: Copy + PartialOrd>(mut all: Vec<T>) -> T {
    all.sort_by(|one, other| one.partial_cmp(other).unwrap());
    all[all.len() / 2]
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

fn verdict(is_within: bool) -> &'static str {
    if is_within { "pass" } else { "OVER" }
}

fn within(duration: Duration, budget: Duration) -> String {
    format!("{} {}", milliseconds(duration), verdict(duration < budget))
}

fn megabytes((bytes, budget): (u64, f64)) -> String {
    let bytes = f64::from(u32::try_from(bytes).unwrap());
    format!("{:.2} {}", bytes / 1e6, verdict(bytes < budget))
}
