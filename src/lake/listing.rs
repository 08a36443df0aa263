//! Listings that survive whatever stands below the lake: a name that can't be a key is passed over, and can be reported.
//!
//! `object_store` turns each name into a key and fails the whole listing at the first that is none: one object `landing//x` that
//! somebody has uploaded would end every command.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, Result};

use super::stray::Stray;

/// What a listing finds.
#[derive(Debug, Clone)]
pub(super) enum Listed {
    /// An object, which ctlake or somebody else may have written.
    Object(ObjectMeta),
    /// Something that ctlake could not have written.
    Stray(Stray),
}

impl Listed {
    /// The name below the lake's root, in whose order stores list.
    pub(super) fn name(&self) -> &[u8] {
        match self {
            Self::Object(object) => object.location.as_ref().as_bytes(),
            Self::Stray(stray) => stray.name(),
        }
    }
}

/// Folders that hold something of ours, by their names below the lake's root. Where a symbolic link has such a name, as to another
/// disk, the listing follows it; every other link may lead to anything, and what is behind it is nobody's to list or remove.
#[derive(Debug, Clone, Default)]
pub struct Followed(Arc<HashSet<String>>);

impl Followed {
    /// These folders.
    pub fn folders(names: impl IntoIterator<Item = String>) -> Self {
        Self(Arc::new(names.into_iter().collect()))
    }

    /// The folders of `paths` below `prefix`.
    pub(super) fn of<'a>(prefix: &Path, paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut folders = HashSet::new();
        for path in paths {
            let mut folder = path;
            // Most paths share a folder, whose own folders are there already.
            while let Some((above, _)) = folder.rsplit_once('/')
                && folders.insert(above)
            {
                folder = above;
            }
        }
        let folders = folders.into_iter();
        Self::folders(folders.map(|folder| format!("{prefix}/{folder}")))
    }

    pub(super) fn contains(&self, folder: &[u8]) -> bool {
        str::from_utf8(folder).is_ok_and(|folder| self.0.contains(folder))
    }
}

/// All that is below a prefix, each sort in the order of the names.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The objects.
    pub objects: Vec<ObjectMeta>,
    /// What ctlake could not have written.
    pub strays: Vec<Stray>,
}

impl Listing {
    pub(super) fn of(found: Vec<Listed>) -> Self {
        let mut listing = Self::default();
        for found in found {
            match found {
                Listed::Object(object) => listing.objects.push(object),
                Listed::Stray(stray) => listing.strays.push(stray),
            }
        }
        listing.objects.sort_by(|a, b| a.location.cmp(&b.location));
        listing.strays.sort_by(|a, b| a.name().cmp(b.name()));
        listing
    }
}

/// What is directly below a prefix, each sort in the order of the names.
#[derive(Debug, Clone, Default)]
pub struct FolderListing {
    /// The objects.
    pub objects: Vec<ObjectMeta>,
    /// The folders: prefixes of objects further down.
    pub folders: Vec<Path>,
    /// What ctlake could not have written.
    pub strays: Vec<Stray>,
}

impl FolderListing {
    pub(super) fn sorted(mut self) -> Self {
        self.objects.sort_by(|a, b| a.location.cmp(&b.location));
        self.folders.sort();
        self.strays.sort_by(|a, b| a.name().cmp(b.name()));
        self
    }
}

/// Lists the store of a lake.
#[async_trait]
pub(super) trait Lister: fmt::Debug + Send + Sync {
    /// All that is below `prefix`; where the store lists in order, only what follows `after`. A link that is not to be
    /// `followed` is a stray.
    fn list_all(
        &self,
        prefix: &Path,
        after: Option<&Path>,
        followed: &Followed,
    ) -> BoxStream<'static, Result<Listed>>;

    /// What is directly below `prefix`.
    async fn list_folder(&self, prefix: &Path) -> Result<FolderListing>;
}

/// The listing of a store that has no other names than keys, such as memory.
#[derive(Debug)]
pub(super) struct StoreLister(pub(super) Arc<dyn ObjectStore>);

#[async_trait]
impl Lister for StoreLister {
    fn list_all(
        &self,
        prefix: &Path,
        after: Option<&Path>,
        _: &Followed,
    ) -> BoxStream<'static, Result<Listed>> {
        let objects = match after {
            None => self.0.list(Some(prefix)),
            Some(after) => self.0.list_with_offset(Some(prefix), after),
        };
        objects.map_ok(Listed::Object).boxed()
    }

    async fn list_folder(&self, prefix: &Path) -> Result<FolderListing> {
        let listed = self.0.list_with_delimiter(Some(prefix)).await?;
        let listing = FolderListing {
            objects: listed.objects,
            folders: listed.common_prefixes,
            strays: Vec::new(),
        };
        Ok(listing.sorted())
    }
}
