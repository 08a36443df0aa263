//! The name of a snapshot: when it was built, what it holds, and which build it was.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// `20261123T201500Z-3f9a1c2b-7d1e`: UTC time, the first eight digits of the content id, four random hex digits.
///
/// Names sort by time. The random digits keep two builds of the same inputs in the same second apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotName(String);

/// Not the shape of a snapshot's name.
#[derive(Debug, Error)]
#[error("expected a snapshot name like `20261123T201500Z-3f9a1c2b-7d1e`, got `{0}`")]
pub struct SnapshotNameError(String);

impl SnapshotName {
    /// A new name for the content `content_id` (hex) built at `time`.
    #[must_use]
    pub fn new(time: DateTime<Utc>, content_id: &str) -> Self {
        let content = &content_id[..8];
        let salt: u16 = rand::random();
        Self(format!("{}-{content}-{salt:04x}", time.format(TIME_FORMAT)))
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When the build began, to the second.
    #[must_use]
    pub fn time(&self) -> DateTime<Utc> {
        let text = self.0.split('-').next().unwrap_or_default();
        NaiveDateTime::parse_from_str(text, TIME_FORMAT)
            .map(|time| time.and_utc())
            .unwrap_or_default()
    }
}

impl fmt::Display for SnapshotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SnapshotName {
    type Err = SnapshotNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('-').collect();
        let hex = |part: &str, digits| {
            part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        match parts[..] {
            [time, content, salt]
                if NaiveDateTime::parse_from_str(time, TIME_FORMAT).is_ok()
                    && hex(content, 8)
                    && hex(salt, 4) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(SnapshotNameError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for SnapshotName {
    type Error = SnapshotNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SnapshotName> for String {
    fn from(name: SnapshotName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_with_its_time() {
        let time = "2026-11-23T20:15:00Z".parse().expect("a time");
        let name = SnapshotName::new(time, "3f9a1c2b00ff");
        assert!(name.as_str().starts_with("20261123T201500Z-3f9a1c2b-"));
        let read: SnapshotName = name.as_str().parse().expect("its own text");
        assert_eq!((read.time(), read), (time, name));
    }

    #[test]
    fn other_folders_are_not_snapshots() {
        for text in [
            "_delta_log",
            "20261123-3f9a1c2b-7d1e",
            "20261123T201500Z-3f9a1c2b-7d1e-x",
        ] {
            assert!(text.parse::<SnapshotName>().is_err(), "{text}");
        }
    }
}
