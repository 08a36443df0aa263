//! A synthetic dataset, to try everything on.

use crate::release::Release;

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleOptions {
    /// Patients with images. How few there may be is the dataset's.
    pub patients: u32,
    /// Another seed gives other patients.
    pub seed: u64,
    /// The release to imitate.
    pub release: Release,
}

/// The files of a synthetic dataset. The same options give the same bytes on every platform.
pub trait SyntheticDataset {
    /// Path and content of each label file and of the metadata.
    fn texts(&self) -> Vec<(&str, &[u8])>;

    /// The paths of the images.
    fn images(&self) -> Vec<&str>;

    /// Draws one of the images.
    fn image(&self, index: usize) -> Vec<u8>;
}

/// What the demo shows.
#[derive(Debug, Clone, Copy)]
pub struct Demo {
    /// Patients of its synthetic dataset.
    pub patients: u32,
    /// The release that it imitates.
    pub release: &'static str,
    /// Questions, and the same in SQL.
    pub questions: &'static [(&'static str, &'static str)],
    /// A query to go on with.
    pub next: &'static str,
}
