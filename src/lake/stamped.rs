//! An object store that stamps storage class and tags on everything it writes.

use std::fmt;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    TagSet,
};

/// What `object_store` can't be told once for a whole store.
#[derive(Debug)]
pub(super) struct Stamped<S> {
    inner: S,
    attributes: Attributes,
    tags: TagSet,
}

impl<S> Stamped<S> {
    pub(super) fn new(inner: S, storage_class: Option<&str>, tags: &[(String, String)]) -> Self {
        let mut attributes = Attributes::new();
        if let Some(class) = storage_class {
            attributes.insert(Attribute::StorageClass, class.to_owned().into());
        }
        let mut set = TagSet::default();
        for (key, value) in tags {
            set.push(key, value);
        }
        Self {
            inner,
            attributes,
            tags: set,
        }
    }
}

impl<S: fmt::Display> fmt::Display for Stamped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl<S: ObjectStore> ObjectStore for Stamped<S> {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let options = PutOptions {
            attributes: self.attributes.clone(),
            tags: self.tags.clone(),
            ..options
        };
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let options = PutMultipartOptions {
            attributes: self.attributes.clone(),
            tags: self.tags.clone(),
            ..options
        };
        self.inner.put_multipart_opts(location, options).await
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
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
