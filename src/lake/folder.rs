//! A folder as an object store whose writes survive a power cut.
//!
//! `object_store`'s local store never syncs, so a log entry could be there after a crash and be empty. Here every object is
//! written under a temporary name below [`layout::STAGING`], synced, and then linked or renamed to its own; a half-written
//! object is never seen under its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result,
};
use tokio::task::spawn_blocking;

use super::folder_listing::{below, directly_below};
use super::layout;
use super::listing::{FolderListing, Followed, Listed, Lister};
use crate::transfer::staged;

/// A durable object store over one folder.
#[derive(Debug)]
pub struct FolderStore {
    root: PathBuf,
    inner: LocalFileSystem,
}

impl std::fmt::Display for FolderStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.root.display())
    }
}

impl FolderStore {
    /// A store over `root`, which must be an existing folder and absolute.
    pub fn new(root: PathBuf) -> Result<Self> {
        let inner = LocalFileSystem::new_with_prefix(&root)?.with_automatic_cleanup(true);
        Ok(Self { root, inner })
    }

    fn staged(&self) -> PathBuf {
        self.root.join(layout::STAGING).join(staged::unique_name())
    }

    fn target(&self, location: &Path) -> PathBuf {
        self.root.join(location.as_ref())
    }
}

#[async_trait]
impl ObjectStore for FolderStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let create = match options.mode {
            PutMode::Overwrite => false,
            PutMode::Create => true,
            PutMode::Update(_) => return Err(not_implemented("put_opts with PutMode::Update")),
        };
        let (staged, target) = (self.staged(), self.target(location));
        let root = self.root.clone();
        blocking(location, move || {
            write_synced(&staged, &payload)?;
            publish(&root, &staged, &target, create)
        })
        .await?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(FolderUpload {
            location: location.clone(),
            root: self.root.clone(),
            staged: Arc::new(self.staged()),
            target: self.target(location),
            begun: false,
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.list_all(prefix.unwrap_or(&Path::ROOT), None, &Followed::default())
            .try_filter_map(async |found| {
                Ok(match found {
                    Listed::Object(object) => Some(object),
                    Listed::Stray(_) => None,
                })
            })
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let listing = self.list_folder(prefix.unwrap_or(&Path::ROOT)).await?;
        Ok(ListResult {
            common_prefixes: listing.folders,
            objects: listing.objects,
        })
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(not_implemented("copy"))
    }
}

#[async_trait]
impl Lister for FolderStore {
    /// Folders have no order to begin in the middle of: all is listed.
    fn list_all(
        &self,
        prefix: &Path,
        _: Option<&Path>,
        followed: &Followed,
    ) -> BoxStream<'static, Result<Listed>> {
        let (root, prefix, followed) = (self.root.clone(), prefix.clone(), followed.clone());
        let listed = async move {
            let found = blocking(&prefix.clone(), move || below(&root, &prefix, &followed)).await?;
            Ok::<_, Error>(stream::iter(found).map(Ok))
        };
        stream::once(listed).try_flatten().boxed()
    }

    async fn list_folder(&self, prefix: &Path) -> Result<FolderListing> {
        let (root, below) = (self.root.clone(), prefix.clone());
        let mut listing = blocking(prefix, move || directly_below(&root, &below)).await?;
        for object in &mut listing.objects {
            // With the tag that reading compares. A file that can't be opened is told by who reads it.
            if let Ok(found) = self.inner.head(&object.location).await {
                *object = found;
            }
        }
        Ok(listing)
    }
}

/// An object written piece by piece. Parts are appended in the order they are awaited, so await each before the next.
///
/// The file is opened anew for each part: thousands of uploads may be open at once, file handles may not.
#[derive(Debug)]
struct FolderUpload {
    location: Path,
    root: PathBuf,
    staged: Arc<PathBuf>,
    target: PathBuf,
    begun: bool,
}

#[async_trait]
impl MultipartUpload for FolderUpload {
    fn put_part(&mut self, data: PutPayload) -> BoxFuture<'static, Result<()>> {
        let (location, staged) = (self.location.clone(), Arc::clone(&self.staged));
        let first = !std::mem::replace(&mut self.begun, true);
        Box::pin(async move { blocking(&location, move || append(&staged, &data, first)).await })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (root, staged, target) = (
            self.root.clone(),
            Arc::clone(&self.staged),
            self.target.clone(),
        );
        blocking(&self.location, move || {
            File::open(&*staged)?.sync_all()?;
            publish(&root, &staged, &target, false)
        })
        .await?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn abort(&mut self) -> Result<()> {
        let staged = Arc::clone(&self.staged);
        blocking(&self.location, move || fs::remove_file(&*staged)).await
    }
}

/// Only the `first` part makes the file: if it is gone later, an expire took us for dead, and what follows would be cut short.
fn append(staged: &FsPath, data: &PutPayload, first: bool) -> io::Result<()> {
    let mut file = if first {
        create_parents(staged, || File::create_new(staged))?
    } else {
        OpenOptions::new().append(true).open(staged)?
    };
    data.iter().try_for_each(|chunk| file.write_all(chunk))
}

fn write_synced(staged: &FsPath, payload: &PutPayload) -> io::Result<()> {
    let mut file = create_parents(staged, || File::create_new(staged))?;
    let written = payload
        .iter()
        .try_for_each(|chunk| file.write_all(chunk))
        .and_then(|()| file.sync_all());
    if written.is_err() {
        // A full disk must not stay full of what could not be used.
        let _ = fs::remove_file(staged);
    }
    written
}

fn publish(root: &FsPath, staged: &FsPath, target: &FsPath, create: bool) -> io::Result<()> {
    let moved = create_parents(target, || {
        if create {
            // A hard link is refused when the name exists: one winner among many.
            fs::hard_link(staged, target)
        } else {
            fs::rename(staged, target)
        }
    });
    if create || moved.is_err() {
        let _ = fs::remove_file(staged);
    }
    moved?;
    sync_folders(root, target)
}

/// Tries `action`, makes the parent folders of `path` if they were missing, and tries again.
///
/// Folders are removed when they empty, so another process may take one away between the two steps: a few rounds.
fn create_parents<T>(path: &FsPath, action: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let mut rounds = 0;
    loop {
        match action() {
            Err(error) if error.kind() == ErrorKind::NotFound && rounds < 8 => {
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                rounds += 1;
            }
            outcome => return outcome,
        }
    }
}

/// A name lasts when its folder is synced, and a new folder's name when the folder above is, up to the lake's root.
fn sync_folders(root: &FsPath, target: &FsPath) -> io::Result<()> {
    for folder in target.ancestors().skip(1) {
        match File::open(folder).and_then(|folder| folder.sync_all()) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ if folder == root => break,
            _ => {}
        }
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    location: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let path = location.to_string();
    match spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(source)) => Err(match source.kind() {
            ErrorKind::AlreadyExists => Error::AlreadyExists {
                path,
                source: source.into(),
            },
            ErrorKind::NotFound => Error::NotFound {
                path,
                source: source.into(),
            },
            ErrorKind::PermissionDenied => Error::PermissionDenied {
                path,
                source: source.into(),
            },
            _ => Error::Generic {
                store: "folder",
                source: source.into(),
            },
        }),
        Err(source) => Err(Error::JoinError { source }),
    }
}

fn not_implemented(operation: &str) -> Error {
    Error::NotImplemented {
        operation: operation.to_owned(),
        implementer: "FolderStore".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, FolderStore) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("an absolute path");
        let store = FolderStore::new(root).expect("a store");
        (folder, store)
    }

    #[tokio::test]
    async fn one_of_many_creates_wins_and_nothing_stays_staged() {
        let (folder, store) = store();
        let store = Arc::new(store);
        let tasks: Vec<_> = (0..16)
            .map(|number: u8| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let options = PutOptions::from(PutMode::Create);
                    store
                        .put_opts(&layout::log_entry(1), vec![number].into(), options)
                        .await
                })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(_) => winners += 1,
                Err(error) => assert!(matches!(error, Error::AlreadyExists { .. }), "{error}"),
            }
        }
        assert_eq!(winners, 1);
        let staged = fs::read_dir(folder.path().join(layout::STAGING)).expect("the folder");
        assert_eq!(staged.count(), 0);
    }

    #[tokio::test]
    async fn raw_letters_stay_raw_on_disk_and_in_listings() {
        let (folder, store) = store();
        let key = layout::key("curated/country=Côte d'Ivoire/part.parquet");
        let mut upload = store.put_multipart(&key).await.expect("an upload");
        upload.put_part("ab".into()).await.expect("a part");
        upload.put_part("c".into()).await.expect("a part");
        upload.complete().await.expect("complete");
        assert!(
            folder
                .path()
                .join("curated/country=Côte d'Ivoire/part.parquet")
                .exists()
        );
        let listed: Vec<ObjectMeta> = store
            .list(Some(&layout::key("curated")))
            .try_collect()
            .await
            .expect("a list");
        assert_eq!((&listed[0].location, listed[0].size), (&key, 3));
        assert_eq!(
            store
                .get(&key)
                .await
                .expect("there")
                .bytes()
                .await
                .expect("bytes"),
            "abc"
        );
    }

    #[tokio::test]
    async fn an_aborted_upload_leaves_nothing() {
        let (folder, store) = store();
        let mut upload = store
            .put_multipart(&layout::key("a/b"))
            .await
            .expect("an upload");
        upload.put_part("ab".into()).await.expect("a part");
        upload.abort().await.expect("aborted");
        let left: Vec<ObjectMeta> = store.list(None).try_collect().await.expect("a list");
        assert!(left.is_empty(), "{left:?}");
        drop(folder);
    }
}
