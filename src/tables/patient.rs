//! Patients: one record each, filled from the metadata and counted up from the labels.

use std::collections::HashMap;

use super::partition::{Canonical, UNKNOWN};
use super::values::{ValueId, Values};
use crate::covidx::age::{AgeBand, parse_age};
use crate::covidx::{Class, PatientRow, Split};

/// The number of a patient in [`Patients`].
pub(super) type PatientId = u32;

/// What is known of a patient: about 90 bytes beside the id.
#[derive(Debug, Default)]
pub(super) struct Patient {
    pub(super) source: ValueId,
    pub(super) country: ValueId,
    pub(super) sex: ValueId,
    /// The metadata's finding, canonical.
    pub(super) finding: ValueId,
    pub(super) verified_finding: ValueId,
    pub(super) slice_selection: ValueId,
    pub(super) view: ValueId,
    pub(super) modality: ValueId,
    pub(super) age: Option<u8>,
    pub(super) in_metadata: bool,
    /// One bit a split.
    pub(super) splits: u8,
    /// Slices by class.
    pub(super) classes: [u32; 3],
}

impl Patient {
    pub(super) fn slices(&self) -> u32 {
        self.classes.iter().sum()
    }

    pub(super) fn age_band(&self) -> AgeBand {
        AgeBand::of(self.age)
    }

    /// The class of most slices, the more serious of equals; `None` without slices.
    pub(super) fn commonest_class(&self) -> Option<Class> {
        Class::ALL
            .into_iter()
            .max_by_key(|class| self.classes[usize::from(class.id())])
            .filter(|_| self.slices() > 0)
    }

    pub(super) fn add_slice(&mut self, split: Split, class: Class) {
        self.splits |= 1 << split as u8;
        self.classes[usize::from(class.id())] += 1;
    }

    pub(super) fn splits(&self) -> impl Iterator<Item = Split> {
        let splits = self.splits;
        Split::ALL
            .into_iter()
            .filter(move |&split| splits >> split as u8 & 1 == 1)
    }
}

/// All patients, found by id.
#[derive(Debug, Default)]
pub(super) struct Patients {
    ids: Vec<Box<str>>,
    by_id: HashMap<Box<str>, PatientId>,
    patients: Vec<Patient>,
}

/// The canonical spellings of the partition keys.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) country: Canonical,
    pub(super) sex: Canonical,
    pub(super) finding: Canonical,
}

impl Keys {
    pub(super) fn new(rows: &[PatientRow]) -> Self {
        let classes = Class::ALL.map(Class::as_str);
        let of = |value: fn(&PatientRow) -> Option<&String>, fixed: &[&str]| {
            Canonical::new(rows.iter().filter_map(value).map(String::as_str), fixed)
        };
        Self {
            country: of(|row| row.country.as_ref(), &[]),
            sex: of(|row| row.sex.as_ref(), &[]),
            finding: of(|row| row.finding.as_ref(), &classes),
        }
    }
}

impl Patients {
    /// Adds a patient of the metadata, whose id is new.
    pub(super) fn add(&mut self, row: &PatientRow, keys: &Keys, values: &mut Values) {
        let patient = Patient {
            source: values.intern_option(row.source.as_deref()),
            country: values.intern(keys.country.get(row.country.as_deref())),
            sex: values.intern(keys.sex.get(row.sex.as_deref())),
            finding: values.intern_option(
                row.finding
                    .as_deref()
                    .map(|finding| keys.finding.get(Some(finding))),
            ),
            verified_finding: values.intern_option(row.verified_finding.as_deref()),
            slice_selection: values.intern_option(row.slice_selection.as_deref()),
            view: values.intern_option(row.view.as_deref()),
            modality: values.intern_option(row.modality.as_deref()),
            age: row.age.as_deref().and_then(parse_age),
            in_metadata: true,
            ..Patient::default()
        };
        self.push(&row.patient_id, patient);
    }

    /// The patient `id`, added as an orphan if the metadata doesn't have it.
    pub(super) fn find_or_add_orphan(&mut self, id: &str, values: &mut Values) -> PatientId {
        match self.by_id.get(id) {
            Some(&found) => found,
            None => {
                let unknown = values.intern(UNKNOWN);
                self.push(
                    id,
                    Patient {
                        country: unknown,
                        sex: unknown,
                        ..Patient::default()
                    },
                )
            }
        }
    }

    fn push(&mut self, id: &str, patient: Patient) -> PatientId {
        let number = u32::try_from(self.ids.len()).expect("fewer patients than lines");
        self.ids.push(id.into());
        self.by_id.insert(id.into(), number);
        self.patients.push(patient);
        number
    }

    /// Whether the metadata has `id`: orphans are not known, their names imply them anew.
    pub(super) fn in_metadata(&self, id: &str) -> bool {
        self.by_id
            .get(id)
            .is_some_and(|&id| self.patients[id as usize].in_metadata)
    }

    pub(super) fn get(&self, id: PatientId) -> &Patient {
        &self.patients[id as usize]
    }

    pub(super) fn get_mut(&mut self, id: PatientId) -> &mut Patient {
        &mut self.patients[id as usize]
    }

    pub(super) fn id(&self, patient: PatientId) -> &str {
        &self.ids[patient as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Patients with slices.
    pub(super) fn with_slices(&self) -> u64 {
        self.patients
            .iter()
            .filter(|patient| patient.slices() > 0)
            .count() as u64
    }

    /// Bytes held, ids twice included.
    pub(super) fn held_bytes(&self) -> usize {
        let ids: usize = self.ids.iter().map(|id| 2 * id.len()).sum();
        let entry = 2 * size_of::<Box<str>>() + size_of::<PatientId>() + size_of::<Patient>();
        ids + self.patients.capacity() * entry
    }

    /// All patients, ordered by id.
    pub(super) fn by_id(&self) -> Vec<PatientId> {
        let mut order: Vec<PatientId> = (0..).take(self.len()).collect();
        order.sort_unstable_by_key(|&patient| self.id(patient));
        order
    }
}
