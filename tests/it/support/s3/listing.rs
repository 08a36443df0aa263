//! One page of a listing.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::object::Object;

/// The most that a page holds, whatever is asked for.
pub(crate) const PAGE: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) objects: Vec<(String, Arc<Object>)>,
    /// The common beginnings up to the delimiter.
    pub(crate) prefixes: Vec<String>,
    /// Where the next page begins, when there is one.
    pub(crate) next: Option<String>,
}

/// What S3 leaves as it is in a key that it encodes; a blank becomes `+`.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b' ');

/// A key as `encoding-type=url` has it.
pub(crate) fn encoded(key: &str) -> String {
    let encoded = utf8_percent_encode(key, PLAIN).to_string();
    encoded.replace(' ', "+")
}

/// The objects below `prefix` after `after`, at most `limit` of them; those with the delimiter behind the prefix count as one.
pub(crate) fn page(
    objects: &BTreeMap<String, Arc<Object>>,
    prefix: &str,
    delimiter: Option<&str>,
    after: &str,
    limit: usize,
) -> Page {
    let mut page = Page::default();
    let mut last = after.to_owned();
    loop {
        let from = if last.as_str() >= prefix && !last.is_empty() {
            Bound::Excluded(last.as_str())
        } else {
            Bound::Included(prefix)
        };
        let next = objects.range::<str, _>((from, Bound::Unbounded)).next();
        let Some((key, object)) = next.filter(|(key, _)| key.starts_with(prefix)) else {
            return page;
        };
        if page.objects.len() + page.prefixes.len() == limit {
            page.next = (limit > 0).then_some(last);
            return page;
        }
        let common = delimiter
            .filter(|delimiter| !delimiter.is_empty())
            .and_then(|delimiter| {
                let end = key[prefix.len()..].find(delimiter)? + prefix.len() + delimiter.len();
                Some(&key[..end])
            });
        if let Some(common) = common {
            page.prefixes.push(common.to_owned());
            // Behind every key that begins so.
            last = format!("{common}{}", char::MAX);
        } else {
            page.objects.push((key.clone(), Arc::clone(object)));
            last.clone_from(key);
        }
    }
}
