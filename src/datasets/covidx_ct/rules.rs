//! The quality rules of COVIDx CT, by name: their texts are in the contract.

use serde::{Deserialize, Serialize};

use super::contract;
use crate::contract::RuleText;

/// The rules that the code knows; the contract has the same set, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "the catalogue in the contract says what each means"
)]
pub enum RuleId {
    SliceWithoutMetadata,
    MetadataUnmatched,
    PatientWithoutSlices,
    ImageMissing,
    ImageUnlabelled,
    LabelFindingMismatch,
    FindingMissing,
    PatientInSeveralSplits,
    FamilyInSeveralSplits,
    DuplicateFileName,
    BoxInverted,
    BoxOutsideImage,
    ImageUnreadable,
    UnknownClass,
    UnknownSex,
    UnknownSource,
    ValueRespelled,
    ValueSanitised,
    ValueRetyped,
    ImplausibleAge,
    ColumnMissing,
    OptionalColumnMissing,
    ColumnUnreadable,
    MissingWord,
    CategoryLost,
    UnknownFileName,
    IrregularRow,
    MalformedLine,
}

impl RuleId {
    /// Every rule, in the catalogue's order.
    pub const ALL: [Self; 28] = [
        Self::SliceWithoutMetadata,
        Self::MetadataUnmatched,
        Self::PatientWithoutSlices,
        Self::ImageMissing,
        Self::ImageUnlabelled,
        Self::LabelFindingMismatch,
        Self::FindingMissing,
        Self::PatientInSeveralSplits,
        Self::FamilyInSeveralSplits,
        Self::DuplicateFileName,
        Self::BoxInverted,
        Self::BoxOutsideImage,
        Self::ImageUnreadable,
        Self::UnknownClass,
        Self::UnknownSex,
        Self::UnknownSource,
        Self::ValueRespelled,
        Self::ValueSanitised,
        Self::ValueRetyped,
        Self::ImplausibleAge,
        Self::ColumnMissing,
        Self::OptionalColumnMissing,
        Self::ColumnUnreadable,
        Self::MissingWord,
        Self::CategoryLost,
        Self::UnknownFileName,
        Self::IrregularRow,
        Self::MalformedLine,
    ];

    /// Whether the labels alone can't tell: the images must be in the landing zone.
    #[must_use]
    pub fn needs_images(self) -> bool {
        matches!(
            self,
            Self::ImageMissing
                | Self::ImageUnlabelled
                | Self::BoxOutsideImage
                | Self::ImageUnreadable
        )
    }

    /// The kebab-case id.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SliceWithoutMetadata => "slice-without-metadata",
            Self::MetadataUnmatched => "metadata-unmatched",
            Self::PatientWithoutSlices => "patient-without-slices",
            Self::ImageMissing => "image-missing",
            Self::ImageUnlabelled => "image-unlabelled",
            Self::LabelFindingMismatch => "label-finding-mismatch",
            Self::FindingMissing => "finding-missing",
            Self::PatientInSeveralSplits => "patient-in-several-splits",
            Self::FamilyInSeveralSplits => "family-in-several-splits",
            Self::DuplicateFileName => "duplicate-file-name",
            Self::BoxInverted => "box-inverted",
            Self::BoxOutsideImage => "box-outside-image",
            Self::ImageUnreadable => "image-unreadable",
            Self::UnknownClass => "unknown-class",
            Self::UnknownSex => "unknown-sex",
            Self::UnknownSource => "unknown-source",
            Self::ValueRespelled => "value-respelled",
            Self::ValueSanitised => "value-sanitised",
            Self::ValueRetyped => "value-retyped",
            Self::ImplausibleAge => "implausible-age",
            Self::ColumnMissing => "column-missing",
            Self::OptionalColumnMissing => "optional-column-missing",
            Self::ColumnUnreadable => "column-unreadable",
            Self::MissingWord => "missing-word",
            Self::CategoryLost => "category-lost",
            Self::UnknownFileName => "unknown-file-name",
            Self::IrregularRow => "irregular-row",
            Self::MalformedLine => "malformed-line",
        }
    }

    /// The catalogue's entry.
    #[must_use]
    pub fn text(self) -> &'static RuleText {
        contract()
            .rule(self.as_str())
            .expect("every rule is in the catalogue: a test compares them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_and_the_catalogue_know_the_same_rules_in_the_same_order() {
        let rules = contract().rules.iter().map(|rule| rule.id.as_str());
        assert!(rules.eq(RuleId::ALL.map(RuleId::as_str)));
    }
}
