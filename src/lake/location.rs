//! From a URL to an open lake: the only place where stores are made.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::error::LakeError;
use super::folder::FolderStore;
use super::format;

/// Where a lake is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder on this machine.
    Folder(PathBuf),
}

impl FromStr for Location {
    type Err = LakeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("file://") {
            return Ok(Self::Folder(path.into()));
        }
        if text.is_empty() || text.contains("://") {
            return Err(LakeError::Location(text.to_owned()));
        }
        Ok(Self::Folder(text.into()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

/// An open lake: a store, and how people write its address.
#[derive(Debug, Clone)]
pub struct Lake {
    store: Arc<dyn ObjectStore>,
    name: String,
    /// Absolute folder of a lake on this machine.
    folder: Option<PathBuf>,
}

impl Lake {
    /// Opens a lake that exists.
    pub async fn open(location: &Location) -> Result<Self, LakeError> {
        let Location::Folder(path) = location;
        if path.is_file() {
            return Err(LakeError::NotAFolder(location.to_string()));
        }
        if !path.is_dir() {
            return Err(LakeError::Missing(location.to_string()));
        }
        Self::folder(location, path).await
    }

    /// Opens a lake, making its folder if there is none.
    pub async fn create(location: &Location) -> Result<Self, LakeError> {
        let Location::Folder(path) = location;
        if path.is_file() {
            return Err(LakeError::NotAFolder(location.to_string()));
        }
        std::fs::create_dir_all(path).map_err(io_error("make folder", path))?;
        Self::folder(location, path).await
    }

    /// Opens a lake to look at it before it is made: one that doesn't exist is empty, and nothing is written.
    pub async fn peek(location: &Location) -> Result<Self, LakeError> {
        match Self::open(location).await {
            Err(LakeError::Missing(name)) => Ok(Self::with_store(Arc::new(InMemory::new()), &name)),
            opened => opened,
        }
    }

    async fn folder(location: &Location, path: &std::path::Path) -> Result<Self, LakeError> {
        let folder = path.canonicalize().map_err(io_error("open", path))?;
        let store =
            FolderStore::new(folder.clone()).map_err(LakeError::store("open", &Path::default()))?;
        let lake = Self {
            store: Arc::new(store),
            name: location.to_string(),
            folder: Some(folder),
        };
        format::check(&lake).await?;
        Ok(lake)
    }

    /// A lake in a store of the caller's: memory in tests, or a wrapper around another lake's store.
    #[must_use]
    pub fn with_store(store: Arc<dyn ObjectStore>, name: &str) -> Self {
        Self {
            store,
            name: name.to_owned(),
            folder: None,
        }
    }

    /// The same lake with its store wrapped.
    #[must_use]
    pub fn wrap(self, wrapper: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        Self {
            store: wrapper(self.store),
            ..self
        }
    }

    /// The store itself.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The lake as its user wrote it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address of `key` for other programs: an absolute path, no trailing `/`.
    #[must_use]
    pub fn uri(&self, key: &Path) -> String {
        match &self.folder {
            Some(folder) => folder.join(key.as_ref()).display().to_string(),
            None => format!("{}/{key}", self.name),
        }
    }

    /// The object at `key`.
    pub async fn read(&self, key: &Path) -> Result<Bytes, LakeError> {
        let object = self
            .store
            .get(key)
            .await
            .map_err(LakeError::store("read", key))?;
        object.bytes().await.map_err(LakeError::store("read", key))
    }

    /// The object at `key`, or `None` where there is none.
    pub async fn read_if_exists(&self, key: &Path) -> Result<Option<Bytes>, LakeError> {
        match self.read(key).await {
            Err(error) if error.is_not_found() => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    /// Creates the object at `key`; `false` when somebody else already has.
    pub async fn create_object(&self, key: &Path, content: Bytes) -> Result<bool, LakeError> {
        let options = PutOptions::from(PutMode::Create);
        match self.store.put_opts(key, content.into(), options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(LakeError::store("write", key)(error)),
        }
    }

    /// All objects below `prefix`, in key order.
    pub async fn list(&self, prefix: &Path) -> Result<Vec<ObjectMeta>, LakeError> {
        let mut objects: Vec<ObjectMeta> = self
            .store
            .list(Some(prefix))
            .try_collect()
            .await
            .map_err(LakeError::store("list", prefix))?;
        objects.sort_by(|a, b| a.location.cmp(&b.location));
        Ok(objects)
    }

    /// Names of the folders directly below `prefix`, in order.
    pub async fn folders(&self, prefix: &Path) -> Result<Vec<String>, LakeError> {
        let listing = self
            .store
            .list_with_delimiter(Some(prefix))
            .await
            .map_err(LakeError::store("list", prefix))?;
        let mut names: Vec<String> = listing
            .common_prefixes
            .iter()
            .filter_map(|path| path.filename().map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }

    /// Removes objects; those that are gone already are no error.
    pub async fn delete(&self, keys: Vec<Path>) -> Result<(), LakeError> {
        for key in keys {
            match self.store.delete(&key).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(LakeError::store("delete", &key)(error)),
            }
        }
        Ok(())
    }
}

fn io_error(
    action: &'static str,
    path: &std::path::Path,
) -> impl FnOnce(std::io::Error) -> LakeError + use<> {
    let path = path.display().to_string();
    move |source| LakeError::Store {
        action,
        path,
        source: object_store::Error::Generic {
            store: "folder",
            source: source.into(),
        },
    }
}
