//! What was asked, and how it was answered.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hyper::header::{AUTHORIZATION, HeaderMap, IF_MATCH, IF_RANGE, RANGE, USER_AGENT};

use super::{Fault, Operation};

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    /// `Range` as it was written.
    pub(crate) range: Option<String>,
    /// The bytes of the object that the answer is about, when it is a 206.
    pub(crate) served: Option<Range<u64>>,
    /// Bytes of the answer's body that were handed to the network, when it is one of the storage's objects.
    pub(crate) sent: u64,
    pub(crate) user_agent: Option<String>,
    /// Whether credentials came with it.
    pub(crate) authorized: bool,
    /// The version of the object that it was to be: `If-Match`, else `If-Range`.
    pub(crate) validator: Option<String>,
    /// When it arrived, from the start of the server.
    pub(crate) at: Duration,
    /// Requests for bytes that were under way when it arrived.
    pub(crate) beside: usize,
    /// Whether nothing more of the answer comes.
    pub(crate) ended: bool,
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

    /// Calls of the API.
    pub(crate) fn api(&self) -> impl Iterator<Item = &Request> {
        self.iter().filter(|request| request.operation.is_api())
    }

    /// Requests for bytes, by signed and by plain URLs.
    pub(crate) fn storage(&self) -> impl Iterator<Item = &Request> {
        self.iter().filter(|request| !request.operation.is_api())
    }

    /// The ranges that were answered with 206.
    pub(crate) fn ranges(&self) -> Vec<Range<u64>> {
        self.storage()
            .filter_map(|request| request.served.clone())
            .collect()
    }

    /// Bytes of objects that were handed to the network: a client that goes away has read less.
    pub(crate) fn bytes_sent(&self) -> u64 {
        self.storage().map(|request| request.sent).sum()
    }

    /// Requests for bytes that came with credentials, and are for everybody who has the URL.
    pub(crate) fn leaks(&self) -> usize {
        self.storage()
            .filter(|request| request.authorized && request.operation != Operation::Guarded)
            .count()
    }

    pub(crate) fn user_agents(&self) -> BTreeSet<String> {
        self.iter()
            .filter_map(|request| request.user_agent.clone())
            .collect()
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
        }
    }
}

impl Journal {
    pub(crate) fn asked(&self, operation: Operation, headers: &HeaderMap) -> Line {
        let text = |name| {
            let value = headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let mut page = self.page.lock().unwrap();
        let under_way = |other: &&Request| !other.operation.is_api() && !other.ended;
        let request = Request {
            operation,
            range: text(RANGE),
            served: None,
            sent: 0,
            user_agent: text(USER_AGENT),
            authorized: headers.contains_key(AUTHORIZATION),
            validator: text(IF_MATCH).or_else(|| text(IF_RANGE)),
            at: self.start.elapsed(),
            beside: page.requests.iter().filter(under_way).count(),
            ended: false,
            fault: None,
            status: None,
        };
        page.requests.push(request);
        Line {
            page: page.number,
            index: page.requests.len() - 1,
        }
    }

    pub(crate) fn write(&self, line: Line, change: impl FnOnce(&mut Request)) {
        let mut page = self.page.lock().unwrap();
        if page.number == line.page {
            change(&mut page.requests[line.index]);
        }
    }

    pub(crate) fn requests(&self) -> Requests {
        Requests(self.page.lock().unwrap().requests.clone())
    }

    pub(crate) fn reset(&self) {
        let mut page = self.page.lock().unwrap();
        page.number += 1;
        page.requests.clear();
    }
}
