//! An object of the storage: its bytes, and what is said of them.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use crc_fast::{CrcAlgorithm, Digest as Crc};
use hyper::header::{ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED};
use md5::{Digest, Md5};
use zip::ZipArchive;

use super::content::Content;
use super::{Faults, Quirk, hex};

/// How much is read at once.
const CHUNK: usize = 1 << 18;
/// When the first object was made; each later one a minute after the one before.
const BEGIN: DateTime<Utc> = DateTime::from_timestamp(1_611_619_200, 0).expect("a time");

#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) content: Content,
    /// How many objects were made before it.
    pub(crate) number: u64,
    modified: DateTime<Utc>,
    crc32c: u32,
    md5: [u8; 16],
    files: OnceLock<Vec<(String, u64)>>,
}

impl Object {
    pub(crate) fn new(content: Content, number: u64) -> Self {
        let (mut crc, mut md5) = (Crc::new(CrcAlgorithm::Crc32Iscsi), Md5::new());
        let mut at = 0;
        while at < content.len() {
            let chunk = content.read(at, CHUNK);
            crc.update(&chunk);
            md5.update(&chunk);
            at += chunk.len() as u64;
        }
        Self {
            number,
            modified: BEGIN + TimeDelta::minutes(number as i64),
            crc32c: crc.finalize() as u32,
            md5: md5.finalize().into(),
            files: OnceLock::new(),
            content,
        }
    }

    /// Names and sizes of the files in it, when it is a zip.
    pub(crate) fn files(&self) -> &[(String, u64)] {
        self.files.get_or_init(|| {
            let Ok(mut zip) = ZipArchive::new(self.content.reader()) else {
                return Vec::new();
            };
            let indices = 0..zip.len();
            let name_and_size = |index| {
                let file = zip.by_index_raw(index).ok()?;
                let name = file.name().ok()?.into_owned();
                file.is_file().then(|| (name, file.size()))
            };
            indices.filter_map(name_and_size).collect()
        })
    }

    fn generation(&self) -> u64 {
        1_611_619_200_000_000 + self.number
    }

    /// The entity tag that a machine gives it, quoted.
    pub(crate) fn etag(&self, machine: u64, faults: &Faults) -> Option<String> {
        let mut tag = if faults.quirk(Quirk::Composite) {
            BASE64.encode(self.generation().to_be_bytes())
        } else {
            hex(&self.md5)
        };
        if machine > 0 {
            tag += &format!("-{machine}");
        }
        (!faults.quirk(Quirk::NoEtag)).then(|| format!("\"{tag}\""))
    }

    /// The date that a machine gives it.
    fn modified(&self, machine: u64) -> String {
        http_date(self.modified + TimeDelta::seconds(machine as i64))
    }

    /// Whether one of the listed tags is this object's.
    pub(crate) fn matches(&self, listed: &str, machine: u64, faults: &Faults) -> bool {
        let etag = self.etag(machine, faults);
        let mut listed = listed.split(',').map(str::trim);
        listed.any(|tag| tag == "*" || Some(tag) == etag.as_deref())
    }

    /// Whether `If-Range` names this object, by a strong tag or by its date.
    pub(crate) fn is_same(&self, validator: &str, machine: u64, faults: &Faults) -> bool {
        Some(validator) == self.etag(machine, faults).as_deref()
            || validator == self.modified(machine)
    }

    /// The headers that any server gives.
    pub(crate) fn describe(&self, headers: &mut HeaderMap, machine: u64, faults: &Faults) {
        if let Some(etag) = self.etag(machine, faults) {
            headers.insert(ETAG, value(&etag));
        }
        headers.insert(LAST_MODIFIED, value(&self.modified(machine)));
    }

    /// The headers that Google's storage gives besides.
    pub(crate) fn describe_stored(&self, headers: &mut HeaderMap, faults: &Faults) {
        let mut insert =
            |name, text: &str| headers.insert(HeaderName::from_static(name), value(text));
        insert("x-goog-generation", &self.generation().to_string());
        insert("x-goog-metageneration", "1");
        insert("x-goog-stored-content-encoding", "identity");
        insert(
            "x-goog-stored-content-length",
            &self.content.len().to_string(),
        );
        insert("x-goog-storage-class", "STANDARD");
        let mut hashes = self.hashes(faults);
        if !faults.quirk(Quirk::SplitHashes) && !hashes.is_empty() {
            hashes = vec![hashes.join(",")];
        }
        for hash in hashes {
            headers.append("x-goog-hash", value(&hash));
        }
    }

    fn hashes(&self, faults: &Faults) -> Vec<String> {
        if faults.quirk(Quirk::NoHashes) {
            return Vec::new();
        }
        let (mut crc32c, mut md5) = (self.crc32c.to_be_bytes(), self.md5);
        if faults.quirk(Quirk::WrongHashes) {
            crc32c[0] ^= 1;
            md5[0] ^= 1;
        }
        if faults.quirk(Quirk::WrongMd5) {
            md5[0] ^= 1;
        }
        let mut hashes = vec![format!("crc32c={}", BASE64.encode(crc32c))];
        if !faults.quirk(Quirk::Composite) {
            hashes.push(format!("md5={}", BASE64.encode(md5)));
        }
        hashes
    }
}

/// A time as headers have it.
pub(crate) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A header's value.
pub(crate) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("a header's value")
}
