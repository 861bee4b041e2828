//! The rules of ARCHITECTURE.md, kept from the sources and the template.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules of each ring, the innermost first.
const RINGS: [&[&str]; 3] = [
    &["oauth", "oidc", "jose"],
    &["domain"],
    &[
        "storage",
        "keys",
        "tokens",
        "http",
        "client_authentication",
        "interaction",
        "management",
        "fetching",
        "pages",
        "possession",
    ],
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All Rust sources below `folder`, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

fn is_test(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name == "tests.rs" || name.ends_with("_tests.rs") || path.starts_with(root().join("tests"))
}

fn ring(module: &str) -> Option<usize> {
    RINGS.iter().position(|modules| modules.contains(&module))
}

#[test]
fn imports_point_to_their_own_ring_or_further_in() {
    for (path, text) in sources("shared/src") {
        let relative = path.strip_prefix(root().join("shared/src")).unwrap();
        let module = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let Some(own) = ring(module.trim_end_matches(".rs")) else { continue };
        let flat = text.replace(['\n', ' '], "");
        for (other, modules) in RINGS.iter().enumerate().filter(|(other, _)| *other > own) {
            for outer in *modules {
                let direct = flat.contains(&format!("crate::{outer}"));
                let grouped = flat.split("usecrate::{").skip(1).any(|rest| {
                    let group = rest.split(';').next().unwrap();
                    group.split([',', '{']).any(|part| part.split(':').next() == Some(outer))
                });
                assert!(
                    !direct && !grouped,
                    "{relative:?} of ring {own} imports {outer} of ring {other}"
                );
            }
        }
    }
}

#[test]
fn the_inner_rings_know_no_http_no_table_and_no_runtime() {
    for (path, text) in sources("shared/src") {
        let relative = path.strip_prefix(root().join("shared/src")).unwrap().to_owned();
        let module = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        if ring(module).is_some_and(|ring| ring < 2) {
            for outside in
                ["lambda_http", "aws_sdk_dynamodb", "tokio", "tracing", "std::fs", "std::env"]
            {
                assert!(!text.contains(&format!("use {outside}")), "{relative:?} uses {outside}");
            }
        }
    }
}

#[test]
fn keys_of_the_table_are_written_once() {
    let kinds = [
        "TENANT#",
        "KEYS#",
        "CLIENT#",
        "INITIAL_ACCESS_TOKEN#",
        "API#",
        "CLIENT_GRANT#",
        "USER#",
        "LOGIN#",
        "SESSION#",
        "GRANT#",
        "CODE#",
        "ASSERTION#",
        "REFRESH#",
        "RATE#",
        "FETCHED#",
    ];
    for folder in ["shared/src", "functions", "infra"] {
        for (path, text) in sources(folder) {
            if is_test(&path) || path.ends_with("storage/keys.rs") {
                continue;
            }
            for kind in kinds {
                assert!(!text.contains(kind), "{} holds {kind}", path.display());
            }
        }
    }
}

#[test]
fn files_functions_and_argument_lists_stay_small() {
    for folder in ["shared/src", "functions", "infra"] {
        for (path, text) in sources(folder) {
            if is_test(&path) {
                continue;
            }
            let lines: Vec<_> = text.lines().collect();
            assert!(lines.len() <= 300, "{} has {} lines", path.display(), lines.len());
            for (start, line) in lines.iter().enumerate() {
                let code = line.trim_start();
                let is_function = [
                    "fn ",
                    "pub fn ",
                    "pub(crate) fn ",
                    "pub(super) fn ",
                    "async fn ",
                    "pub async fn ",
                    "pub(crate) async fn ",
                    "pub(super) async fn ",
                ]
                .iter()
                .any(|head| code.starts_with(head));
                if !is_function || line.ends_with(';') {
                    continue;
                }
                let indent = line.len() - code.len();
                let end = format!("{}}}", " ".repeat(indent));
                let length = lines[start..]
                    .iter()
                    .position(|line| *line == end)
                    .map_or(1, |length| length + 1);
                let body = lines[start..]
                    .iter()
                    .take(length)
                    .position(|line| line.ends_with('{'))
                    .unwrap_or(0);
                assert!(
                    length - body <= 42,
                    "{}: {code} has {} lines",
                    path.display(),
                    length - body
                );
            }
        }
    }
}

#[test]
fn every_module_opens_with_what_it_owns() {
    for folder in ["shared/src", "functions", "infra"] {
        for (path, text) in sources(folder) {
            if !is_test(&path) {
                assert!(text.starts_with("//! "), "{} opens without a word", path.display());
            }
        }
    }
}

#[test]
fn every_function_has_the_same_form_and_is_in_the_template() {
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    let readable = local::template::routes(&template).unwrap();
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for entry in fs::read_dir(root().join("functions")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let main = fs::read_to_string(entry.path().join("src/main.rs")).unwrap();
        assert_eq!(main.lines().count(), 6, "{name}/src/main.rs");
        let (crate_name, binary) = (name.replace('-', "_"), format!("cardea-{name}"));
        assert!(template.contains(&format!("Binary: {binary} ")), "{name} is not deployed");
        // The one that is no endpoint: CloudFormation and operators call it.
        if name == "bootstrap" {
            assert!(main.contains("bootstrap::run()"));
            continue;
        }
        // The other, which is no endpoint either: other functions call it.
        if name == "fetch" {
            assert!(main.contains("fetch::run()"));
            continue;
        }
        let has = |run: &str| {
            main.contains(&format!(
                "shared::runtime::{run}(env!(\"CARGO_BIN_NAME\"), {crate_name}::handle)"
            ))
        };
        assert!(has("run") || has("run_with_fetcher"), "{name}");
        for route in readable.iter().filter(|route| route.function == binary) {
            assert!(
                architecture.contains(&format!("`{}`", route.path)),
                "ARCHITECTURE.md does not tell of {}",
                route.path
            );
        }
        assert!(readable.iter().any(|route| route.function == binary), "{name} has no route");
    }
}

#[test]
fn cargo_lambda_watch_has_the_routes_of_the_template() {
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = manifest.split("[workspace.metadata.lambda.watch.router]\n").nth(1).unwrap();
    let mut written: Vec<_> = table.lines().take_while(|line| !line.is_empty()).collect();
    let routes = local::template::routes(&template).unwrap();
    let mut deployed: Vec<_> =
        routes.iter().map(|route| format!(r#""{}" = "{}""#, route.path, route.function)).collect();
    written.sort_unstable();
    deployed.sort_unstable();
    assert_eq!(written, deployed);
}

#[test]
fn every_test_that_the_table_of_requirements_names_exists() {
    let table = fs::read_to_string(root().join("tests/conformance.md")).unwrap();
    let sources: Vec<_> = ["tests", "shared/src"].into_iter().flat_map(sources).collect();
    let rows: Vec<_> =
        table.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() > 30);
    for row in rows {
        let test = row.rsplit('`').nth(1).unwrap();
        let name = test.rsplit("::").next().unwrap();
        let is_there = sources.iter().any(|(_, text)| text.contains(&format!("fn {name}(")));
        assert!(is_there, "{test}");
    }
}
