//! Values as people write them.

use std::time::Duration;

use crate::datasets;
use crate::release::{Release, ReleaseNameError};

/// `project=covid`.
pub(super) fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("expected a tag like `project=covid`, got `{text}`")),
    }
}

/// `_delta`: what a table's name may go on with.
pub(super) fn table_suffix(text: &str) -> Result<String, String> {
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if !text.is_empty() && text.len() <= 64 && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "expected up to 64 lower-case letters, digits and `_`, like `_delta`, got `{text}`"
    ))
}

/// A size of which archives can be fetched piece by piece.
pub(super) fn range_size(text: &str) -> Result<u64, String> {
    match bytes(text)? {
        size @ 64_000..=1_000_000_000 => Ok(size),
        _ => Err(format!("expected a size from 64kB to 1GB, got `{text}`")),
    }
}

/// `s3://bucket/prefix/`.
pub(super) fn s3_address(text: &str) -> Result<String, String> {
    match text.strip_prefix("s3://") {
        Some(place) if !place.is_empty() && !place.starts_with('/') => Ok(text.to_owned()),
        _ => Err(format!(
            "expected a place like `s3://bucket/prefix/`, got `{text}`"
        )),
    }
}

/// `128MB`, `2GB`, `500000B`: decimal units, and always one, since a bare number may be meant in any.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let expected = || format!("expected a size with its unit, like `128MB`, got `{text}`");
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" if digits == "0" => 1,
        "B" => 1,
        "KB" | "K" => 1_000,
        "MB" | "M" => 1_000_000,
        "GB" | "G" => 1_000_000_000,
        "TB" | "T" => 1_000_000_000_000,
        _ => return Err(expected()),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number.checked_mul(factor).ok_or_else(expected)
}

/// `30s`, `10m`, `24h`, `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected an age like `30s`, `10m`, `24h` or `7d`, got `{text}`");
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds: u64 = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(expected()),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(expected)
}

/// The name of a release of a dataset that there is.
pub(super) fn release(text: &str) -> Result<Release, ReleaseNameError> {
    datasets::release(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_ages() {
        assert_eq!(bytes("128MB"), Ok(128_000_000));
        assert_eq!(bytes("5B"), Ok(5));
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(
            bytes("5").unwrap_err(),
            "expected a size with its unit, like `128MB`, got `5`"
        );
        assert_eq!(bytes("1TB"), Ok(1_000_000_000_000));
        assert!(bytes("MB").is_err() && bytes("5 TB").is_err());
        assert_eq!(duration("7d"), Ok(Duration::from_hours(168)));
        assert!(duration("7").is_err() && duration("d").is_err());
    }
}
