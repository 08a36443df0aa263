//! Patients: one record each, filled from the metadata and counted up from the labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use super::partition::Canonical;
use super::texts::Texts;
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

    pub(super) fn add_slices(&mut self, split: Split, class: Class, slices: u32) {
        self.splits |= 1 << split as u8;
        self.classes[usize::from(class.id())] += slices;
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
    ids: Texts,
    lengths: Lengths,
    patients: Vec<Patient>,
}

/// The lengths of texts, by their first byte. Of lengths beyond 62 it says that it may have them.
#[derive(Debug)]
struct Lengths(Box<[u64; 256]>);

impl Default for Lengths {
    fn default() -> Self {
        Self(Box::new([0; 256]))
    }
}

impl Lengths {
    fn add(&mut self, text: &str) {
        if let Some(&first) = text.as_bytes().first() {
            self.0[usize::from(first)] |= 1 << text.len().min(63);
        }
    }

    fn may_have(&self, text: &str) -> bool {
        let first = text.as_bytes().first();
        first.is_some_and(|&first| self.0[usize::from(first)] >> text.len().min(63) & 1 == 1)
    }
}

/// The canonical spellings of the partition keys.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) country: Canonical,
    pub(super) sex: Canonical,
    pub(super) finding: Canonical,
}

impl Keys {
    /// Decides from the spellings that `patients` still have.
    fn new(patients: &[Patient], values: &Values) -> Self {
        let counts = |value: fn(&Patient) -> ValueId| {
            let mut by_id: HashMap<ValueId, u64> = HashMap::new();
            for patient in patients {
                *by_id.entry(value(patient)).or_default() += 1;
            }
            by_id
                .into_iter()
                .filter_map(|(id, rows)| Some((values.get(id)?.to_string(), rows)))
                .collect::<BTreeMap<String, u64>>()
        };
        Self {
            country: Canonical::new(counts(|patient| patient.country), &[]),
            sex: Canonical::new(counts(|patient| patient.sex), &[]),
            finding: Canonical::new(
                counts(|patient| patient.finding),
                &Class::ALL.map(Class::as_str),
            ),
        }
    }
}

impl Patients {
    /// Makes room for so many patients.
    pub(super) fn reserve(&mut self, patients: usize) {
        self.ids.reserve(patients);
        self.patients.reserve(patients);
    }

    /// Adds a patient of the metadata; `false` when its id is there already. Its partition values are as written until
    /// [`Patients::canonicalise`] is called.
    pub(super) fn add(&mut self, row: &PatientRow<&str>, values: &mut Values) -> bool {
        // Patients of one source follow each other.
        let last = self.patients.last();
        let mut value = |text, of: fn(&Patient) -> ValueId| {
            values.intern_option(text, last.map(of).unwrap_or_default())
        };
        let patient = Patient {
            source: value(row.source, |patient| patient.source),
            country: value(row.country, |patient| patient.country),
            sex: value(row.sex, |patient| patient.sex),
            finding: value(row.finding, |patient| patient.finding),
            verified_finding: value(row.verified_finding, |patient| patient.verified_finding),
            slice_selection: value(row.slice_selection, |patient| patient.slice_selection),
            view: value(row.view, |patient| patient.view),
            modality: value(row.modality, |patient| patient.modality),
            age: row.age.and_then(parse_age),
            in_metadata: true,
            ..Patient::default()
        };
        self.lengths.add(row.patient_id);
        let added = self.ids.add(row.patient_id).is_some();
        if added {
            self.patients.push(patient);
        }
        added
    }

    /// Gives every patient the canonical spelling of its partition values, which all rows together decide.
    pub(super) fn canonicalise(&mut self, values: &mut Values) -> Keys {
        let keys = Keys::new(&self.patients, values);
        let mut known: HashMap<(u8, ValueId), ValueId> = HashMap::new();
        let mut canonical = |key: u8, spellings: &Canonical, id: ValueId| {
            *known.entry((key, id)).or_insert_with(|| {
                let raw = values.get(id).map(Arc::clone);
                values.intern(spellings.get(raw.as_deref()))
            })
        };
        for patient in &mut self.patients {
            patient.country = canonical(0, &keys.country, patient.country);
            patient.sex = canonical(1, &keys.sex, patient.sex);
            if patient.finding != ValueId::default() {
                patient.finding = canonical(2, &keys.finding, patient.finding);
            }
        }
        keys
    }

    /// The patient `id`, added as an orphan with `unknown` country and sex if the metadata doesn't have it.
    pub(super) fn find_or_add_orphan(&mut self, id: &str, unknown: ValueId) -> PatientId {
        if let Some(added) = self.ids.add(id) {
            self.patients.push(Patient {
                country: unknown,
                sex: unknown,
                ..Patient::default()
            });
            return added;
        }
        self.ids.find(id).expect("it is there")
    }

    /// The patient `id` of the metadata: orphans are not known, their names imply them anew.
    pub(super) fn find_in_metadata(&self, id: &str) -> Option<PatientId> {
        // Most of what is asked for has a length that no such id has: no need to look it up then.
        let found = self.lengths.may_have(id).then(|| self.ids.find(id))??;
        self.get(found).in_metadata.then_some(found)
    }

    pub(super) fn get(&self, id: PatientId) -> &Patient {
        &self.patients[id as usize]
    }

    pub(super) fn get_mut(&mut self, id: PatientId) -> &mut Patient {
        &mut self.patients[id as usize]
    }

    pub(super) fn id(&self, patient: PatientId) -> &str {
        self.ids.get(patient)
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

    /// Bytes held.
    pub(super) fn held_bytes(&self) -> usize {
        self.ids.held_bytes() + self.patients.capacity() * size_of::<Patient>()
    }

    /// All patients, ordered by id.
    pub(super) fn by_id(&self) -> Vec<PatientId> {
        let mut order: Vec<PatientId> = (0..).take(self.len()).collect();
        // Metadata come with long runs in this order already: a stable sort takes them as they are.
        order.sort_by_key(|&patient| self.id(patient));
        order
    }
}
