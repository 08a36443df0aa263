//! The merge: label lines and metadata become rows. Pure: no I/O, no order of its own, nothing dropped.

use std::sync::Arc;

use hashbrown::HashMap;

use super::finding::Findings;
use super::images::{Images, slice_key};
use super::labels::{MAX_LINE, Taken};
use super::partition::UNKNOWN;
use super::partition_key::{PartitionId, PartitionKey, Partitions};
use super::patient::{PatientId, Patients};
use super::roster::Roster;
use super::row::{LabelLine, Placed, Row, narrow};
use super::scan_lines::ScanLines;
use super::stem::{NO_SLICE, NewStem, StemId, Stems, split_digits};
use super::values::{ValueId, Values};
use crate::datasets::covidx_ct::files::image_name;
use crate::datasets::covidx_ct::files::metadata::ColumnNames;
use crate::datasets::covidx_ct::files::split_file::{self, LineError};
use crate::datasets::covidx_ct::files::{Class, Split};
use crate::datasets::covidx_ct::rules::RuleId;

/// Raised when the merge makes other rows of the same input, so that unchanged labels are built anew.
pub(super) const MERGE_VERSION: u32 = 3;
// The place of a scan's id in a name has 16 bits, and a name is shorter than its line.
const _: () = assert!(MAX_LINE <= 1 << 16);

/// Everything that is known when rows are written; what a build holds for the whole of its run.
#[derive(Debug)]
pub(super) struct Merge {
    pub(super) values: Arc<Values>,
    pub(super) patients: Patients,
    pub(super) stems: Stems,
    pub(super) partitions: Partitions,
    pub(super) findings: Findings,
    pub(super) images: Arc<Images>,
    /// One bit an image: some label names it.
    labelled: Vec<u64>,
    classes: [ValueId; 3],
    unknown: ValueId,
    last: Option<Last>,
    repeated: Repeated,
    unlanded: u64,
    slices: u64,
    /// Of these, those of no patient of the metadata.
    orphans: u64,
    /// The columns of the metadata.
    pub(super) columns: ColumnNames,
}

/// Names seen more than once: how often, and where the second was.
type Repeated = HashMap<(StemId, u32), (u64, LabelLine)>;

/// The line before, where nothing but its name, class and box decides about the next of its scan.
#[derive(Debug, Clone, Copy)]
struct Last {
    stem: StemId,
    class: Class,
    partition: PartitionId,
}

impl Merge {
    /// Of labels that are still to come, for the patients of a roster.
    pub(super) fn new(roster: Roster, images: Images) -> Self {
        let Roster {
            mut values,
            patients,
            findings,
            columns,
            ..
        } = roster;
        let mut stems = Stems::default();
        // A patient has a scan or more.
        stems.reserve(patients.len());
        Self {
            classes: Class::ALL.map(|class| values.intern(class.as_str())),
            unknown: values.intern(UNKNOWN),
            labelled: vec![0; images.len().div_ceil(64)],
            images: Arc::new(images),
            values: Arc::new(values),
            patients,
            stems,
            partitions: Partitions::default(),
            findings,
            last: None,
            repeated: HashMap::new(),
            unlanded: 0,
            slices: 0,
            orphans: 0,
            columns,
        }
    }

    /// Takes line `number` (1-based) of a split's label file, from its bytes. Its row goes to `rows`.
    pub(super) fn line<'a>(
        &mut self,
        split: Split,
        number: u32,
        bytes: &[u8],
        rows: &'a mut Vec<Row>,
    ) -> Result<Placed<'a>, LineError> {
        let label = split_file::parse_line(bytes)?;
        let (stem, slice) = self.locate(label.file_name);
        let line = LabelLine::new(split, number);
        let facts = self.stems.get_mut(stem);
        let new = facts.add_slice(slice);
        let (known_shape, patient) = (facts.known_shape, facts.patient);
        if !new {
            add_repeated(&mut self.repeated, stem, slice, line);
        }
        self.slices += 1;
        let counted = self.patients.get_mut(patient);
        counted.add_slices(split, label.class, 1);
        let in_metadata = counted.in_metadata;
        if !known_shape {
            self.add_slice_finding(RuleId::UnknownFileName, stem, slice, None);
        }
        if !in_metadata {
            self.orphans += 1;
            let detail = format!("patient {}", self.patients.id(patient));
            self.add_slice_finding(RuleId::SliceWithoutMetadata, stem, slice, Some(detail));
        }
        self.judge_box(stem, slice, label.bbox);
        self.judge_image(stem, slice, label.bbox);
        let (bbox, wide_box) = narrow(label.bbox);
        let partition = self.partition(patient, label.class);
        self.last = (known_shape && in_metadata).then_some(Last {
            stem,
            class: label.class,
            partition,
        });
        rows.clear();
        rows.push(Row {
            stem,
            slice,
            line,
            bbox,
        });
        Ok(Placed {
            partition,
            rows,
            wide_box,
        })
    }

    /// Takes the lines, of those that begin with line `number`, that go on with the scan and the class of the line before and
    /// need no closer look. Their rows go to `rows`.
    ///
    /// The hot path: lines of one scan follow each other.
    pub(super) fn several<'a>(
        &mut self,
        split: Split,
        number: u32,
        lines: &[u8],
        rows: &'a mut Vec<Row>,
    ) -> Option<(Placed<'a>, Taken)> {
        let Last {
            stem,
            class,
            partition,
        } = self.last?;
        rows.clear();
        let (text, facts) = self.stems.text_and_mut(stem);
        let patient = facts.patient;
        let mut scan = ScanLines::new(text, facts.digits()?, class, lines)?;
        for (number, (slice, bbox)) in (number..).zip(&mut scan) {
            let line = LabelLine::new(split, number);
            if !facts.add_slice(slice) {
                add_repeated(&mut self.repeated, stem, slice, line);
            }
            rows.push(Row {
                stem,
                slice,
                line,
                bbox,
            });
        }
        if rows.is_empty() {
            return None;
        }
        let taken = Taken {
            lines: rows.len(),
            bytes: scan.bytes(),
        };
        self.slices += rows.len() as u64;
        let count = u32::try_from(rows.len()).expect("MAX_LINES bounds them");
        self.patients
            .get_mut(patient)
            .add_slices(split, class, count);
        if !self.images.is_empty() {
            for row in &*rows {
                self.judge_image(stem, row.slice, row.bbox.map(i32::from));
            }
        }
        let placed = Placed {
            partition,
            rows,
            wide_box: None,
        };
        Some((placed, taken))
    }

    /// The stem of a name, made when it is new, and the slice's number.
    fn locate(&mut self, name: &[u8]) -> (StemId, u32) {
        let name = str::from_utf8(name).expect("the line's parser has checked it");
        let (text, digits, slice) = match split_digits(name) {
            Some((text, digits, slice)) => (text, Some(digits), slice),
            None => (name, None, NO_SLICE),
        };
        let stem = match self.stems.find(text, digits) {
            Some(stem) => stem,
            None => self.add_stem(name, text, digits),
        };
        // A whole name may still end in digits before another extension.
        let slice = match digits {
            Some(_) => slice,
            None => image_name::parse(name, |_| false)
                .slice_index()
                .unwrap_or(NO_SLICE),
        };
        (stem, slice)
    }

    fn add_stem(&mut self, name: &str, text: &str, digits: Option<u8>) -> StemId {
        let mut known = None;
        let parts = image_name::parse(name, |id| {
            known = self.patients.find_in_metadata(id);
            known.is_some()
        });
        let patient = known.unwrap_or_else(|| {
            self.patients
                .find_or_add_orphan(parts.patient, self.unknown)
        });
        // The scan's id is part of the name, so only its place is held.
        let scan = match parts.scan {
            "" => 0..0,
            scan => {
                let start = scan.as_ptr() as usize - name.as_ptr() as usize;
                let place = |byte| u16::try_from(byte).expect("MAX_LINE bounds a name");
                place(start)..place(start + scan.len())
            }
        };
        let images = match digits {
            Some(digits) => self.images.of_stem(text, digits),
            None => self.images.of_name(name),
        };
        self.stems.add(NewStem {
            text,
            scan,
            digits,
            known_shape: parts.family.is_some(),
            patient,
            images,
        })
    }

    /// The partition of a patient's slices of one class.
    fn partition(&mut self, patient: PatientId, class: Class) -> PartitionId {
        let patient = self.patients.get(patient);
        let diagnosis = self.classes[usize::from(class.id())];
        self.partitions
            .id([patient.country, patient.sex, diagnosis])
    }

    /// The partition of a patient in the table of patients: by its finding, else by the class of most of its slices.
    pub(super) fn patient_partition(&self, patient: PatientId) -> PartitionKey {
        let patient = self.patients.get(patient);
        let diagnosis = if self.values.get(patient.finding).is_some() {
            patient.finding
        } else {
            patient
                .commonest_class()
                .map_or(self.unknown, |class| self.classes[usize::from(class.id())])
        };
        [patient.country, patient.sex, diagnosis]
    }

    fn judge_box(&mut self, stem: StemId, slice: u32, bbox: [i32; 4]) {
        let [xmin, ymin, xmax, ymax] = bbox;
        if xmin >= xmax || ymin >= ymax {
            self.add_slice_finding(RuleId::BoxInverted, stem, slice, Some(box_text(bbox)));
        }
        if below_zero(bbox) {
            self.add_slice_finding(RuleId::BoxOutsideImage, stem, slice, Some(box_text(bbox)));
        }
    }

    fn judge_image(&mut self, stem: StemId, slice: u32, bbox: [i32; 4]) {
        if self.images.is_empty() {
            return;
        }
        let images = self.stems.get(stem).images.clone();
        let Some(image) = self
            .images
            .find(&images, slice_key(self.stems.get(stem).digits(), slice))
        else {
            self.unlanded += 1;
            self.add_slice_finding(RuleId::ImageMissing, stem, slice, None);
            return;
        };
        self.labelled[image as usize / 64] |= 1 << (image % 64);
        if let Some((width, height)) = self.images.get(image).size
            && !below_zero(bbox)
            && let [_, _, xmax, ymax] = bbox
            && (xmax > i32::from(width) || ymax > i32::from(height))
        {
            let detail = format!("{}, image {width} x {height}", box_text(bbox));
            self.add_slice_finding(RuleId::BoxOutsideImage, stem, slice, Some(detail));
        }
    }

    fn add_slice_finding(
        &mut self,
        rule: RuleId,
        stem: StemId,
        slice: u32,
        detail: Option<String>,
    ) {
        let name = self.stems.file_name(self.stems.get(stem), slice);
        self.findings.add(rule, &name, detail, 1);
    }

    /// Records a line that could not be read and is in no table.
    pub(super) fn add_bad_line(&mut self, file: &str, number: u32, error: &dyn std::error::Error) {
        let subject = format!("{file}:{number}");
        self.findings
            .add(RuleId::MalformedLine, &subject, Some(error.to_string()), 1);
    }

    /// Bytes held for the whole build: patients, scans with their slice bitmaps, images.
    pub(super) fn held_bytes(&self) -> u64 {
        (self.patients.held_bytes() + self.stems.held_bytes() + self.images.held_bytes()) as u64
    }

    /// The class of the rows of a partition.
    pub(super) fn class_id(&self, partition: PartitionId) -> u8 {
        let diagnosis = self.partitions.key(partition)[2];
        Class::ALL
            .into_iter()
            .find(|class| self.classes[usize::from(class.id())] == diagnosis)
            .map_or(0, Class::id)
    }

    /// Label lines taken so far.
    pub(super) fn slices(&self) -> u64 {
        self.slices
    }

    /// Of these, those of a patient of the metadata.
    pub(super) fn joined(&self) -> u64 {
        self.slices - self.orphans
    }

    /// A patient of a label that the metadata does not have.
    pub(super) fn some_orphan(&self) -> Option<&str> {
        let mut patients = (0..).take(self.patients.len());
        let orphan = patients.find(|&patient| !self.patients.get(patient).in_metadata)?;
        Some(self.patients.id(orphan))
    }

    /// Label lines whose image is in the landing zone.
    pub(super) fn landed(&self) -> u64 {
        if self.images.is_empty() {
            0
        } else {
            self.slices - self.unlanded
        }
    }

    /// Names seen more than once, in their order: how often, and where the second was.
    pub(super) fn repeated(&self) -> Vec<(String, u64, Split, u32)> {
        let mut repeated: Vec<(String, u64, Split, u32)> = self
            .repeated
            .iter()
            .map(|(&(stem, slice), &(times, line))| {
                let name = self.stems.file_name(self.stems.get(stem), slice);
                (name, times, line.split(), line.number())
            })
            .collect();
        repeated.sort_unstable();
        repeated
    }

    /// Whether some label names the image.
    pub(super) fn is_labelled(&self, image: u32) -> bool {
        self.labelled[image as usize / 64] >> (image % 64) & 1 == 1
    }
}

fn add_repeated(repeated: &mut Repeated, stem: StemId, slice: u32, line: LabelLine) {
    repeated.entry((stem, slice)).or_insert((1, line)).0 += 1;
}

fn below_zero(bbox: [i32; 4]) -> bool {
    bbox.iter().any(|&edge| edge < 0)
}

fn box_text([xmin, ymin, xmax, ymax]: [i32; 4]) -> String {
    format!("box {xmin} {ymin} {xmax} {ymax}")
}

#[cfg(test)]
mod tests;
