//! The rows of `patients`: one a patient, with what its slices add up to.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray};

use super::merge::Merge;
use super::partition_key::PartitionKey;
use super::patient::PatientId;
use super::row_group::GROUP_ROWS;
use super::slices::Common;
use super::stem::NO_SLICE;
use super::totals::{Scans, Totals};
use crate::contract::Table;
use crate::covidx::Split;

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
        let scans = &self.totals.scans;
        let columns = self
            .table
            .columns
            .iter()
            .map(|column| values(self.merge, self.common, scans, patients, &column.name))
            .collect();
        RecordBatch::try_new(self.table.file_schema(), columns)
            .expect("the columns are made after the contract")
    }
}

fn values(
    merge: &Merge,
    common: &Common,
    scans: &[Scans],
    patients: &[PatientId],
    column: &str,
) -> ArrayRef {
    let all = || {
        patients
            .iter()
            .map(|&number| (number, merge.patients.get(number)))
    };
    let metadata = |id: fn(&super::patient::Patient) -> super::values::ValueId| -> ArrayRef {
        Arc::new(
            all()
                .map(|(_, patient)| merge.values.get(id(patient)).map(|value| &**value))
                .collect::<StringArray>(),
        )
    };
    match column {
        "patient_id" => Arc::new(StringArray::from_iter_values(
            patients.iter().map(|&number| merge.patients.id(number)),
        )),
        "source" => metadata(|patient| patient.source),
        "age" => Arc::new(
            all()
                .map(|(_, patient)| patient.age.map(i32::from))
                .collect::<Int32Array>(),
        ),
        "age_band" => Arc::new(StringArray::from_iter_values(
            all().map(|(_, patient)| patient.age_band().as_str()),
        )),
        "age_band_order" => Arc::new(Int32Array::from_iter_values(
            all().map(|(_, patient)| patient.age_band().order()),
        )),
        "verified_finding" => metadata(|patient| patient.verified_finding),
        "slice_selection" => metadata(|patient| patient.slice_selection),
        "view" => metadata(|patient| patient.view),
        "modality" => metadata(|patient| patient.modality),
        "scans" => Arc::new(Int32Array::from_iter_values(
            patients
                .iter()
                .map(|&number| signed(scans[number as usize].count)),
        )),
        "slices" => Arc::new(Int32Array::from_iter_values(
            all().map(|(_, patient)| signed(patient.slices())),
        )),
        "split" => Arc::new(
            all()
                .map(|(_, patient)| {
                    let mut splits = patient.splits();
                    match (splits.next(), splits.next()) {
                        (None, _) => None,
                        (Some(only), None) => Some(Split::as_str(only)),
                        (Some(_), Some(_)) => Some("several"),
                    }
                })
                .collect::<StringArray>(),
        ),
        "in_metadata" => Arc::new(
            all()
                .map(|(_, patient)| Some(patient.in_metadata))
                .collect::<BooleanArray>(),
        ),
        "cover_image_key" => Arc::new(
            patients
                .iter()
                .map(|&number| cover(merge, common, &scans[number as usize]))
                .collect::<StringArray>(),
        ),
        other => unreachable!("column `{other}` of patients has no values"),
    }
}

/// A count of lines, or of less.
fn signed(count: u32) -> i32 {
    i32::try_from(count).expect("MAX_LINES bounds the lines of all files")
}

/// The middle slice of the largest scan.
fn cover(merge: &Merge, common: &Common, scans: &Scans) -> Option<String> {
    let stem = merge.stems.get(scans.largest?);
    let slice = stem.slices.middle().unwrap_or(NO_SLICE);
    let name = merge.stems.file_name(stem, slice);
    Some(format!("{}{name}", common.image_prefix))
}
