//! The patients as the metadata has them. Pure.

use std::collections::BTreeMap;

use memchr::memchr_iter;

use super::finding::Findings;
use super::partition::Canonical;
use super::patient::Patients;
use super::values::Values;
use crate::contract::RuleId;
use crate::covidx::age::parse_age;
use crate::covidx::metadata::{self, MetadataError};
use crate::covidx::{PatientRow, source};

/// A metadata file, read and judged.
#[derive(Debug)]
pub(super) struct Roster {
    pub(super) values: Values,
    pub(super) patients: Patients,
    pub(super) findings: Findings,
    /// Columns that it lacks.
    pub(super) missing_columns: Vec<&'static str>,
    /// Columns that were passed over.
    pub(super) extra_columns: Vec<String>,
}

impl Roster {
    pub(super) fn parse(metadata: &[u8]) -> Result<Self, MetadataError> {
        let mut values = Values::default();
        let mut patients = Patients::default();
        patients.reserve(memchr_iter(b'\n', metadata).count());
        let mut findings = Findings::default();
        let mut unknown_sources = BTreeMap::new();
        let (missing_columns, extra_columns) = metadata::for_each(metadata, |row| {
            judge_age(&row, &mut findings);
            judge_source(&row, &mut unknown_sources);
            patients.add(&row, &mut values)
        })?;
        for (source, rows) in unknown_sources {
            findings.add(RuleId::UnknownSource, &source, None, rows);
        }
        let keys = patients.canonicalise(&mut values);
        for (name, canonical) in [
            ("country", &keys.country),
            ("sex", &keys.sex),
            ("diagnosis", &keys.finding),
        ] {
            judge_spelling(name, canonical, &mut findings);
        }
        Ok(Self {
            values,
            patients,
            findings,
            missing_columns,
            extra_columns,
        })
    }
}

fn judge_age(row: &PatientRow<&str>, findings: &mut Findings) {
    let Some(raw) = row.age else {
        return;
    };
    let detail = match parse_age(raw) {
        Some(0) => "age 0".to_owned(),
        Some(_) => return,
        None => format!("age `{raw}`, not a whole number from 0 to 120"),
    };
    findings.add(RuleId::ImplausibleAge, row.patient_id, Some(detail), 1);
}

fn judge_source(row: &PatientRow<&str>, unknown: &mut BTreeMap<String, u64>) {
    if let Some(source) = row.source.filter(|source| !source::is_known(source)) {
        *unknown.entry(source.to_owned()).or_default() += 1;
    }
}

fn judge_spelling(key: &str, canonical: &Canonical, findings: &mut Findings) {
    for (rule, changed) in [
        (RuleId::ValueRespelled, &canonical.respelled),
        (RuleId::ValueSanitised, &canonical.sanitised),
    ] {
        for (raw, value, rows) in changed {
            let detail = format!("stands as `{value}`");
            findings.add_as(rule, key, raw, Some(detail), *rows);
        }
    }
}
