//! The `Range` of a request.

use std::ops::Range;

/// What is to be sent of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Range(Range<u64>),
    /// Nothing of it is in the object.
    Unsatisfiable,
}

impl Part {
    /// The part that `header` asks for of an object of `length` bytes. What is no range, and several ranges, ask for all of it.
    pub(crate) fn of(header: &str, length: u64) -> Self {
        let Some((first, last)) = header
            .strip_prefix("bytes=")
            .and_then(|range| range.split_once('-'))
        else {
            return Self::Whole;
        };
        let range = match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) if first > last => return Self::Whole,
            (Ok(first), Ok(last)) => first..length.min(last + 1),
            (Ok(first), Err(_)) if last.is_empty() => first..length,
            (Err(_), Ok(count)) if first.is_empty() => length.saturating_sub(count)..length,
            _ => return Self::Whole,
        };
        if range.is_empty() {
            Self::Unsatisfiable
        } else {
            Self::Range(range)
        }
    }
}
