//! The groups of patients a release consists of.

use super::naming::Naming;
use crate::datasets::covidx_ct::files::Class;
use crate::release::Release;

/// Patients of one source and one class, who share the shape of their file names.
#[derive(Debug)]
pub(super) struct Cohort {
    pub(super) naming: Naming,
    pub(super) class: Class,
    /// How releases 1 and 2 spell the source, and how release 3 does.
    source: [&'static str; 2],
    /// Patients with images in release 2A and in release 3A.
    patients: [u32; 2],
    pub(super) slice_selection: &'static [&'static str],
    /// Whether release 2A has them in the train split only.
    pub(super) train_only: bool,
    /// Empty where the release says nothing.
    pub(super) countries: &'static [&'static str],
    /// Of a hundred patients, those whose sex and age are known.
    pub(super) demographics: u32,
}

impl Cohort {
    /// How many patients of the real release are of this cohort.
    pub(super) fn patients(&self, release: &Release) -> u32 {
        self.patients[edition(release)]
    }

    pub(super) fn source(&self, release: &Release) -> &'static str {
        self.source[edition(release)]
    }
}

/// Which of the two columns holds for a release.
fn edition(release: &Release) -> usize {
    usize::from(release.as_str().starts_with("CT-3"))
}

const CHINA: &[&str] = &["China"];
const IRAN: &[&str] = &["Iran"];
const UNKNOWN: &[&str] = &[""];
const MIXED: &[&str] = &[
    "",
    "",
    "Iran",
    "Australia",
    "Algeria",
    "Italy",
    "England",
    "Scotland",
];
const EXPERT: &[&str] = &["Expert"];
const AUTOMATIC: &[&str] = &["Automatic"];
const NOT_SELECTED: &[&str] = &["N/A"];

/// The cohorts. The numbers of release 2A are counted. How the 1,567 further patients of release 3A
/// divide among the last five is an estimate.
pub(super) static COHORTS: [Cohort; 19] = [
    Cohort {
        naming: Naming::Cncb("NCP"),
        class: Class::Covid19,
        source: ["CNCB"; 2],
        patients: [776; 2],
        slice_selection: &["Expert", "Expert", "Automatic"],
        train_only: false,
        countries: CHINA,
        demographics: 34,
    },
    Cohort {
        naming: Naming::Cncb("CP"),
        class: Class::Pneumonia,
        source: ["CNCB"; 2],
        patients: [835; 2],
        slice_selection: &["Expert", "Expert", "Expert", "Automatic"],
        train_only: false,
        countries: CHINA,
        demographics: 0,
    },
    Cohort {
        naming: Naming::Cncb("Normal"),
        class: Class::Normal,
        source: ["CNCB"; 2],
        patients: [243; 2],
        slice_selection: NOT_SELECTED,
        train_only: false,
        countries: CHINA,
        demographics: 0,
    },
    Cohort {
        naming: Naming::CovidCtset(&["137covid", "157covid"]),
        class: Class::Covid19,
        source: ["COVID-CTSet", "COVID-CTset"],
        patients: [95; 2],
        slice_selection: EXPERT,
        train_only: false,
        countries: IRAN,
        demographics: 100,
    },
    Cohort {
        naming: Naming::CovidCtset(&["normal1", "normal5", "normalcd1", "cdnormal4", "cdunnormal"]),
        class: Class::Normal,
        source: ["COVID-CTSet", "COVID-CTset"],
        patients: [282; 2],
        slice_selection: NOT_SELECTED,
        train_only: false,
        countries: IRAN,
        demographics: 100,
    },
    Cohort {
        naming: Naming::Tcia,
        class: Class::Covid19,
        source: ["TCIA"; 2],
        patients: [445; 2],
        slice_selection: &["Non-expert", "Automatic"],
        train_only: true,
        countries: UNKNOWN,
        demographics: 0,
    },
    Cohort {
        naming: Naming::Challenge,
        class: Class::Covid19,
        source: ["COVID-19-20 Challenge", "TCIA"],
        patients: [198; 2],
        slice_selection: EXPERT,
        train_only: false,
        countries: UNKNOWN,
        demographics: 0,
    },
    Cohort {
        naming: Naming::Ictcf,
        class: Class::Covid19,
        source: ["iCTCF"; 2],
        patients: [709; 2],
        slice_selection: AUTOMATIC,
        train_only: true,
        countries: CHINA,
        demographics: 100,
    },
    Cohort {
        naming: Naming::Lidc,
        class: Class::Normal,
        source: ["LIDC-IDRI"; 2],
        patients: [39; 2],
        slice_selection: NOT_SELECTED,
        train_only: false,
        countries: UNKNOWN,
        demographics: 0,
    },
    Cohort {
        naming: Naming::Coronacases,
        class: Class::Covid19,
        source: ["coronacases.org", "COVID-19-CT-Seg"],
        patients: [10; 2],
        slice_selection: EXPERT,
        train_only: false,
        countries: UNKNOWN,
        demographics: 100,
    },
    Cohort {
        naming: Naming::CovidCtSeg,
        class: Class::Covid19,
        source: ["radiopaedia.org", "COVID-19-CT-Seg"],
        patients: [8; 2],
        slice_selection: EXPERT,
        train_only: false,
        countries: UNKNOWN,
        demographics: 100,
    },
    Cohort {
        naming: Naming::Radiopaedia,
        class: Class::Covid19,
        source: ["radiopaedia.org"; 2],
        patients: [58; 2],
        slice_selection: &["Non-expert"],
        train_only: true,
        countries: MIXED,
        demographics: 98,
    },
    Cohort {
        naming: Naming::Radiopaedia,
        class: Class::Pneumonia,
        source: ["radiopaedia.org"; 2],
        patients: [38; 2],
        slice_selection: &["Non-expert"],
        train_only: true,
        countries: MIXED,
        demographics: 92,
    },
    Cohort {
        naming: Naming::Radiopaedia,
        class: Class::Normal,
        source: ["radiopaedia.org"; 2],
        patients: [9; 2],
        slice_selection: NOT_SELECTED,
        train_only: true,
        countries: MIXED,
        demographics: 89,
    },
    Cohort {
        naming: Naming::Stoic,
        class: Class::Covid19,
        source: ["STOIC"; 2],
        patients: [0, 1_150],
        slice_selection: AUTOMATIC,
        train_only: true,
        countries: &["France"],
        demographics: 100,
    },
    Cohort {
        naming: Naming::StonyBrook,
        class: Class::Covid19,
        source: ["Stony Brook"; 2],
        patients: [0, 112],
        slice_selection: AUTOMATIC,
        train_only: true,
        countries: &["USA"],
        demographics: 50,
    },
    Cohort {
        naming: Naming::CovidCtMd("P"),
        class: Class::Covid19,
        source: ["COVID-CT-MD"; 2],
        patients: [0, 169],
        slice_selection: EXPERT,
        train_only: false,
        countries: IRAN,
        demographics: 100,
    },
    Cohort {
        naming: Naming::CovidCtMd("cap"),
        class: Class::Pneumonia,
        source: ["COVID-CT-MD"; 2],
        patients: [0, 60],
        slice_selection: EXPERT,
        train_only: false,
        countries: IRAN,
        demographics: 100,
    },
    Cohort {
        naming: Naming::CovidCtMd("normal"),
        class: Class::Normal,
        source: ["COVID-CT-MD"; 2],
        patients: [0, 76],
        slice_selection: NOT_SELECTED,
        train_only: false,
        countries: IRAN,
        demographics: 100,
    },
];
