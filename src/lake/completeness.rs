//! Whether a release's landing zone is complete.

use std::fmt;

use crate::release::Release;
use crate::release::{DatasetFormat, FindError, ReleaseFiles};

use super::manifest::Manifest;
use crate::readable;

/// What the landing zone of a release lacks. Whoever says that it is complete goes by this: ingest, run, build, status and
/// verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completeness {
    /// Paths that a source has and the landing zone lacks, withdrawn and refused ones among them, in order.
    pub missing: Vec<String>,
    /// How many of them a source may have and can't be taken.
    pub refused: u64,
    /// Why the first of `missing` can't be taken, if it can't.
    pub reason: Option<String>,
    /// The label files and the metadata, by name, or which of them is not there.
    pub files: Result<ReleaseFiles, FindError>,
}

/// What has to be corrected in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Path below the release's folder of the first file that can't be taken.
    pub path: String,
    /// Why it can't.
    pub reason: String,
    /// How many more can't be taken.
    pub others: u64,
}

impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = readable::value(&self.path);
        write!(f, "correct `{path}` in the source ({})", self.reason)?;
        match self.others {
            0 => Ok(()),
            1 => f.write_str(" and 1 more refused file"),
            others => write!(f, " and {others} more refused files"),
        }
    }
}

impl Completeness {
    /// What `manifest` and the names of the files at the top of the release's folder say.
    #[must_use]
    pub fn of<'a>(
        format: &dyn DatasetFormat,
        release: &Release,
        manifest: &Manifest,
        top_files: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let top_files: Vec<&str> = top_files.into_iter().collect();
        let missing = manifest.missing();
        let first = missing.first();
        Self {
            refused: manifest.refused().count() as u64,
            reason: manifest
                .refused()
                .find(|(path, _)| Some(path) == first)
                .map(|(_, reason)| reason.to_owned()),
            files: format.find(&top_files, Some(release)),
            missing: missing.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Whether everything is there: the label files, the metadata, and what else its sources have.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.files.is_ok()
    }

    /// What to correct where the source itself keeps it from being complete: to ingest it again, as it is, would bring nothing.
    #[must_use]
    pub fn correction(&self) -> Option<Correction> {
        let is_all = self.missing.len() as u64 == self.refused && self.files.is_ok();
        let (path, reason) = self.missing.first().zip(self.reason.as_ref())?;
        is_all.then(|| Correction {
            path: path.clone(),
            reason: reason.clone(),
            others: self.refused - 1,
        })
    }

    /// Which of the label files and the metadata is not there, in words.
    #[must_use]
    pub fn lacks(&self) -> Option<String> {
        self.files.as_ref().err().map(ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::Completeness;
    use crate::lake::manifest::{Content, Expected, Manifest, ManifestObject};

    const FILES: [&str; 4] = [
        "metadata.csv",
        "test_COVIDx_CT-2A.txt",
        "train_COVIDx_CT-2A.txt",
        "val_COVIDx_CT-2A.txt",
    ];

    fn complete(top_files: &[&str], refused: Option<&str>) -> Completeness {
        let files = refused.map(|reason| Expected {
            path: "2A_images/a.png".to_owned(),
            bytes: 0,
            crc32: None,
            refused: Some(reason.to_owned()),
        });
        let content = Content::Plan {
            source: None,
            files: files.into_iter().collect(),
        };
        let (name, _) = content.encode("20261124T000000Z", 0);
        let manifest = Manifest::replay(vec![ManifestObject { name, content }]);
        let release = "CT-2A".parse().expect("a release");
        Completeness::of(
            &crate::datasets::covidx_ct::CtFormat,
            &release,
            &manifest,
            top_files.iter().copied(),
        )
    }

    #[test]
    fn labels_metadata_and_what_the_sources_have() {
        assert!(complete(&FILES, None).is_complete());
        let refused = complete(&FILES, Some("it is encrypted"));
        assert!(!refused.is_complete());
        assert_eq!(refused.missing, ["2A_images/a.png"]);
        let correction = refused.correction().expect("something to correct");
        assert_eq!(
            correction.to_string(),
            "correct `2A_images/a.png` in the source (it is encrypted)"
        );
        // The source may have the metadata: it is worth a try.
        assert_eq!(
            complete(&FILES[1..], Some("it is encrypted")).correction(),
            None
        );
        assert_eq!(
            (refused.refused, refused.reason.as_deref()),
            (1, Some("it is encrypted"))
        );
        assert_eq!(
            complete(&FILES[1..], None).lacks().as_deref(),
            Some(
                "the metadata is missing: expected `metadata.csv` or `metadata.txt` beside \
                 `test_COVIDx_CT-2A.txt`, `train_COVIDx_CT-2A.txt`, `val_COVIDx_CT-2A.txt`"
            )
        );
    }
}
