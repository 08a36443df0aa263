//! The catalogue of quality rules: what can be found about the data, and what to do about it.

use serde::{Deserialize, Serialize};

/// How bad a finding is; `build --fail-on` compares against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Look at it before you trust an analysis.
    Warning,
    /// An analysis that ignores it is wrong.
    Error,
}

impl Severity {
    /// The word in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A rule's entry in the contract.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleText {
    /// Kebab-case id, as in `quality_findings.rule`.
    pub id: RuleId,
    /// How bad a finding of it is.
    pub severity: Severity,
    /// What a subject is: slice, patient, image, line, ….
    pub subject_type: String,
    /// A few words.
    pub title: String,
    /// One sentence: what a finding says.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
}

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
}
