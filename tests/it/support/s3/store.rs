//! What the bucket holds. Every change is one step under one lock, so of many creators of a key one wins.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, CompletedPart};
use s3s::{S3Result, s3_error};

use super::object::{Attributes, Object, hex, md5_hex};

/// The least that a part must have, but for the last.
const SMALLEST_PART: usize = 5 << 20;

#[derive(Debug, Default)]
pub(crate) struct Store {
    content: Mutex<Content>,
    /// Told of every PUT.
    put: Condvar,
}

#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) objects: BTreeMap<String, Arc<Object>>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    /// Uploads that were ever begun: their ids.
    begun: u64,
    /// Objects PUT since the last reset.
    puts: u64,
}

/// An upload in parts.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) begun: SystemTime,
    attributes: Attributes,
    parts: BTreeMap<i32, Part>,
}

#[derive(Debug)]
struct Part {
    body: Bytes,
    etag: String,
}

/// On what a write depends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Condition {
    Always,
    /// There is no object of that key.
    Absent,
}

/// A PUT that came after the last that is let through.
#[derive(Debug)]
pub(crate) struct Held;

impl Store {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap()
    }

    /// Puts an object, unless `limit` of them were put and this is one that counts.
    pub(crate) fn put(
        &self,
        key: &str,
        object: Object,
        condition: Condition,
        counts: bool,
        limit: Option<u64>,
    ) -> Result<S3Result<()>, Held> {
        let mut content = self.lock();
        if counts && limit.is_some_and(|limit| content.puts >= limit) {
            return Err(Held);
        }
        if let Err(refused) = content.insert(key, object, condition) {
            return Ok(Err(refused));
        }
        content.puts += u64::from(counts);
        self.put.notify_all();
        Ok(Ok(()))
    }

    /// Waits until `count` objects were put.
    #[track_caller]
    pub(crate) fn wait_for_puts(&self, count: u64) {
        const LONG: Duration = Duration::from_mins(1);
        let waiting = |content: &mut Content| content.puts < count;
        let (content, ended) = self
            .put
            .wait_timeout_while(self.lock(), LONG, waiting)
            .unwrap();
        let puts = content.puts;
        drop(content);
        assert!(!ended.timed_out(), "{puts} PUTs in {LONG:?}, not {count}");
    }

    pub(crate) fn reset_puts(&self) {
        self.lock().puts = 0;
    }
}

impl Content {
    fn insert(&mut self, key: &str, object: Object, condition: Condition) -> S3Result<()> {
        match condition {
            Condition::Absent if self.objects.contains_key(key) => {
                Err(s3_error!(PreconditionFailed, "The object is there"))
            }
            Condition::Always | Condition::Absent => {
                self.objects.insert(key.to_owned(), Arc::new(object));
                Ok(())
            }
        }
    }

    /// Begins an upload and gives its id.
    pub(crate) fn begin(&mut self, key: &str, attributes: Attributes) -> String {
        self.begun += 1;
        let id = format!("upload-{}", self.begun);
        let upload = Upload {
            key: key.to_owned(),
            begun: SystemTime::now(),
            attributes,
            parts: BTreeMap::new(),
        };
        self.uploads.insert(id.clone(), upload);
        id
    }

    /// Takes a part and gives its entity tag.
    pub(crate) fn part(&mut self, key: &str, id: &str, n: i32, body: Bytes) -> S3Result<String> {
        let upload = self.uploads.get_mut(id).filter(|upload| upload.key == key);
        let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
        if !(1..=10_000).contains(&n) {
            return Err(s3_error!(InvalidArgument, "part numbers are 1 to 10000"));
        }
        let etag = md5_hex(&body);
        let part = Part {
            body,
            etag: etag.clone(),
        };
        upload.parts.insert(n, part);
        Ok(etag)
    }

    /// Gives an upload up.
    pub(crate) fn abort(&mut self, key: &str, id: &str) -> S3Result<()> {
        if self.uploads.get(id).is_none_or(|upload| upload.key != key) {
            return Err(s3_error!(NoSuchUpload));
        }
        self.uploads.remove(id);
        Ok(())
    }

    /// Makes an object of the parts. It keeps no checksum.
    pub(crate) fn complete(
        &mut self,
        key: &str,
        id: &str,
        listed: &[CompletedPart],
        condition: Condition,
    ) -> S3Result<Object> {
        let upload = self.uploads.get(id).filter(|upload| upload.key == key);
        let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
        let object = upload.joined(listed)?;
        self.insert(key, object.clone(), condition)?;
        self.uploads.remove(id);
        Ok(object)
    }
}

impl Upload {
    fn joined(&self, listed: &[CompletedPart]) -> S3Result<Object> {
        if listed.is_empty() {
            return Err(s3_error!(MalformedXML, "no parts"));
        }
        if !listed.is_sorted_by_key(|part| part.part_number) {
            return Err(s3_error!(InvalidPartOrder));
        }
        let mut body = BytesMut::new();
        let mut digests = Md5::new();
        for (at, named) in listed.iter().enumerate() {
            let part = named.part_number.and_then(|n| self.parts.get(&n));
            let etag = named.e_tag.as_ref().map(s3s::dto::ETag::value);
            let part = part
                .filter(|part| etag == Some(part.etag.as_str()))
                .ok_or_else(|| s3_error!(InvalidPart))?;
            if part.body.len() < SMALLEST_PART && at + 1 < listed.len() {
                return Err(s3_error!(EntityTooSmall));
            }
            body.extend_from_slice(&part.body);
            digests.update(Md5::checksum(&part.body).as_ref());
        }
        let etag = format!("{}-{}", hex(digests.finalize().as_ref()), listed.len());
        let checksum = Checksum::default();
        let mut object = Object::new(body.freeze(), checksum, self.attributes.clone());
        object.etag = etag;
        Ok(object)
    }
}
