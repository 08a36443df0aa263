//! A small synthetic release: the shape of the real one, without its patients.
//!
//! It has the file-name families, sources, classes and gaps in the metadata of the real release, in
//! about its proportions, and one of each [`Defect`]. The same options give the same bytes on every
//! platform: nothing but integers goes into it.

use super::Split;
use super::phantom::Phantom;
use super::release::CtRelease;
use crate::datasets::SyntheticDataset;

pub use crate::datasets::SampleOptions;

mod cohort;
mod defect;
mod draft;
mod naming;

pub use defect::{Defect, Planted};

use draft::{Draft, Label, Row};

/// A synthetic release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The label files and the metadata.
    pub files: Vec<SampleFile>,
    /// The images, to be drawn one at a time.
    pub images: Vec<ImageSpec>,
    /// What is wrong with it.
    pub planted: Vec<Planted>,
}

/// A file of a sample that is not an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// Path below the archive's root.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// An image of a sample, before it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSpec {
    /// Path below the archive's root, `2A_images/NCP_96_1328_0032.png`.
    pub path: String,
    /// What it shows.
    pub phantom: Phantom,
}

impl ImageSpec {
    /// The name without the folder.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Draws the image: an 8-bit grayscale PNG of about 10 kB, in a few milliseconds.
    ///
    /// # Panics
    ///
    /// Never: encoding fails where writing does, and memory takes it all.
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        self.phantom
            .png()
            .expect("a PNG of valid size is encoded into memory")
    }
}

impl SyntheticDataset for Sample {
    fn texts(&self) -> Vec<(&str, &[u8])> {
        let files = self.files.iter();
        files.map(|file| (&*file.path, &*file.bytes)).collect()
    }

    fn images(&self) -> Vec<&str> {
        self.images.iter().map(|image| &*image.path).collect()
    }

    fn image(&self, index: usize) -> Vec<u8> {
        self.images[index].render()
    }
}

/// Makes a sample. There are as many patients as families of names at least (16, or 21 in release 3). A fifth as many have
/// metadata only; each has 1 to 3 scans of 3 to 8 slices. `CT-3…` has the sources of release 3, any other those of release 2.
#[must_use]
pub fn generate(options: &SampleOptions) -> Sample {
    let mut draft = Draft::new(options);
    let planted = defect::plant(&mut draft);
    let metadata: String = std::iter::once(Row::HEADER.to_owned())
        .chain(draft.rows.iter().map(Row::line))
        .collect();
    let mut files = vec![SampleFile {
        path: "metadata.csv".to_owned(),
        bytes: metadata.into_bytes(),
    }];
    for (split, labels) in Split::ALL.into_iter().zip(&draft.labels) {
        let lines: String = labels.iter().map(Label::line).collect();
        files.push(SampleFile {
            path: options.release.label_file_name(split),
            bytes: lines.into_bytes(),
        });
    }
    Sample {
        files,
        images: draft.images,
        planted,
    }
}

#[cfg(test)]
mod tests;
