use super::{CredentialsLocation, DataError, Options, Provider, StartError, Surroundings};
use clap::Parser;
use shared::App;
use std::{fs, path::Path};

/// An app with nothing in it.
pub(crate) async fn app() -> App {
    super::Parts::open(None, Surroundings::default()).await.unwrap().app()
}

fn options(arguments: &[&str]) -> Options {
    Options::try_parse_from([&["cardea"], arguments].concat()).unwrap()
}

async fn open_in(directory: &Path) -> Result<Provider, StartError> {
    let options = options(&[
        "--port",
        "0",
        "--issuer",
        "https://id.example/",
        "--data-dir",
        directory.to_str().unwrap(),
    ]);
    Provider::open(&options, Surroundings::default()).await
}

#[test]
fn the_defaults_are_those_that_the_readme_tells() {
    let defaults = options(&[]);
    assert_eq!((defaults.port, defaults.data_dir.as_path()), (8080, Path::new(".cardea/")));
    assert!(!defaults.ephemeral && defaults.issuer.is_none());
}

#[test]
fn an_issuer_without_tls_is_refused_off_this_machine() {
    for (issuer, is_accepted) in [
        ("https://id.example", true),
        ("https://id.example/", true),
        ("http://127.0.0.1:9000/", true),
        ("http://id.example/", false),
        ("https://id.example/path/", false),
        ("https://id.example/?q", false),
        ("https://ID.example/", false),
        ("https://:password@id.example/", false),
        ("https://localhost/", false),
        ("id.example", false),
    ] {
        let parsed = Options::try_parse_from(["cardea", "--issuer", issuer]);
        assert_eq!(parsed.is_ok(), is_accepted, "{issuer}");
    }
}

#[tokio::test]
async fn the_first_start_writes_credentials_that_only_their_owner_can_read() {
    let directory = tempfile::tempdir().unwrap();
    let provider = open_in(directory.path()).await.unwrap();
    let CredentialsLocation::File(path) = provider.credentials() else { panic!("no file") };
    let json: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(json["issuer"], "https://id.example/");
    assert_eq!(json["management"]["audience"], "https://id.example/api/v2/");
    assert_eq!(json["management"]["client_secret"].as_str().unwrap().len(), 64);
    assert_eq!(json["user"]["email"], "janus@example.com");
    #[cfg(unix)]
    for private in ["credentials.json", "keys/wrapping.key"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(directory.path().join(private)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{private}");
    }
}

#[tokio::test]
async fn a_second_process_on_the_same_directory_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let _first = open_in(directory.path()).await.unwrap();
    let error = open_in(directory.path()).await.err().unwrap();
    assert!(matches!(error, StartError::Data(DataError::InUse(_))), "{error}");
}

#[tokio::test]
async fn a_directory_of_another_issuer_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    open_in(directory.path()).await.unwrap().serve(async {}).await.unwrap();
    let options = options(&["--port", "0", "--data-dir", directory.path().to_str().unwrap()]);
    let error = Provider::open(&options, Surroundings::default()).await.err().unwrap();
    assert!(error.to_string().contains("belongs to the issuer https://id.example/"), "{error}");
}

#[tokio::test]
async fn what_is_corrupt_is_named() {
    for (file, content) in [
        ("cardea.sqlite", Some(&b"this is no database, though it is long enough to be one"[..])),
        ("keys/wrapping.key", Some(&[0; 32][..])),
        ("keys/wrapping.key", Some(&[0; 31][..])),
        ("keys", None),
        ("issuer", Some(&b""[..])),
    ] {
        let directory = tempfile::tempdir().unwrap();
        open_in(directory.path()).await.unwrap().serve(async {}).await.unwrap();
        let path = directory.path().join(file);
        match content {
            Some(content) => fs::write(path, content).unwrap(),
            None => fs::remove_dir_all(path).unwrap(),
        }
        let error = open_in(directory.path()).await.err().map(|error| error.to_string());
        let error = error.unwrap_or_else(|| panic!("{file} was not missed"));
        assert!(error.contains("corrupt") || error.contains("belongs to"), "{file}: {error}");
        assert!(error.contains("--data-dir"), "{file}: {error}");
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_not_taken_for_a_first_start() {
    let directory = tempfile::tempdir().unwrap();
    open_in(directory.path()).await.unwrap().serve(async {}).await.unwrap();
    let credentials = fs::read(directory.path().join("credentials.json")).unwrap();
    for entry in fs::read_dir(directory.path()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_str().unwrap().starts_with("cardea.sqlite") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let error = open_in(directory.path()).await.err().unwrap().to_string();
    assert!(error.contains("the database is empty"), "{error}");
    assert_eq!(fs::read(directory.path().join("credentials.json")).unwrap(), credentials);
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let options = options(&["--ephemeral", "--port", &port.to_string()]);
    let error = Provider::open(&options, Surroundings::default()).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        format!("port {port} is in use. Stop what listens there, or choose another with --port")
    );
}

#[tokio::test]
async fn an_ephemeral_provider_keeps_its_credentials_nowhere() {
    let options = options(&["--ephemeral", "--port", "0"]);
    let provider = Provider::open(&options, Surroundings::default()).await.unwrap();
    assert!(matches!(provider.credentials(), CredentialsLocation::Here(_)));
}
