//! The dataset's versions, and the URLs that were signed for them.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use chrono::Utc;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::caller::SignIn;
use super::content::Content;
use super::object::Object;
use super::refusal::{NOT_FOUND, Refusal, WRONG_SIGNATURE};
use super::{Access, DATASET_ID, Faults, Quirk, hex};

#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) access: Access,
    pub(crate) sign_in: SignIn,
    pub(crate) current: u32,
    versions: BTreeMap<u32, Arc<Object>>,
    /// Objects that were ever made.
    objects: u64,
    /// By their signatures.
    grants: HashMap<String, Grant>,
}

/// What a signature is good for.
#[derive(Debug)]
struct Grant {
    path: String,
    target: Target,
    /// Requests so far.
    uses: u64,
}

#[derive(Debug)]
enum Target {
    /// Whatever this version's archive is when it is asked for.
    Archive(u32),
    File(Arc<Object>),
}

impl Catalog {
    /// Makes this the archive of the version, and the version the current one.
    pub(crate) fn publish(&mut self, version: u32, content: Content) {
        let object = Object::new(content, self.objects);
        self.objects += 1;
        self.versions.insert(version, Arc::new(object));
        self.current = version;
    }

    /// The archive of a version, of the current one without a number.
    pub(crate) fn archive(&self, version: Option<u32>) -> Result<Arc<Object>, Refusal> {
        let archive = self.versions.get(&version.unwrap_or(self.current));
        archive.map(Arc::clone).ok_or(NOT_FOUND)
    }

    pub(crate) fn versions(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.versions.keys().copied()
    }

    pub(crate) fn signatures(&self) -> impl Iterator<Item = String> {
        self.grants.keys().cloned()
    }

    /// A signed path, with its query, to a version's archive or to one file of it.
    pub(crate) fn sign(
        &mut self,
        version: Option<u32>,
        file: Option<&str>,
        faults: &Faults,
    ) -> Result<String, Refusal> {
        let archive = self.archive(version)?;
        let version = version.unwrap_or(self.current);
        let bundle = format!("/kaggle-data-sets/{DATASET_ID}/{version}");
        let (path, target) = match file {
            None => (
                format!("{bundle}/bundle/archive.zip"),
                Target::Archive(version),
            ),
            Some(name) => {
                let bytes = unpacked(&archive, name).ok_or(NOT_FOUND)?;
                let last = name.rsplit('/').next().unwrap_or(name);
                let (path, bytes) = if faults.quirk(Quirk::ZippedFiles) {
                    (format!("compressed/{last}.zip"), zipped(last, &bytes))
                } else {
                    (format!("raw/{last}"), bytes)
                };
                let object = Object::new(bytes.into(), archive.number);
                (format!("{bundle}/{path}"), Target::File(Arc::new(object)))
            }
        };
        let number = self.grants.len() as u64;
        // As long as an RSA signature.
        let signature = hex(&Sha256::digest(number.to_be_bytes())).repeat(8);
        let now = Utc::now();
        let credential = format!(
            "gcp-kaggle-com@kaggle-161607.iam.gserviceaccount.com/{}/auto/storage/goog4_request",
            now.format("%Y%m%d")
        );
        let url = format!(
            "{path}?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential={}&X-Goog-Date={}\
             &X-Goog-Expires=259200&X-Goog-SignedHeaders=host&X-Goog-Signature={signature}",
            utf8_percent_encode(&credential, NON_ALPHANUMERIC),
            now.format("%Y%m%dT%H%M%SZ"),
        );
        let grant = Grant {
            path,
            target,
            uses: 0,
        };
        self.grants.insert(signature, grant);
        Ok(url)
    }

    /// What a signed URL leads to.
    pub(crate) fn redeem(
        &mut self,
        path: &str,
        signature: Option<&str>,
        faults: &Faults,
    ) -> Result<Arc<Object>, Refusal> {
        let grant = signature.and_then(|signature| self.grants.get_mut(signature));
        let grant = grant
            .filter(|grant| grant.path == path)
            .ok_or(WRONG_SIGNATURE)?;
        grant.uses += 1;
        if faults.expire_after.is_some_and(|uses| grant.uses > uses) {
            return Err(Refusal::expired(faults.expiry));
        }
        match &grant.target {
            Target::File(object) => Ok(Arc::clone(object)),
            Target::Archive(version) => {
                let version = *version;
                self.archive(Some(version))
            }
        }
    }
}

/// A file of an archive.
fn unpacked(archive: &Object, name: &str) -> Option<Vec<u8>> {
    let mut zip = ZipArchive::new(archive.content.reader()).ok()?;
    let mut bytes = Vec::new();
    zip.by_name(name).ok()?.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A zip of one file.
fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let begun = zip.start_file(name, SimpleFileOptions::default());
    begun
        .and_then(|()| Ok(zip.write_all(bytes)?))
        .expect("memory");
    zip.finish().expect("memory").into_inner()
}
