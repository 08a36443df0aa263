//! Listings of a bucket, by the SDK: it says keys as they are.
//!
//! Keys come percent-encoded (`encoding-type=url`), since XML can't hold the control characters that a key may have.

use std::collections::VecDeque;
use std::time::SystemTime;

use async_trait::async_trait;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{EncodingType, Object};
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, Result};
use percent_encoding::percent_decode_str;

use super::listing::{FolderListing, Followed, Listed, Lister};
use super::s3::S3;
use super::s3_error::S3Error;
use super::s3_objects::LIST_TRIES;
use super::stray::{self, Stray, StrayKind};

/// What is asked for.
#[derive(Debug, Clone)]
struct Question {
    /// Keys of the bucket begin so; ends in `/`, or is empty.
    prefix: String,
    /// Whether keys with a further `/` count as one.
    folders: bool,
    /// Only keys behind this one.
    after: Option<String>,
}

/// One answer, keys decoded.
#[derive(Debug, Default)]
struct Page {
    found: VecDeque<Listed>,
    folders: Vec<String>,
    next: Option<String>,
}

#[async_trait]
impl Lister for S3 {
    fn list_all(
        &self,
        prefix: &Path,
        after: Option<&Path>,
        _: &Followed,
    ) -> BoxStream<'static, Result<Listed>> {
        let question = Question {
            prefix: self.folder_prefix(prefix),
            folders: false,
            after: after.map(|after| self.key(after.as_ref())),
        };
        self.pages(question)
            .map_ok(|page| stream::iter(page.found.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    async fn list_folder(&self, prefix: &Path) -> Result<FolderListing> {
        let mut listing = FolderListing::default();
        let mut pages = self.pages(Question {
            prefix: self.folder_prefix(prefix),
            folders: true,
            after: None,
        });
        while let Some(page) = pages.try_next().await? {
            for found in page.found {
                match found {
                    Listed::Object(object) => listing.objects.push(object),
                    Listed::Stray(stray) => listing.strays.push(stray),
                }
            }
            for folder in page.folders {
                match folder.strip_suffix('/').and_then(stray::key) {
                    Some(key) => listing.folders.push(key),
                    None => listing
                        .strays
                        .push(Stray::new(folder, 0, StrayKind::Folder)),
                }
            }
        }
        Ok(listing.sorted())
    }
}

impl S3 {
    /// The prefix of all keys below `path`.
    fn folder_prefix(&self, path: &Path) -> String {
        match self.key(path.as_ref()) {
            key if key.is_empty() => key,
            key => key + "/",
        }
    }

    fn pages(&self, question: Question) -> BoxStream<'static, Result<Page>> {
        // The first page needs no token, and the last one has none.
        let begin = (self.clone(), question, Some(None::<String>));
        stream::try_unfold(begin, |(s3, question, token)| async move {
            let Some(token) = token else {
                return Ok(None);
            };
            let asked = s3.patiently(LIST_TRIES, || {
                Box::pin(s3.page(&question, token.as_deref()))
            });
            let mut page = asked.await.map_err(|error| failed(&question, error))?;
            let next = page.next.take().map(Some);
            Ok(Some((page, (s3, question, next))))
        })
        .boxed()
    }

    async fn page(
        &self,
        question: &Question,
        token: Option<&str>,
    ) -> std::result::Result<Page, S3Error> {
        let answer = self
            .client
            .list_objects_v2()
            .bucket(&self.location.bucket)
            .prefix(&question.prefix)
            .set_delimiter(question.folders.then(|| "/".to_owned()))
            .set_start_after(question.after.clone())
            .set_continuation_token(token.map(str::to_owned))
            .encoding_type(EncodingType::Url)
            .set_expected_bucket_owner(self.location.settings.bucket_owner.clone())
            .send()
            .await
            .map_err(|error| S3Error::new(&error))?;
        self.read_page(answer, token)
    }

    fn read_page(
        &self,
        answer: ListObjectsV2Output,
        token: Option<&str>,
    ) -> std::result::Result<Page, S3Error> {
        // Some servers don't know this wish, and then don't say that they have fulfilled it.
        let is_encoded = answer.encoding_type == Some(EncodingType::Url);
        let decode = |text: String| {
            if is_encoded {
                decoded(&text)
            } else {
                text.into_bytes()
            }
        };
        let next = answer.next_continuation_token;
        // A listing that ends early would look like objects that are missing.
        if answer.is_truncated == Some(true) && (next.is_none() || next.as_deref() == token) {
            return Err(S3Error::Listing);
        }
        let mut page = Page {
            next: next.filter(|_| answer.is_truncated != Some(false)),
            ..Page::default()
        };
        for object in answer.contents.unwrap_or_default() {
            let Some(key) = object.key.clone() else {
                continue;
            };
            if let Some(name) = self.below(decode(key)) {
                page.found.push_back(listed(name, object));
            }
        }
        for common in answer.common_prefixes.unwrap_or_default() {
            let name = common.prefix.and_then(|name| self.below(decode(name)));
            // A key of S3 is text.
            page.folders
                .extend(name.map(|name| String::from_utf8_lossy(&name).into_owned()));
        }
        Ok(page)
    }

    /// What a key of the bucket is called below the lake's root.
    fn below(&self, key: Vec<u8>) -> Option<Vec<u8>> {
        match self.location.prefix.as_str() {
            "" => Some(key),
            prefix => {
                let rest = key.strip_prefix(prefix.as_bytes())?;
                rest.strip_prefix(b"/").map(<[u8]>::to_vec)
            }
        }
    }
}

fn listed(name: Vec<u8>, object: Object) -> Listed {
    let bytes = object.size.map_or(0, |bytes| bytes.try_into().unwrap_or(0));
    let Some(location) = str::from_utf8(&name).ok().and_then(stray::key) else {
        let kind = if bytes == 0 && name.ends_with(b"/") {
            StrayKind::Marker
        } else {
            StrayKind::File
        };
        return Listed::Stray(Stray::new(name, bytes, kind));
    };
    let modified = object.last_modified.and_then(|time| {
        let time = SystemTime::try_from(time).ok()?;
        Some(DateTime::<Utc>::from(time))
    });
    Listed::Object(ObjectMeta {
        location,
        // Without a date an object is new: what is old may be removed.
        last_modified: modified.unwrap_or_else(Utc::now),
        size: bytes,
        e_tag: object.e_tag,
        version: None,
    })
}

/// As forms are encoded: `+` is a blank.
fn decoded(text: &str) -> Vec<u8> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).collect()
}

/// With the kinds of errors that `object_store` tells apart.
fn failed(question: &Question, error: S3Error) -> Error {
    let path = question.prefix.trim_end_matches('/').to_owned();
    match error.status() {
        Some(403) => Error::PermissionDenied {
            path,
            source: error.into(),
        },
        Some(401) => Error::Unauthenticated {
            path,
            source: error.into(),
        },
        _ => Error::Generic {
            store: "S3",
            source: error.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_they_were_encoded() {
        for (encoded, key) in [
            ("a/b-c_d.png", "a/b-c_d.png"),
            ("a+b%2Bc", "a b+c"),
            ("C%C3%B4te+d%27Ivoire", "Côte d'Ivoire"),
            ("a%0Ab%01", "a\nb\u{1}"),
            ("100%25", "100%"),
        ] {
            assert_eq!(decoded(encoded), key.as_bytes());
        }
    }
}
