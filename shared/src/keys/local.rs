//! A key holder for laptops: private keys in files that only their owner may read, or in memory.

use super::{KeyAnswer, KeyError, KeyHolder, KeyMaker, local_pair::Pair};
use crate::{
    domain::TenantId,
    entropy::Entropy,
    jose::{PublicJwk, SigningAlg},
};
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::{
    collections::HashMap,
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

const WRAPPING_KEY: &str = "wrapping.key";

/// Keys in a directory (`{kid}.pk8`, PKCS #8, and `wrapping.key`, 32 bytes), or in memory alone.
pub struct LocalKeys {
    directory: Option<PathBuf>,
    entropy: Arc<dyn Entropy>,
    wrapping_key: [u8; 32],
    /// Keys that were parsed before: parsing checks each prime, which takes longer than signing.
    signing_keys: Mutex<HashMap<String, Arc<Pair>>>,
}

/// Why a directory can't hold keys.
#[derive(Debug, thiserror::Error)]
pub enum LocalKeysError {
    /// It can't be read or written.
    #[error("cannot use {path}: {source}")]
    Unusable {
        /// What can't be used.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not what it was.
    #[error("{0} does not hold a wrapping key of 32 bytes")]
    Corrupt(PathBuf),
}

impl LocalKeys {
    /// Keys in `directory`, which is made if it is not there; or in memory, without one.
    ///
    /// # Errors
    ///
    /// [`LocalKeysError`], naming the file.
    pub fn open(
        directory: Option<&Path>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, LocalKeysError> {
        let new_key = || entropy.bytes();
        let wrapping_key = match directory {
            None => new_key(),
            Some(directory) => wrapping_key_in(directory, new_key)?,
        };
        let directory = directory.map(Path::to_owned);
        Ok(Self { directory, entropy, wrapping_key, signing_keys: Mutex::default() })
    }

    fn generate(&self, alg: SigningAlg) -> Result<String, KeyError> {
        let pair = Pair::generate(alg)?;
        let reference = pair.jwk()?.kid().to_owned();
        if let Some(directory) = &self.directory {
            write_private(&directory.join(file_name(&reference)), &pair.to_pkcs8()?)
                .map_err(|why| KeyError::because("keeping a signing key", why))?;
        }
        self.remember(&reference, Arc::new(pair));
        Ok(reference)
    }

    fn pair(&self, reference: &str) -> Result<Arc<Pair>, KeyError> {
        let known = self.signing_keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = known.get(reference) {
            return Ok(pair.clone());
        }
        drop(known);
        let is_kid =
            reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let directory = self.directory.as_ref().filter(|_| is_kid);
        let directory = directory.ok_or_else(|| KeyError::new("finding a signing key"))?;
        let because = |why: String| KeyError::because("reading a signing key", why);
        let der = fs::read(directory.join(file_name(reference)))
            .map_err(|why| because(why.to_string()))?;
        let pair = Arc::new(Pair::from_pkcs8(&der)?);
        self.remember(reference, pair.clone());
        Ok(pair)
    }

    fn disable(&self, reference: &str) -> Result<(), KeyError> {
        // Finding it first proves that it is the name of a key and of no other file.
        self.pair(reference)?;
        self.signing_keys.lock().unwrap_or_else(PoisonError::into_inner).remove(reference);
        let Some(directory) = &self.directory else { return Ok(()) };
        let file = directory.join(file_name(reference));
        fs::rename(&file, file.with_extension("disabled"))
            .map_err(|why| KeyError::because("disabling a signing key", why))
    }

    fn remember(&self, reference: &str, pair: Arc<Pair>) {
        let mut known = self.signing_keys.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(reference.to_owned(), pair);
    }

    fn wrapping_aead(&self) -> Result<LessSafeKey, KeyError> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, &self.wrapping_key);
        key.map(LessSafeKey::new).map_err(|_| KeyError::new("using the wrapping key"))
    }

    fn wrap_new(&self, tenant: &TenantId) -> Result<Vec<u8>, KeyError> {
        let nonce: [u8; NONCE_LEN] = self.entropy.bytes();
        let mut sealed = self.entropy.bytes::<32>().to_vec();
        self.wrapping_aead()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(tenant.as_str()),
                &mut sealed,
            )
            .map_err(|_| KeyError::new("wrapping a sealing key"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn unwrap(&self, tenant: &TenantId, wrapped: &[u8]) -> Result<[u8; 32], KeyError> {
        let failed = || KeyError::new("unwrapping a sealing key");
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_LEN>().ok_or_else(failed)?;
        let mut sealed = sealed.to_vec();
        let opened = self
            .wrapping_aead()?
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(tenant.as_str()),
                &mut sealed,
            )
            .map_err(|_| failed())?;
        <[u8; 32]>::try_from(&*opened).map_err(|_| failed())
    }
}

impl KeyHolder for LocalKeys {
    fn sign<'a>(
        &'a self,
        alg: SigningAlg,
        reference: &'a str,
        message: &'a [u8],
    ) -> KeyAnswer<'a, Vec<u8>> {
        Box::pin(async move { self.pair(reference)?.signature(alg, message) })
    }

    fn unwrap_sealing_key<'a>(
        &'a self,
        tenant: &'a TenantId,
        wrapped: &'a [u8],
    ) -> KeyAnswer<'a, [u8; 32]> {
        Box::pin(async { self.unwrap(tenant, wrapped) })
    }
}

impl KeyMaker for LocalKeys {
    fn create_signing_key(&self, alg: SigningAlg) -> KeyAnswer<'_, String> {
        Box::pin(async move { self.generate(alg) })
    }

    fn public_key<'a>(&'a self, _: SigningAlg, reference: &'a str) -> KeyAnswer<'a, PublicJwk> {
        Box::pin(async { self.pair(reference)?.jwk() })
    }

    /// Forgets the key. Its file stays, under a name by which it is not found.
    fn disable_signing_key<'a>(&'a self, reference: &'a str) -> KeyAnswer<'a, ()> {
        Box::pin(async { self.disable(reference) })
    }

    fn create_sealing_key<'a>(&'a self, tenant: &'a TenantId) -> KeyAnswer<'a, Vec<u8>> {
        Box::pin(async { self.wrap_new(tenant) })
    }
}

fn file_name(reference: &str) -> String {
    format!("{reference}.pk8")
}

fn wrapping_key_in(
    directory: &Path,
    new_key: impl FnOnce() -> [u8; 32],
) -> Result<[u8; 32], LocalKeysError> {
    let path = directory.join(WRAPPING_KEY);
    let unusable = |source| LocalKeysError::Unusable { path: path.clone(), source };
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| LocalKeysError::Corrupt(path.clone())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(directory).map_err(unusable)?;
            let key = new_key();
            write_private(&path, &key).map_err(unusable)?;
            Ok(key)
        }
        Err(error) => Err(unusable(error)),
    }
}

/// Writes a file that only its owner may read, whole or not at all.
///
/// # Errors
///
/// When the file can't be written.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(unfinished, path)
}
