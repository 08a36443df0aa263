//! Patients: one record each, filled from the metadata and counted up from the labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::partition::{Canonical, UNKNOWN};
use super::texts::Texts;
use super::values::{ValueId, Values};
use crate::datasets::covidx_ct::files::age::{AgeBand, parse_age};
use crate::datasets::covidx_ct::files::metadata::{Seen, is_category, is_missing};
use crate::datasets::covidx_ct::files::{Class, PatientRow, Split, sex};

/// The number of a patient in [`Patients`].
pub(super) type PatientId = u32;

/// What is known of a patient: about 90 bytes beside the id.
#[derive(Debug, Default, PartialEq, Eq)]
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

/// A column of the metadata whose values patients share.
struct SharedColumn {
    name: &'static str,
    id: fn(&mut Patient) -> &mut ValueId,
}

/// Those that become partition keys come first, in the order of [`Keys`].
const COLUMNS: [SharedColumn; 8] = [
    SharedColumn {
        name: "country",
        id: |patient| &mut patient.country,
    },
    SharedColumn {
        name: "sex",
        id: |patient| &mut patient.sex,
    },
    SharedColumn {
        name: "finding",
        id: |patient| &mut patient.finding,
    },
    SharedColumn {
        name: "source",
        id: |patient| &mut patient.source,
    },
    SharedColumn {
        name: "verified finding",
        id: |patient| &mut patient.verified_finding,
    },
    SharedColumn {
        name: SLICE_SELECTION,
        id: |patient| &mut patient.slice_selection,
    },
    SharedColumn {
        name: "view",
        id: |patient| &mut patient.view,
    },
    SharedColumn {
        name: "modality",
        id: |patient| &mut patient.modality,
    },
];

/// The one column in which a word for a missing value may be a category.
pub(super) const SLICE_SELECTION: &str = "slice selection";

/// What the rows have in the columns that they share values of.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) country: Canonical,
    pub(super) sex: Canonical,
    pub(super) finding: Canonical,
    /// By column: each of its other values, and the rows that have it.
    pub(super) values: BTreeMap<&'static str, BTreeMap<String, u64>>,
    /// By column: each word that stood for a missing value, and the rows that had it.
    pub(super) missing: BTreeMap<&'static str, BTreeMap<String, u64>>,
}

impl Keys {
    /// The canonical spellings of a column that has them.
    fn decide(&mut self, column: &'static str) -> Option<&Canonical> {
        let spellings = self.values.get(column).cloned().unwrap_or_default();
        let (place, decided) = match column {
            "country" => (&mut self.country, Canonical::new(spellings, &[], |_| None)),
            "sex" => (
                &mut self.sex,
                Canonical::new(spellings, &sex::BOTH, sex::of_word),
            ),
            "finding" => {
                let classes = Class::ALL.map(Class::as_str);
                (
                    &mut self.finding,
                    Canonical::new(spellings, &classes, |_| None),
                )
            }
            _ => return None,
        };
        *place = decided;
        Some(place)
    }
}

impl Patients {
    /// Makes room for so many patients.
    pub(super) fn reserve(&mut self, patients: usize) {
        self.ids.reserve(patients);
        self.patients.reserve(patients);
    }

    /// Adds a patient of the metadata, unless its id is there already. Its values are as written until
    /// [`Patients::canonicalise`] is called.
    pub(super) fn add(&mut self, row: &PatientRow<&str>, values: &mut Values) -> Seen {
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
        if self.ids.add(row.patient_id).is_some() {
            self.patients.push(patient);
            return Seen::New;
        }
        let earlier = self
            .ids
            .find(row.patient_id)
            .map(|earlier| self.get(earlier));
        if earlier == Some(&patient) {
            Seen::Same
        } else {
            Seen::Other
        }
    }

    /// Takes the words that stand for a missing value for that, and gives every patient the canonical spelling of its
    /// partition values, which all rows together decide.
    pub(super) fn canonicalise(&mut self, values: &mut Values) -> Keys {
        let mut keys = Keys::default();
        let unknown = values.intern(UNKNOWN);
        for SharedColumn { name, id } in &COLUMNS {
            let mut rows = vec![0_u64; values.len() + 1];
            for patient in &mut self.patients {
                rows[id(patient).index()] += 1;
            }
            let mut becomes: Vec<ValueId> = values.ids().collect();
            let mut spelled = Vec::new();
            for (value, text) in values.iter().filter(|(value, _)| rows[value.index()] > 0) {
                let category = *name == SLICE_SELECTION && is_category(text);
                let words = if is_missing(text) && !category {
                    becomes[value.index()] = ValueId::default();
                    &mut keys.missing
                } else {
                    spelled.push((value, Arc::clone(text)));
                    &mut keys.values
                };
                let words = words.entry(name).or_default();
                words.insert(text.to_string(), rows[value.index()]);
            }
            if let Some(canonical) = keys.decide(name) {
                for (value, text) in &spelled {
                    becomes[value.index()] = values.intern(canonical.get(Some(text)));
                }
            }
            if matches!(*name, "country" | "sex") {
                let missing = becomes
                    .iter_mut()
                    .filter(|value| **value == ValueId::default());
                missing.for_each(|value| *value = unknown);
            }
            if !becomes.iter().copied().eq(values.ids().take(becomes.len())) {
                for patient in &mut self.patients {
                    let value = id(patient);
                    *value = becomes[value.index()];
                }
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

    pub(super) fn iter(&self) -> impl Iterator<Item = &Patient> {
        self.patients.iter()
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
