//! A combination of the values that the page filters by.

use super::dimension::Dimension;

/// Number of dimensions that make a stratum.
pub(super) const FILTERS: usize = Dimension::FILTERS.len();

/// Places of the values of a stratum; patients without images are in no split.
pub(super) type Places = [Option<usize>; FILTERS];

/// A combination of values.
#[derive(Debug, Default, Clone)]
pub(super) struct Stratum {
    pub(super) places: Places,
    pub(super) slices: u64,
    /// Slices whose image is in the landing zone.
    pub(super) images: u64,
    pub(super) patients_without_images: u64,
}
