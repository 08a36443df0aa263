//! The patients as the metadata has them. Pure.

use std::collections::BTreeMap;
use std::fmt;

use memchr::memchr_iter;

use super::finding::Findings;
use super::partition::{Canonical, UNKNOWN};
use super::patient::{Keys, Patients, SLICE_SELECTION};
use super::retyped::inferred;
use super::values::{ValueId, Values};
use crate::datasets::covidx_ct::files::age::{OLDEST, parse_age};
use crate::datasets::covidx_ct::files::metadata::{
    self, ColumnNames, Irregular, MetadataError, Seen, Sink, is_category, is_missing,
};
use crate::datasets::covidx_ct::files::{Class, PatientRow, sex, source};
use crate::datasets::covidx_ct::rules::RuleId;
use crate::readable;

/// A metadata file, read and judged.
#[derive(Debug)]
pub(super) struct Roster {
    pub(super) values: Values,
    pub(super) patients: Patients,
    pub(super) findings: Findings,
    pub(super) columns: ColumnNames,
    /// Columns in which fewer than half of the values are what they should be.
    pub(super) unreadable: Vec<UnreadableColumn>,
}

/// A column that has values, of which fewer than half are what they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableColumn {
    /// Its name.
    pub name: &'static str,
    /// What its values should be.
    pub expected: &'static str,
    /// How many are that.
    pub readable: u64,
    /// How many are something else.
    pub unreadable: u64,
    /// The first of these, as they are shown.
    pub examples: Vec<String>,
}

/// Of the values of a column so many are shown.
const SHOWN: usize = 3;
/// One wrong value is a wrong value. Several, and fewer that are right, are a column that means something else.
const SEVERAL: u64 = 2;

/// Columns of which every release has values: without them the tables say nothing of the patients. The others are missing in
/// some release, or have the same value in each.
const NEEDED: [&str; 5] = ["source", "country", "sex", "age", "finding"];

impl UnreadableColumn {
    /// Judges a column by the values that it has, missing ones left out.
    fn judge(
        name: &'static str,
        expected: &'static str,
        readable: u64,
        unreadable: u64,
        examples: Vec<String>,
    ) -> Option<Self> {
        (unreadable >= SEVERAL && readable < unreadable).then_some(Self {
            name,
            expected,
            readable,
            unreadable,
            examples,
        })
    }

    /// The same of a column whose values are `known` ones.
    fn judge_keys(
        name: &'static str,
        expected: &'static str,
        canonical: &Canonical,
        known: &[&str],
    ) -> Option<Self> {
        let rows = canonical.rows.iter().filter(|(value, _)| *value != UNKNOWN);
        let (known, others): (Vec<_>, Vec<_>) =
            rows.partition(|(value, _)| known.contains(&value.as_str()));
        let sum = |rows: &[(&String, &u64)]| rows.iter().map(|(_, rows)| **rows).sum();
        let examples = others.iter().take(SHOWN);
        let examples = examples.map(|(value, _)| readable::value(value)).collect();
        Self::judge(name, expected, sum(&known), sum(&others), examples)
    }
}

impl Roster {
    /// Reads a metadata file, which findings call `file`.
    pub(super) fn parse(metadata: &[u8], file: &str) -> Result<Self, MetadataError> {
        let mut rows = Rows {
            file,
            values: Values::default(),
            patients: Patients::default(),
            findings: Findings::default(),
            ages: Ages::default(),
        };
        rows.patients.reserve(memchr_iter(b'\n', metadata).count());
        let columns = metadata::for_each(metadata, &mut rows)?;
        let Rows {
            mut values,
            mut patients,
            mut findings,
            ages,
            ..
        } = rows;
        let mut keys = patients.canonicalise(&mut values);
        let classes = Class::ALL.map(Class::as_str);
        let unreadable: Vec<_> = [
            ages.unreadable(),
            UnreadableColumn::judge_keys("sex", "`F` or `M`", &keys.sex, &sex::BOTH),
            UnreadableColumn::judge_keys(
                "finding",
                "`Normal`, `Pneumonia` or `COVID-19`",
                &keys.finding,
                &classes,
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        keys.missing.insert("age", ages.missing);
        judge_words(&keys, &mut findings);
        judge_sources(&keys, &mut findings);
        for (name, canonical) in [
            ("country", &keys.country),
            ("sex", &keys.sex),
            ("diagnosis", &keys.finding),
        ] {
            judge_spelling(name, canonical, &mut findings);
        }
        judge_sex(&keys.sex, &mut findings);
        judge_selection(&keys, &patients, &values, &mut findings);
        for column in &unreadable {
            let detail = Some(column.to_string());
            findings.add(
                RuleId::ColumnUnreadable,
                column.name,
                detail,
                column.unreadable,
            );
        }
        judge_columns(&columns, &mut findings);
        Ok(Self {
            values,
            patients,
            findings,
            columns,
            unreadable,
        })
    }
}

/// Takes the rows of a file.
struct Rows<'a> {
    file: &'a str,
    values: Values,
    patients: Patients,
    findings: Findings,
    ages: Ages,
}

impl Sink for Rows<'_> {
    fn row(&mut self, row: &PatientRow<&str>) -> Seen {
        let seen = self.patients.add(row, &mut self.values);
        if let (Seen::New, Some(raw)) = (seen, row.age) {
            self.ages.judge(row.patient_id, raw, &mut self.findings);
        }
        seen
    }

    fn irregular(&mut self, line: u64, what: Irregular) {
        let subject = format!("{}:{line}", self.file);
        let detail = Some(what.to_string());
        self.findings.add(RuleId::IrregularRow, &subject, detail, 1);
    }
}

/// The ages of a file.
#[derive(Debug, Default)]
struct Ages {
    readable: u64,
    unreadable: u64,
    /// The first of those that can't be read.
    examples: Vec<String>,
    /// Words that stand for a missing one, and the rows that have them.
    missing: BTreeMap<String, u64>,
}

impl Ages {
    fn judge(&mut self, patient: &str, raw: &str, findings: &mut Findings) {
        let detail = match parse_age(raw) {
            Some(age) => {
                self.readable += 1;
                if age > 0 {
                    return;
                }
                "age 0".to_owned()
            }
            None if is_missing(raw) || raw.eq_ignore_ascii_case(UNKNOWN) => {
                *self.missing.entry(raw.to_owned()).or_default() += 1;
                return;
            }
            None => {
                self.unreadable += 1;
                let raw = readable::value(raw);
                let detail = format!("age `{raw}`, not a whole number from 0 to {OLDEST}");
                if self.examples.len() < SHOWN {
                    self.examples.push(raw);
                }
                detail
            }
        };
        findings.add(RuleId::ImplausibleAge, patient, Some(detail), 1);
    }

    fn unreadable(&self) -> Option<UnreadableColumn> {
        UnreadableColumn::judge(
            "age",
            "a whole number from 0 to 120",
            self.readable,
            self.unreadable,
            self.examples.clone(),
        )
    }
}

/// Columns that the header lacks, perhaps because it calls them otherwise.
fn judge_columns(columns: &ColumnNames, findings: &mut Findings) {
    let others = match &columns.extra[..] {
        [] => String::new(),
        extra => format!("; its other columns: {}", readable::list(extra)),
    };
    for &column in &columns.missing {
        let rule = if NEEDED.contains(&column) {
            RuleId::ColumnMissing
        } else {
            RuleId::OptionalColumnMissing
        };
        let detail = format!("not in the header of the metadata{others}");
        findings.add(rule, column, Some(detail), 1);
    }
}

/// What stood for a missing value, column by column.
fn judge_words(keys: &Keys, findings: &mut Findings) {
    for (column, words) in keys.missing.iter().filter(|(_, words)| !words.is_empty()) {
        let said: Vec<String> = words
            .iter()
            .map(|(word, rows)| format!("`{word}` in {rows}"))
            .collect();
        let detail = format!("rows: {}", said.join(", "));
        findings.add(
            RuleId::MissingWord,
            column,
            Some(detail),
            words.values().sum(),
        );
    }
}

fn judge_sources(keys: &Keys, findings: &mut Findings) {
    for (source, &rows) in keys.values.get("source").into_iter().flatten() {
        if !source::is_known(source) {
            findings.add(RuleId::UnknownSource, source, None, rows);
        }
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
    for (value, &rows) in &canonical.rows {
        if let Some(what) = inferred(value) {
            let detail = match value.trim_start_matches('0') {
                digits if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                    let digits = if digits.is_empty() { "0" } else { digits };
                    format!("the number {digits} where types are inferred")
                }
                _ => format!("{what} where types are inferred"),
            };
            findings.add_as(RuleId::ValueRetyped, key, value, Some(detail), rows);
        }
    }
}

fn judge_sex(canonical: &Canonical, findings: &mut Findings) {
    for (value, &rows) in &canonical.rows {
        if value != UNKNOWN && !sex::BOTH.contains(&value.as_str()) {
            findings.add(RuleId::UnknownSex, value, None, rows);
        }
    }
}

/// `N/A` is a category of `slice selection`, and pandas takes it for a missing value: a file that was saved once by it has
/// none for the Normal patients.
fn judge_selection(keys: &Keys, patients: &Patients, values: &Values, findings: &mut Findings) {
    let selections = keys.values.get(SLICE_SELECTION);
    if selections.is_none_or(|selections| selections.keys().any(|word| is_category(word))) {
        return;
    }
    let mut rows = 0;
    for patient in patients.iter() {
        let finding = values.get(patient.finding);
        if finding.is_some_and(|finding| **finding == *Class::Normal.as_str()) {
            if patient.slice_selection != ValueId::default() {
                return;
            }
            rows += 1;
        }
    }
    if rows == 0 {
        return;
    }
    let detail = format!(
        "missing for all {rows} Normal patients, where the published file has the category `N/A`"
    );
    findings.add(RuleId::CategoryLost, SLICE_SELECTION, Some(detail), rows);
}

impl fmt::Display for UnreadableColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            expected,
            readable,
            unreadable,
            examples,
            ..
        } = self;
        let values = readable + unreadable;
        match readable {
            0 => write!(f, "none of its {values} values is {expected}: ")?,
            1 => write!(f, "only 1 of its {values} values is {expected}, not ")?,
            _ => write!(
                f,
                "only {readable} of its {values} values are {expected}, not "
            )?,
        }
        let examples: Vec<String> = examples.iter().map(|value| format!("`{value}`")).collect();
        f.write_str(&examples.join(", "))?;
        f.write_str(if *unreadable > examples.len() as u64 {
            ", …"
        } else {
            ""
        })
    }
}
