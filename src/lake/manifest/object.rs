//! One object of the manifest, as bytes and under its name.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::{Expected, Line, ManifestEntry};
use crate::lake::decode_error::DecodeError;

/// Little is gained by more, and a manifest of 400,000 files is written in a second.
const COMPRESSION_LEVEL: i32 = 3;
/// Hex digits of the digest in a name.
const DIGEST_DIGITS: usize = 32;

/// An object of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestObject {
    /// Its name.
    pub name: ObjectName,
    /// What it says.
    pub content: Content,
}

/// What an object of the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What a source has.
    Plan {
        /// The source, where these are all its files.
        source: Option<String>,
        /// The files.
        files: Vec<Expected>,
    },
    /// What was stored or withdrawn.
    Part(Vec<Line>),
    /// All that is there, standing for other objects.
    Sealed {
        /// Names of the objects that it stands for.
        covers: Vec<ObjectName>,
        /// The files.
        entries: Vec<ManifestEntry>,
    },
}

/// `20261124T093000.123456Z-3f9a-00007.part.<digest>.jsonl.zst`: sorts by time, and tells what the bytes must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectName(String);

/// The first line of each object.
#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    covers: Vec<ObjectName>,
    /// Of a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

impl Content {
    fn kind(&self) -> &'static str {
        match self {
            Self::Plan { .. } => "plan",
            Self::Part(_) => "part",
            Self::Sealed { .. } => "sealed",
        }
    }

    /// The bytes, and the name that they must have. Names of one `run` sort by `sequence`.
    #[must_use]
    pub fn encode(&self, run: &str, sequence: u32) -> (ObjectName, Vec<u8>) {
        let bytes = self
            .compressed()
            .expect("plain data is written to memory and compressed");
        let digest = &hex::encode(Sha256::digest(&bytes))[..DIGEST_DIGITS];
        let kind = self.kind();
        let name = format!("{run}-{sequence:05}.{kind}.{digest}.jsonl.zst");
        (ObjectName(name), bytes)
    }

    fn compressed(&self) -> std::io::Result<Vec<u8>> {
        let mut out = zstd::stream::Encoder::new(Vec::new(), COMPRESSION_LEVEL)?;
        let mut header = Header {
            covers: Vec::new(),
            source: None,
        };
        match self {
            Self::Sealed { covers, .. } => header.covers.clone_from(covers),
            Self::Plan { source, .. } => header.source.clone_from(source),
            Self::Part(_) => {}
        }
        line(&mut out, &header)?;
        match self {
            Self::Plan { files, .. } => files.iter().try_for_each(|file| line(&mut out, file))?,
            Self::Part(lines) => lines.iter().try_for_each(|entry| line(&mut out, entry))?,
            Self::Sealed { entries, .. } => {
                entries.iter().try_for_each(|entry| line(&mut out, entry))?;
            }
        }
        out.finish()
    }
}

fn line(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

impl ManifestObject {
    /// From bytes, which must be those that the name says.
    pub fn decode(name: ObjectName, bytes: &[u8]) -> Result<Self, DecodeError> {
        let found = hex::encode(Sha256::digest(bytes));
        if !found.starts_with(name.digest()) {
            return Err(DecodeError::Digest {
                expected: name.digest().to_owned(),
                found: found[..DIGEST_DIGITS].to_owned(),
            });
        }
        let mut lines = BufReader::new(zstd::stream::Decoder::with_buffer(bytes)?);
        let mut first = String::new();
        lines.read_line(&mut first)?;
        let header: Header = serde_json::from_str(&first)?;
        let content = match name.kind() {
            "plan" => Content::Plan {
                source: header.source,
                files: rest(lines)?,
            },
            "part" => Content::Part(rest(lines)?),
            _ => Content::Sealed {
                covers: header.covers,
                entries: rest(lines)?,
            },
        };
        Ok(Self { name, content })
    }
}

fn rest<T: DeserializeOwned>(mut lines: impl BufRead) -> Result<Vec<T>, DecodeError> {
    let mut values = Vec::new();
    let mut text = String::new();
    while lines.read_line(&mut text)? > 0 {
        values.push(serde_json::from_str(&text)?);
        text.clear();
    }
    Ok(values)
}

impl ObjectName {
    /// `plan`, `part` or `sealed`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.rsplit('.').nth(3).unwrap_or_default()
    }

    fn digest(&self) -> &str {
        self.0.rsplit('.').nth(2).unwrap_or_default()
    }
}

impl FromStr for ObjectName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let name = Self(text.to_owned());
        // A copy (`Copy of 2026…`) would stand behind every later object, and undo what they say.
        let ours = text.starts_with(|first: char| first.is_ascii_digit())
            && matches!(name.kind(), "plan" | "part" | "sealed")
            && name.digest().len() == DIGEST_DIGITS
            && name.digest().bytes().all(|byte| byte.is_ascii_hexdigit())
            && text.ends_with(".jsonl.zst");
        if ours { Ok(name) } else { Err(()) }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_damage_is_noticed() {
        let entry = ManifestEntry {
            path: "2A_images/a.png".to_owned(),
            bytes: 5,
            crc32: 7,
            width: Some(512),
            height: Some(512),
            source: Some("covidxct/2A_images/a.png".to_owned()),
        };
        let withdrawn = Line::Withdrawn {
            path: "b.png".to_owned(),
            withdrawn: "missing".to_owned(),
        };
        let expected = Expected {
            path: "b.png".to_owned(),
            bytes: 9,
            crc32: None,
            refused: Some("it is encrypted".to_owned()),
        };
        let plan = Content::Plan {
            source: Some("covidxct.zip".to_owned()),
            files: vec![expected],
        };
        let part = Content::Part(vec![Line::Stored(entry.clone()), withdrawn]);
        let (part_name, _) = part.encode("20261124T093000.123456Z-3f9a", 7);
        let sealed = Content::Sealed {
            covers: vec![part_name],
            entries: vec![entry],
        };
        for content in [part, plan, sealed] {
            let (name, mut bytes) = content.encode("20261124T093000.123456Z-3f9a", 7);
            assert_eq!(name.to_string().parse(), Ok(name.clone()));
            let read = ManifestObject::decode(name.clone(), &bytes).expect("decoded");
            assert_eq!(read.content, content);
            bytes.pop();
            let error = ManifestObject::decode(name, &bytes).expect_err("cut off");
            assert!(matches!(error, DecodeError::Digest { .. }), "{error}");
        }
        let plan = Content::Plan {
            source: None,
            files: Vec::new(),
        };
        let (name, _) = plan.encode("20261124T093000.123456Z-3f9a", 7);
        for text in [
            "notes.txt".to_owned(),
            format!("{name}.bak"),
            format!("Copy of {name}"),
            name.to_string().replace(".plan.", ".plan.x"),
        ] {
            assert_eq!(text.parse::<ObjectName>(), Err(()), "{text}");
        }
    }
}
