//! The rows of `patients`: one a patient, with what its slices add up to.

use std::collections::BTreeMap;

use arrow::array::{BooleanArray, Int32Array, RecordBatch, StringArray};

use super::columns::{ArrayBuilder, Column, batch};
use super::merge::Merge;
use super::partition_key::PartitionKey;
use super::patient::{Patient, PatientId};
use super::row_group::GROUP_ROWS;
use super::slices::Common;
use super::stem::NO_SLICE;
use super::totals::{Scans, Totals};
use super::values::ValueId;
use crate::columnar::Encoding::{Dictionary, Plain};
use crate::contract::Table;
use crate::datasets::covidx_ct::files::Split;

/// The patients by partition, and what their slices add up to.
pub(super) struct PatientRows<'a> {
    merge: &'a Merge,
    common: &'a Common,
    table: &'a Table,
    totals: &'a Totals,
    by_partition: BTreeMap<PartitionKey, Vec<PatientId>>,
}

/// Puts each patient into its partition, ordered by id there.
pub(super) fn by_partition(
    merge: &Merge,
    totals: &Totals,
) -> BTreeMap<PartitionKey, Vec<PatientId>> {
    let mut by_partition: BTreeMap<PartitionKey, Vec<PatientId>> = BTreeMap::new();
    for &number in &totals.patients_by_id {
        let partition = merge.patient_partition(number);
        by_partition.entry(partition).or_default().push(number);
    }
    by_partition
}

impl<'a> PatientRows<'a> {
    pub(super) fn new(
        merge: &'a Merge,
        totals: &'a Totals,
        common: &'a Common,
        table: &'a Table,
    ) -> Self {
        Self {
            by_partition: by_partition(merge, totals),
            merge,
            totals,
            common,
            table,
        }
    }

    /// Row groups, made one at a time, and whether each is the last of its partition.
    pub(super) fn batches(&self) -> impl Iterator<Item = (PartitionKey, RecordBatch, bool)> {
        self.by_partition.iter().flat_map(move |(&key, patients)| {
            let last = patients.len().div_ceil(GROUP_ROWS) - 1;
            let chunks = patients.chunks(GROUP_ROWS).enumerate();
            chunks.map(move |(index, chunk)| (key, self.batch(chunk), index == last))
        })
    }

    fn batch(&self, patients: &[PatientId]) -> RecordBatch {
        let group = PatientGroup {
            merge: self.merge,
            common: self.common,
            scans: &self.totals.scans,
            patients,
        };
        batch(self.table, &columns(), &group)
    }
}

/// The patients of one row group.
pub(super) struct PatientGroup<'a> {
    merge: &'a Merge,
    common: &'a Common,
    /// Of all patients, by number.
    scans: &'a [Scans],
    patients: &'a [PatientId],
}

type Build<'a> = ArrayBuilder<PatientGroup<'a>>;

/// The columns of the table.
pub(super) fn columns<'a>() -> Vec<Column<Build<'a>>> {
    vec![
        Build::text("patient_id", Plain, PatientGroup::ids),
        Build::text("source", Dictionary, |group| {
            group.shared(|patient| patient.source)
        }),
        Build::int("age", Dictionary, |group| {
            group.ints(|patient| patient.age.map(i32::from))
        }),
        Build::text("age_band", Dictionary, |group| {
            group.texts(|patient| Some(patient.age_band().as_str()))
        }),
        Build::int("age_band_order", Dictionary, |group| {
            group.ints(|patient| Some(patient.age_band().order()))
        }),
        Build::text("verified_finding", Dictionary, |group| {
            group.shared(|patient| patient.verified_finding)
        }),
        Build::text("slice_selection", Dictionary, |group| {
            group.shared(|patient| patient.slice_selection)
        }),
        Build::text("view", Dictionary, |group| {
            group.shared(|patient| patient.view)
        }),
        Build::text("modality", Dictionary, |group| {
            group.shared(|patient| patient.modality)
        }),
        Build::int("scans", Dictionary, PatientGroup::scan_counts),
        Build::int("slices", Dictionary, |group| {
            group.ints(|patient| Some(signed(patient.slices())))
        }),
        Build::text("split", Dictionary, |group| group.texts(split)),
        Build::boolean("in_metadata", Dictionary, PatientGroup::in_metadata),
        Build::text("cover_image_key", Plain, PatientGroup::covers),
    ]
}

impl PatientGroup<'_> {
    fn patients(&self) -> impl Iterator<Item = &Patient> {
        let patients = self.patients.iter();
        patients.map(|&number| self.merge.patients.get(number))
    }

    fn scans(&self) -> impl Iterator<Item = &Scans> {
        let patients = self.patients.iter();
        patients.map(|&number| &self.scans[number as usize])
    }

    fn ids(&self) -> StringArray {
        let patients = self.patients.iter();
        patients
            .map(|&number| Some(self.merge.patients.id(number)))
            .collect()
    }

    fn texts(&self, text: fn(&Patient) -> Option<&'static str>) -> StringArray {
        self.patients().map(text).collect()
    }

    fn ints(&self, value: fn(&Patient) -> Option<i32>) -> Int32Array {
        self.patients().map(value).collect()
    }

    fn scan_counts(&self) -> Int32Array {
        self.scans()
            .map(|scans| Some(signed(scans.count)))
            .collect()
    }

    /// Texts that many patients share.
    fn shared(&self, id: fn(&Patient) -> ValueId) -> StringArray {
        let text = |patient| self.merge.values.get(id(patient)).map(|text| &**text);
        self.patients().map(text).collect()
    }

    fn in_metadata(&self) -> BooleanArray {
        self.patients()
            .map(|patient| Some(patient.in_metadata))
            .collect()
    }

    /// The middle slices of the largest scans.
    fn covers(&self) -> StringArray {
        self.scans()
            .map(|scans| {
                let stem = self.merge.stems.get(scans.largest?);
                let slice = stem.slices.middle().unwrap_or(NO_SLICE);
                let name = self.merge.stems.file_name(stem, slice);
                Some(format!("{}{name}", self.common.image_prefix))
            })
            .collect()
    }
}

/// The split of a patient's slices.
fn split(patient: &Patient) -> Option<&'static str> {
    let mut splits = patient.splits();
    match (splits.next(), splits.next()) {
        (None, _) => None,
        (Some(only), None) => Some(Split::as_str(only)),
        (Some(_), Some(_)) => Some("several"),
    }
}

/// A count of lines, or of less.
fn signed(count: u32) -> i32 {
    i32::try_from(count).expect("MAX_LINES bounds the lines of all files")
}
