//! What the storage answers, when nothing goes wrong on the way.

use std::ops::Range;
use std::sync::Arc;

use hyper::header::{
    ACCEPT_RANGES, AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
    HeaderValue, IF_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE, REFERER,
};
use hyper::{Method, StatusCode, Uri};

use super::caller::{Caller, SignIn};
use super::catalog::Catalog;
use super::object::{Object, value};
use super::range::Part;
use super::refusal::{
    CHANGED, LEAK, METHOD_NOT_ALLOWED, OUT_OF_RANGE, Refusal, UNAUTHENTICATED, UNSIGNED_HEADER,
    WRONG_SIGNATURE,
};
use super::{Fault, Faults, Operation, Quirk};

/// The path of the archive for everybody, and of what leads there.
pub(crate) const PLAIN: &str = "/plain/archive.zip";
pub(crate) const MOVED: &str = "/moved/archive.zip";
/// The path of the archive for who has a name and a key.
pub(crate) const GUARDED: &str = "/guarded/archive.zip";

/// A request for bytes.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    /// Where the storage is.
    pub(crate) host: &'a str,
    pub(crate) fault: Option<Fault>,
    /// The machine that is asked.
    pub(crate) machine: u64,
}

/// What is sent.
pub(crate) struct Served {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) object: Arc<Object>,
    pub(crate) range: Range<u64>,
}

impl Served {
    /// All of an object, without a word about it.
    pub(crate) fn whole(object: Arc<Object>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            range: 0..object.content.len(),
            object,
        }
    }
}

pub(crate) enum Answer {
    Bytes(Served),
    /// To this path.
    Moved(&'static str),
}

/// What a path of the storage is for.
pub(crate) fn operation(uri: &Uri) -> Operation {
    match uri.path() {
        PLAIN | MOVED => Operation::Plain,
        GUARDED => Operation::Guarded,
        _ => Operation::Signed,
    }
}

impl Asked<'_> {
    pub(crate) fn answer(&self, catalog: &mut Catalog, faults: &Faults) -> Result<Answer, Refusal> {
        if operation(self.uri) == Operation::Guarded {
            if Caller::of(self.headers.get(AUTHORIZATION), &SignIn::default())? != Caller::Tester {
                return Err(UNAUTHENTICATED);
            }
        } else if self.headers.contains_key(AUTHORIZATION) {
            return Err(LEAK);
        }
        // What redirected here may have had a secret in its query.
        if self.headers.contains_key(REFERER) {
            return Err(LEAK);
        }
        if ![Method::GET, Method::HEAD].contains(self.method) {
            return Err(METHOD_NOT_ALLOWED);
        }
        let is_signed = operation(self.uri) == Operation::Signed;
        let object = match self.uri.path() {
            MOVED => return Ok(Answer::Moved(PLAIN)),
            PLAIN | GUARDED => catalog.archive(None)?,
            path => {
                self.check_signed()?;
                catalog.redeem(path, self.signature(), faults)?
            }
        };
        let object = if self.machine > 0 && !faults.change_to.is_empty() {
            let other = faults.change_to.clone();
            Arc::new(Object::new(other.into(), object.number))
        } else {
            object
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
        object.describe(&mut headers, self.machine, faults);
        if is_signed {
            object.describe_stored(&mut headers, faults);
        }
        self.part(object, headers, faults).map(Answer::Bytes)
    }

    /// Checks what the signature covers: the method, the host and all of Google's own headers.
    fn check_signed(&self) -> Result<(), Refusal> {
        let is_unsigned = |name: &HeaderName| name.as_str().starts_with("x-goog-");
        if self.headers.keys().any(is_unsigned) {
            return Err(UNSIGNED_HEADER);
        }
        let host = self.headers.get(HOST).map(HeaderValue::as_bytes);
        if self.method != Method::GET || host != Some(self.host.as_bytes()) {
            return Err(WRONG_SIGNATURE);
        }
        Ok(())
    }

    fn signature(&self) -> Option<&str> {
        let mut pairs = self.uri.query()?.split('&');
        pairs.find_map(|pair| pair.strip_prefix("X-Goog-Signature="))
    }

    /// The part of the object that is asked for.
    fn part(
        &self,
        object: Arc<Object>,
        mut headers: HeaderMap,
        faults: &Faults,
    ) -> Result<Served, Refusal> {
        let text = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        let is_changed = text(IF_MATCH)
            .is_some_and(|tags| !object.matches(tags, self.machine, faults))
            || text(IF_UNMODIFIED_SINCE)
                .is_some_and(|date| !object.is_same(date, self.machine, faults));
        if is_changed && !faults.quirk(Quirk::NoConditions) {
            return Err(CHANGED);
        }
        let length = object.content.len();
        let is_same =
            text(IF_RANGE).is_none_or(|validator| object.is_same(validator, self.machine, faults));
        let range = text(RANGE).filter(|_| is_same && !faults.quirk(Quirk::NoRanges));
        let part = range.map_or(Part::Whole, |range| Part::of(range, length));
        if !faults.quirk(Quirk::NoRanges) {
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        }
        let (status, range) = match part {
            Part::Unsatisfiable => return Err(OUT_OF_RANGE.of_length(length)),
            Part::Whole => (StatusCode::OK, 0..length),
            Part::Range(range) => {
                let range = self.distorted(range, length);
                let text = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                headers.insert(CONTENT_RANGE, value(&text));
                (StatusCode::PARTIAL_CONTENT, range)
            }
        };
        Ok(Served {
            status,
            headers,
            object,
            range,
        })
    }

    /// The range that is served in the place of the one that is asked for.
    fn distorted(&self, range: Range<u64>, length: u64) -> Range<u64> {
        match self.fault {
            Some(Fault::Short) => range.start..range.start + (range.end - range.start).div_ceil(2),
            Some(Fault::Misplaced) if range.start > 0 => range.start - 1..range.end - 1,
            Some(Fault::Misplaced) if range.end > 1 => 1..range.end,
            Some(Fault::Long) => range.start..length.min(range.end + 1),
            _ => range,
        }
    }
}
