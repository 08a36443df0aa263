//! An open lake.

use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::error::LakeError;
use super::listing::{FolderListing, Followed, Listed, Lister, Listing, StoreLister};
use super::s3::S3;
use crate::contract::Contract;
use crate::release::DatasetFormat;

/// An open lake: a store, and how people write its address.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(super) store: Arc<dyn ObjectStore>,
    /// Lists that store.
    pub(super) lister: Arc<dyn Lister>,
    pub(super) name: String,
    /// The folder of a lake on this machine; absolute when it exists.
    pub(super) folder: Option<PathBuf>,
    /// The SDK's side of a lake on S3.
    pub(super) s3: Option<Arc<S3>>,
    /// What its files and tables are.
    pub(super) dataset: &'static dyn DatasetFormat,
    /// Whether publishing is safe, where `lake.json` said so when the lake was opened.
    pub(super) conditional_put: Option<bool>,
}

impl Lake {
    /// A lake in a store of the caller's: memory in tests, or a wrapper around another lake's store.
    #[must_use]
    pub fn with_store(
        store: Arc<dyn ObjectStore>,
        name: &str,
        dataset: &'static dyn DatasetFormat,
    ) -> Self {
        Self {
            lister: Arc::new(StoreLister(Arc::clone(&store))),
            store,
            name: name.to_owned(),
            folder: None,
            s3: None,
            dataset,
            conditional_put: None,
        }
    }

    /// The same lake with its store wrapped.
    #[must_use]
    pub fn wrap(self, wrapper: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        let store = wrapper(self.store);
        Self {
            lister: Arc::new(StoreLister(Arc::clone(&store))),
            store,
            ..self
        }
    }

    /// What its files and tables are.
    #[must_use]
    pub fn dataset(&self) -> &'static dyn DatasetFormat {
        self.dataset
    }

    /// The contract of its tables.
    #[must_use]
    pub fn contract(&self) -> &'static Contract {
        self.dataset.contract()
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

    /// The folder of a lake on this machine.
    #[must_use]
    pub fn folder(&self) -> Option<&FsPath> {
        self.folder.as_deref()
    }

    /// Whether `name` below the root is a symbolic link, in a lake on this machine.
    #[must_use]
    pub fn is_link(&self, name: &str) -> bool {
        let folder = self.folder.as_ref();
        folder.is_some_and(|folder| folder.join(name).is_symlink())
    }

    /// The SDK's side of a lake on S3.
    #[must_use]
    pub fn s3(&self) -> Option<&S3> {
        self.s3.as_deref()
    }

    /// The address of `key` for other programs: an absolute path or an `s3://` URL, no trailing `/`.
    #[must_use]
    pub fn uri(&self, key: &Path) -> String {
        match &self.folder {
            Some(folder) => folder.join(key.as_ref()).display().to_string(),
            None if key.as_ref().is_empty() => self.name.clone(),
            None => format!("{}/{key}", self.name),
        }
    }

    /// `key` as the store's own tools name it: with the lake's prefix in the bucket; in a folder the path below it.
    #[must_use]
    pub fn object_key(&self, key: &Path) -> String {
        match &self.s3 {
            Some(s3) => s3.key(key.as_ref()),
            None => key.to_string(),
        }
    }

    /// The path in the lake of what the store's own tools call `object_key`; `None` for what is outside of the lake.
    #[must_use]
    pub fn path_of(&self, object_key: &str) -> Option<Path> {
        let prefix = self.object_key(&Path::default());
        let path = match prefix.as_str() {
            "" => object_key,
            prefix => object_key.strip_prefix(prefix)?.strip_prefix('/')?,
        };
        Path::parse(path).ok()
    }

    /// What stands before an object's key in its whole address: `s3://bucket/`, or the lake's folder and a `/`.
    #[must_use]
    pub fn object_root(&self) -> String {
        match &self.s3 {
            Some(s3) => format!("s3://{}/", s3.location.bucket),
            None => self.uri(&Path::default()).trim_end_matches('/').to_owned() + "/",
        }
    }

    /// The smallest part of an object that is written in parts.
    #[must_use]
    pub(super) fn part_bytes(&self) -> usize {
        match self.s3 {
            // S3 takes no smaller one but the last.
            Some(_) => 5 << 20,
            // Little enough that a thousand files can be open at once.
            None => 64 << 10,
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

    /// Writes the object at `key`, in the place of an older one. Nothing that is published is written so.
    pub async fn write(&self, key: &Path, content: Bytes) -> Result<(), LakeError> {
        self.store
            .put(key, content.into())
            .await
            .map(|_| ())
            .map_err(LakeError::store("write", key))
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

    /// Creates the object at `key`, which may be there with the same content: a client that got no answer asks again. `false` when
    /// it has another.
    pub async fn create_same(&self, key: &Path, content: Bytes) -> Result<bool, LakeError> {
        Ok(self.create_object(key, content.clone()).await? || self.read(key).await? == content)
    }

    /// All objects below `prefix`, in key order. A folder that can't be opened is an error; links to folders and other names that
    /// ctlake could not have written are passed over.
    pub async fn list(&self, prefix: &Path) -> Result<Vec<ObjectMeta>, LakeError> {
        let listing = self.list_all(prefix, &Followed::default()).await?;
        for stray in &listing.strays {
            stray.check_open(|_| true)?;
        }
        Ok(listing.objects)
    }

    /// All objects below `prefix`, and what ctlake could not have written, among it the links that are not to be `followed`.
    pub async fn list_all(&self, prefix: &Path, followed: &Followed) -> Result<Listing, LakeError> {
        self.list_in_stretches(prefix, &[], followed).await
    }

    /// The same, in listings that run at the same time. They end and begin at `marks`, keys in order.
    pub(super) async fn list_in_stretches(
        &self,
        prefix: &Path,
        marks: &[Path],
        followed: &Followed,
    ) -> Result<Listing, LakeError> {
        let stretches = (0..=marks.len()).map(|at| {
            let end = marks.get(at);
            let after = at.checked_sub(1).map(|before| &marks[before]);
            let found = self.lister.list_all(prefix, after, followed);
            found
                .try_take_while(move |found| {
                    let within = end.is_none_or(|end| found.name() <= end.as_ref().as_bytes());
                    future::ready(Ok(within))
                })
                .try_collect::<Vec<Listed>>()
        });
        let found = future::try_join_all(stretches)
            .await
            .map_err(LakeError::store("list", prefix))?;
        Ok(Listing::of(found.concat()))
    }

    /// What is directly below `prefix`: one request for a thousand names, whatever is in the folders.
    pub async fn list_folder(&self, prefix: &Path) -> Result<FolderListing, LakeError> {
        let listing = self.lister.list_folder(prefix).await;
        listing.map_err(LakeError::store("list", prefix))
    }

    /// Names of the folders directly below `prefix`, in order.
    pub async fn folders(&self, prefix: &Path) -> Result<Vec<String>, LakeError> {
        let listing = self.list_folder(prefix).await?;
        let names = listing.folders.iter().filter_map(Path::filename);
        Ok(names.map(str::to_owned).collect())
    }

    /// Removes objects; those that are gone already are no error.
    pub async fn delete(&self, keys: Vec<Path>) -> Result<(), LakeError> {
        // A store that can removes a thousand with one request.
        let first = keys.first().cloned().unwrap_or_default();
        let mut removed = self.store.delete_stream(stream::iter(keys).map(Ok).boxed());
        while let Some(outcome) = removed.next().await {
            match outcome {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(LakeError::store("delete", &first)(error)),
            }
        }
        Ok(())
    }
}
