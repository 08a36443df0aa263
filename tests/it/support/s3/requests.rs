//! What was asked, and how it was answered.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use hyper::HeaderMap;

use super::{Fault, Operation, Target};

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    /// The object's key, or the prefix of a listing.
    pub(crate) key: String,
    /// What it said of the object: the `x-amz-…` headers but those of the signature, `content-md5`, `if-…` and `range`.
    pub(crate) headers: BTreeMap<String, String>,
    /// When it arrived, from the start of the server.
    pub(crate) at: Duration,
    /// What went wrong on purpose.
    pub(crate) fault: Option<Fault>,
    /// The status it was answered with; none where the answer never came.
    pub(crate) status: Option<u16>,
}

/// The requests since the last reset, in the order of their arrival.
#[derive(Debug, Clone)]
pub(crate) struct Requests(Vec<Request>);

impl Requests {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Request> {
        self.0.iter()
    }

    pub(crate) fn of(&self, operation: Operation) -> impl Iterator<Item = &Request> {
        self.iter()
            .filter(move |request| request.operation == operation)
    }

    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.of(operation).count()
    }

    /// Those that were answered with an error.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &Request> {
        self.iter()
            .filter(|request| request.status.is_some_and(|status| status >= 400))
    }

    /// How many were hit by `fault`.
    pub(crate) fn hit(&self, fault: Fault) -> usize {
        self.iter()
            .filter(|request| request.fault == Some(fault))
            .count()
    }
}

/// Where requests are written down.
#[derive(Debug)]
pub(crate) struct Journal {
    start: Instant,
    page: Mutex<Page>,
    /// Somebody asked.
    more: Condvar,
}

#[derive(Debug, Default)]
struct Page {
    /// Resets so far: an answer to what was asked before the last is written nowhere.
    number: u64,
    requests: Vec<Request>,
}

/// Where an answer is to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    page: u64,
    index: usize,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            page: Mutex::default(),
            more: Condvar::default(),
        }
    }
}

impl Journal {
    pub(crate) fn asked(&self, target: &Target, headers: &HeaderMap) -> Line {
        let request = Request {
            operation: target.operation,
            key: target.key.clone(),
            headers: telling(headers),
            at: self.start.elapsed(),
            fault: None,
            status: None,
        };
        let mut page = self.page.lock().unwrap();
        page.requests.push(request);
        self.more.notify_all();
        Line {
            page: page.number,
            index: page.requests.len() - 1,
        }
    }

    pub(crate) fn hit(&self, line: Line, fault: Option<Fault>) {
        self.write(line, |request| request.fault = fault);
    }

    pub(crate) fn answered(&self, line: Line, status: u16) {
        self.write(line, |request| request.status = Some(status));
    }

    fn write(&self, line: Line, change: impl FnOnce(&mut Request)) {
        let mut page = self.page.lock().unwrap();
        if page.number == line.page {
            change(&mut page.requests[line.index]);
        }
    }

    pub(crate) fn requests(&self) -> Requests {
        Requests(self.page.lock().unwrap().requests.clone())
    }

    /// Blocks until so many requests of `operation` for keys that begin with `under` were asked since the last reset.
    #[track_caller]
    pub(crate) fn wait_for(&self, operation: Operation, under: &str, count: usize) {
        let page = self.page.lock().unwrap();
        let asked = |page: &Page| {
            let requests = page.requests.iter();
            requests
                .filter(|request| request.operation == operation && request.key.starts_with(under))
                .count()
        };
        let waited = self
            .more
            .wait_timeout_while(page, Duration::from_mins(1), |page| asked(page) < count);
        let (page, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "{} of {count} asked", asked(&page));
    }

    pub(crate) fn reset(&self) {
        let mut page = self.page.lock().unwrap();
        page.number += 1;
        page.requests.clear();
    }
}

fn telling(headers: &HeaderMap) -> BTreeMap<String, String> {
    const SIGNATURE: [&str; 4] = [
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-user-agent",
    ];
    let tells = |name: &str| {
        (name.starts_with("x-amz-") && !SIGNATURE.contains(&name))
            || name.starts_with("if-")
            || matches!(name, "content-md5" | "range")
    };
    headers
        .iter()
        .filter(|(name, _)| tells(name.as_str()))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}
