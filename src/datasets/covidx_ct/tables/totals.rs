//! What all lines of a release add up to. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread::{self, ScopedJoinHandle};

use super::finding::Findings;
use super::merge::Merge;
use super::patient::PatientId;
use super::stem::StemId;
use crate::datasets::covidx_ct::files::image_name::patient_family;
use crate::datasets::covidx_ct::files::{Class, Split};
use crate::datasets::covidx_ct::rules::RuleId;

/// What can only be told when all lines are merged.
#[derive(Debug)]
pub(super) struct Totals {
    /// Sorting so many texts more than once would be felt.
    pub(super) patients_by_id: Vec<PatientId>,
    /// By the patient's number.
    pub(super) scans: Vec<Scans>,
    /// All findings, those of the lines among them.
    pub(super) findings: Findings,
}

/// The scans of one patient.
#[derive(Debug, Clone, Default)]
pub(super) struct Scans {
    pub(super) count: u32,
    /// The largest scan's stem.
    pub(super) largest: Option<StemId>,
}

impl Totals {
    pub(super) fn of(merge: &Merge, release: &str) -> Self {
        // The two that take long.
        let (patients_by_id, scans) = thread::scope(|scope| {
            let scans = scope.spawn(|| scans(merge));
            (merge.patients.by_id(), joined(scans))
        });
        let mut totals = Self {
            patients_by_id,
            scans,
            findings: merge.findings.clone(),
        };
        totals.judge_repeated(merge);
        totals.judge_patients(merge);
        totals.judge_families(merge);
        totals.judge_images(merge, release);
        totals
    }

    /// Scans of all patients.
    pub(super) fn scan_count(&self) -> u64 {
        self.scans.iter().map(|scans| u64::from(scans.count)).sum()
    }

    /// Bytes held, without the findings, which are few.
    pub(super) fn held_bytes(&self) -> u64 {
        let patients = self.patients_by_id.capacity() * size_of::<PatientId>();
        (patients + self.scans.capacity() * size_of::<Scans>()) as u64
    }

    fn judge_repeated(&mut self, merge: &Merge) {
        for (name, times, split, line) in merge.repeated() {
            let detail = format!("again at line {line} of {split}");
            self.findings
                .add(RuleId::DuplicateFileName, &name, Some(detail), times);
        }
    }

    fn judge_patients(&mut self, merge: &Merge) {
        let findings = &mut self.findings;
        for &number in &self.patients_by_id {
            let (id, patient) = (merge.patients.id(number), merge.patients.get(number));
            let slices = u64::from(patient.slices());
            if patient.in_metadata && slices == 0 {
                findings.add(RuleId::PatientWithoutSlices, id, None, 1);
            }
            if patient.splits().count() > 1 {
                let splits: Vec<&str> = patient.splits().map(Split::as_str).collect();
                findings.add(
                    RuleId::PatientInSeveralSplits,
                    id,
                    Some(splits.join(", ")),
                    slices,
                );
            }
            let Some(finding) = merge.values.get(patient.finding) else {
                if patient.in_metadata {
                    findings.add(RuleId::FindingMissing, id, None, 1);
                }
                continue;
            };
            let Some(class) = Class::ALL
                .into_iter()
                .find(|class| class.as_str() == &**finding)
            else {
                findings.add(RuleId::UnknownClass, id, Some(finding.to_string()), 1);
                continue;
            };
            let others = patient.slices() - patient.classes[usize::from(class.id())];
            if others > 0 {
                let labels: Vec<&str> = Class::ALL
                    .into_iter()
                    .filter(|other| *other != class && patient.classes[usize::from(other.id())] > 0)
                    .map(Class::as_str)
                    .collect();
                let detail = format!("finding {finding}, labels {}", labels.join(", "));
                findings.add(
                    RuleId::LabelFindingMismatch,
                    id,
                    Some(detail),
                    u64::from(others),
                );
            }
        }
    }

    /// Members of one family (`…_0`, `…_1`: one person, several ids) in several splits.
    fn judge_families(&mut self, merge: &Merge) {
        let mut families: BTreeMap<&str, Vec<PatientId>> = BTreeMap::new();
        for &number in &self.patients_by_id {
            if let Some(family) = patient_family(merge.patients.id(number)) {
                families.entry(family).or_default().push(number);
            }
        }
        for (family, members) in families {
            let splits = members.iter().fold(0, |splits, &member| {
                splits | merge.patients.get(member).splits
            });
            if members.len() > 1 && splits.count_ones() > 1 {
                let detail: Vec<String> = members
                    .iter()
                    .flat_map(|&member| {
                        let id = merge.patients.id(member);
                        let splits = merge.patients.get(member).splits();
                        splits.map(move |split| format!("{id} in {split}"))
                    })
                    .collect();
                let (detail, count) = (Some(detail.join(", ")), members.len() as u64);
                self.findings
                    .add(RuleId::FamilyInSeveralSplits, family, detail, count);
            }
        }
    }

    fn judge_images(&mut self, merge: &Merge, release: &str) {
        if merge.images.is_empty() {
            let detail = "no image of the release is in the landing zone".to_owned();
            self.findings.add_as(
                RuleId::ImageMissing,
                "release",
                release,
                Some(detail),
                merge.slices(),
            );
            return;
        }
        let mut unlabelled = merge.images.unlabelled(|image| merge.is_labelled(image));
        let mut unreadable = merge.images.unreadable();
        for (rule, names) in [
            (RuleId::ImageUnlabelled, &mut unlabelled),
            (RuleId::ImageUnreadable, &mut unreadable),
        ] {
            names.sort_unstable();
            for name in names {
                self.findings.add(rule, name, None, 1);
            }
        }
    }
}

/// What a thread returned; its panic goes on here.
pub(super) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Scans of each patient. Names without a scan's id count as one scan; a scan that is written in two ways (more and fewer
/// digits) is one.
fn scans(merge: &Merge) -> Vec<Scans> {
    let mut by_patient: Vec<StemId> = merge.stems.iter().map(|(id, _)| id).collect();
    by_patient.sort_unstable_by_key(|&id| (merge.stems.get(id).patient, id));
    let mut scans = vec![Scans::default(); merge.patients.len()];
    let mut distinct = Vec::new();
    for stems in
        by_patient.chunk_by(|&a, &b| merge.stems.get(a).patient == merge.stems.get(b).patient)
    {
        distinct.clear();
        distinct.extend(
            stems
                .iter()
                .map(|&id| merge.stems.scan(merge.stems.get(id))),
        );
        distinct.sort_unstable();
        distinct.dedup();
        // Of equals the one with the smallest scan id, so that the order of the labels doesn't matter.
        let largest = stems.iter().copied().max_by_key(|&id| {
            let stem = merge.stems.get(id);
            (stem.slices.len(), Reverse(merge.stems.text(stem)))
        });
        scans[merge.stems.get(stems[0]).patient as usize] = Scans {
            count: u32::try_from(distinct.len()).expect("fewer scans than lines"),
            largest,
        };
    }
    scans
}
