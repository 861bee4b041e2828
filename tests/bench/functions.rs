//! The functions of the template, and where their release builds are.

use flate2::{Compression, write::DeflateEncoder};
use serde_yaml_ng::Value;
use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// A zip's headers around the one file in it, `bootstrap`.
const ZIP_HEADERS: u64 = 116;

const HOW_TO_BUILD: &str = "`sam build`, `cargo lambda build --release` or `cargo build --release --workspace --bins` makes it; CARDEA_BOOTSTRAPS names a folder to take it from instead";

/// A function.
pub(crate) struct Function {
    /// Its binary's name.
    pub(crate) name: String,
    /// Where the newest release build of it is.
    pub(crate) path: PathBuf,
    /// Its memory, in MB.
    pub(crate) memory: u32,
    /// Whether it may unwrap sealing keys, which is to say, has them.
    pub(crate) has_sealing_key: bool,
}

/// Those of the template: all, or those whose names hold one of `chosen`.
pub(crate) fn all(chosen: &[String]) -> Vec<Function> {
    let template: Value = serde_yaml_ng::from_str(include_str!("../../template.yaml")).unwrap();
    let default = &template["Parameters"]["MemorySize"]["Default"];
    let resources = template["Resources"].as_mapping().unwrap();
    let functions = resources
        .iter()
        .filter(|(_, resource)| resource["Type"].as_str() == Some("AWS::Serverless::Function"));
    functions
        .map(|(id, resource)| {
            (id, resource, resource["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap())
        })
        .filter(|(.., name)| chosen.is_empty() || chosen.iter().any(|part| name.contains(part)))
        .map(|(id, resource, name)| {
            let properties = &resource["Properties"];
            let memory = properties["MemorySize"].as_u64().or(default.as_u64()).unwrap();
            let variables = &properties["Environment"]["Variables"];
            Function {
                name: name.to_owned(),
                path: newest(id.as_str().unwrap(), name),
                memory: memory.try_into().unwrap(),
                has_sealing_key: !variables["CARDEA_SEALING_KEY"].is_null(),
            }
        })
        .collect()
}

impl Function {
    /// The sizes of its binary and of the zip of it, in bytes.
    pub(crate) fn sizes(&self) -> (u64, u64) {
        let binary = fs::read(&self.path).unwrap();
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
        deflated.write_all(&binary).unwrap();
        let deflated = deflated.finish().unwrap();
        let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap();
        (length(&binary), length(&deflated) + ZIP_HEADERS)
    }

    /// Whether a source is newer than its build.
    pub(crate) fn is_stale(&self) -> bool {
        let own = self.name.trim_start_matches("cardea-");
        let sources = ["Cargo.toml", "Cargo.lock", "shared", &format!("functions/{own}")];
        let newest = sources.iter().map(|path| newest_below(&root().join(path))).max();
        newest.unwrap() > modified(&self.path)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The newest build of the function `id`, whose binary is called `name`.
fn newest(id: &str, name: &str) -> PathBuf {
    let root = root();
    let places = match env::var_os("CARDEA_BOOTSTRAPS").map(PathBuf::from) {
        Some(folder) => vec![
            folder.join(id).join("bootstrap"),
            folder.join(name).join("bootstrap"),
            folder.join(name),
        ],
        None => vec![
            root.join(".aws-sam/build").join(id).join("bootstrap"),
            root.join("target/lambda").join(name).join("bootstrap"),
            root.join("target/release").join(name),
        ],
    };
    let there = places.into_iter().filter(|path| path.is_file());
    let newest = there.max_by_key(|path| modified(path));
    newest.unwrap_or_else(|| panic!("there is no release build of {name}: {HOW_TO_BUILD}"))
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

fn newest_below(path: &Path) -> SystemTime {
    if !path.is_dir() {
        return modified(path);
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| newest_below(&entry.unwrap().path()));
    entries.max().unwrap_or(SystemTime::UNIX_EPOCH)
}
