//! Where everything is kept: a directory that one process at a time may use, or nowhere.

use shared::{domain::Issuer, keys::LocalKeysError};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Why a directory can't be used. Each message says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It can't be made, read or written.
    #[error("cannot use the data directory {path}: {source}. Choose another with --data-dir")]
    Unusable {
        /// The directory or a file in it.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process uses it.
    #[error(
        "another process is using the data directory {0}. Stop it, or choose another with --data-dir"
    )]
    InUse(PathBuf),
    /// What is in it is not what was put there.
    #[error(
        "the data directory {path} is corrupt: {why}. Restore it, or choose another with --data-dir"
    )]
    Corrupt {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It was made for another issuer, and an issuer cannot move.
    #[error(
        "the data directory {path} belongs to the issuer {found}, not {asked}. Start with the same --port \
         and --issuer as the first time, or choose another directory with --data-dir"
    )]
    OtherIssuer {
        /// The directory.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Who was asked for.
        asked: Issuer,
    },
}

/// The files of a data directory, locked for as long as this value lives.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory if it is not there, readable by its owner alone, and locks it.
    ///
    /// # Errors
    ///
    /// [`DataError::Unusable`] or [`DataError::InUse`].
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let unusable = |source| DataError::Unusable { path: path.to_owned(), source };
        create_private(path).map_err(unusable)?;
        let lock = path.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(lock)
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {
                let directory = Self { path: path.to_owned(), _lock: lock };
                create_private_file(&directory.database()).map_err(unusable)?;
                Ok(directory)
            }
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("cardea.sqlite")
    }

    /// The private keys.
    pub(crate) fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }

    /// The first credentials.
    pub(crate) fn credentials(&self) -> PathBuf {
        self.path.join("credentials.json")
    }

    /// The error that something in it is not what was put there.
    pub(crate) fn corrupt(&self, why: &impl ToString) -> DataError {
        DataError::Corrupt { path: self.path.clone(), why: why.to_string() }
    }

    /// The error for keys that can't be opened.
    pub(crate) fn bad_keys(&self, error: LocalKeysError) -> DataError {
        match error {
            LocalKeysError::Unusable { path, source } => DataError::Unusable { path, source },
            LocalKeysError::Corrupt(_) => self.corrupt(&error),
        }
    }

    /// Checks that the directory is `issuer`'s, or makes it so if it is nobody's yet.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherIssuer`], or when the file can't be used.
    pub(crate) fn claim(&self, issuer: &Issuer) -> Result<(), DataError> {
        let path = self.path.join("issuer");
        match fs::read_to_string(&path) {
            Ok(found) if found == issuer.as_str() => Ok(()),
            Ok(found) => Err(DataError::OtherIssuer {
                path: self.path.clone(),
                found: found.chars().filter(|c| !c.is_control()).take(255).collect(),
                asked: issuer.clone(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let written = shared::keys::write_private(&path, issuer.as_str().as_bytes());
                written.map_err(|source| DataError::Unusable { path, source })
            }
            Err(source) => Err(DataError::Unusable { path, source }),
        }
    }
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// An empty file is an empty database, and the files that `SQLite` puts beside it get its permissions.
fn create_private_file(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
