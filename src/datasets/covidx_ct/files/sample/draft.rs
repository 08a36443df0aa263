//! A sample while it is put together: faultless, until its defects are planted.

use std::cmp::Reverse;

use super::cohort::{COHORTS, Cohort};
use super::naming::Naming;
use super::{ImageSpec, SampleOptions};
use crate::datasets::covidx_ct::files::dice::Dice;
use crate::datasets::covidx_ct::files::phantom::Phantom;
use crate::datasets::covidx_ct::files::release::CtRelease;
use crate::datasets::covidx_ct::files::{Class, Split};

/// Of a hundred patients, those in train, val and test.
const SHARES: [u32; 3] = [77, 13, 10];

/// A line of a label file.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) file_name: String,
    pub(super) class: Class,
    pub(super) bbox: [i32; 4],
}

impl Label {
    /// The label as a line of the file.
    pub(super) fn line(&self) -> String {
        let [xmin, ymin, xmax, ymax] = self.bbox;
        let (name, class) = (&self.file_name, self.class.id());
        format!("{name} {class} {xmin} {ymin} {xmax} {ymax}\n")
    }
}

/// A row of the metadata; what is not known is empty.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) patient_id: String,
    source: &'static str,
    pub(super) country: String,
    sex: &'static str,
    pub(super) age: String,
    finding: Class,
    verified: &'static str,
    slice_selection: &'static str,
}

impl Row {
    /// The columns of [`Row::line`].
    pub(super) const HEADER: &'static str = "patient id,source,country,sex,age,finding,\
        verified finding,slice selection,view,modality\n";

    /// The row as a line of the file.
    pub(super) fn line(&self) -> String {
        format!(
            "{},{},{},{},{},{},{},{},Axial,CT\n",
            self.patient_id,
            self.source,
            self.country,
            self.sex,
            self.age,
            self.finding,
            self.verified,
            self.slice_selection
        )
    }
}

/// Everything but the files' texts.
pub(super) struct Draft<'a> {
    options: &'a SampleOptions,
    folder: String,
    dice: Dice,
    /// The running number of the patient made last.
    number: u32,
    /// Patients that might have been in any split, by class and split.
    patients: [[u32; 3]; 3],
    /// By split.
    pub(super) labels: [Vec<Label>; 3],
    pub(super) rows: Vec<Row>,
    pub(super) images: Vec<ImageSpec>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(options: &'a SampleOptions) -> Self {
        let mut draft = Self {
            options,
            folder: options.release.image_folder(),
            dice: Dice::new(options.seed),
            number: 0,
            patients: [[0; 3]; 3],
            labels: [const { Vec::new() }; 3],
            rows: Vec::new(),
            images: Vec::new(),
        };
        draft.relatives();
        draft.cohorts();
        draft.patients_without_images();
        draft
    }

    /// One person under two ids, one of them in train and the other in test, as in release 2A.
    fn relatives(&mut self) {
        let number = self.next_number();
        for (naming, suffix, split) in [
            (Naming::Tcia, "_0", Split::Train),
            (Naming::Challenge, "_1", Split::Test),
        ] {
            let id = naming.patient(number) + suffix;
            for cohort in COHORTS.iter().filter(|cohort| cohort.naming == naming) {
                self.patients[usize::from(cohort.class.id())][split as usize] += 1;
                self.patient(cohort, id.clone(), split);
            }
        }
    }

    /// Everyone else: at least one of each cohort, and more in proportion to the real release.
    fn cohorts(&mut self) {
        let release = &self.options.release;
        let weights = COHORTS.each_ref().map(|cohort| cohort.patients(release));
        let mut sizes = weights.map(|weight| u32::from(weight > 0));
        let made = 2 + sizes.iter().sum::<u32>();
        for _ in made..self.options.patients {
            sizes[most_wanted(&weights, &sizes)] += 1;
        }
        // What is in train only leaves the less of train to the others of its class.
        let mut shares = [[0; 3]; 3];
        for (cohort, size) in COHORTS.iter().zip(sizes) {
            let class = &mut shares[usize::from(cohort.class.id())];
            for (share, percent) in class.iter_mut().zip(SHARES) {
                *share += percent * size;
            }
            if cohort.train_only {
                class[0] = class[0].saturating_sub(100 * size);
            }
        }
        for (cohort, size) in COHORTS.iter().zip(sizes) {
            let class = usize::from(cohort.class.id());
            for _ in 0..size {
                let number = self.next_number();
                let split = if cohort.train_only {
                    Split::Train
                } else {
                    self.next_split(class, &shares[class])
                };
                self.patient(cohort, cohort.naming.patient(number), split);
            }
        }
    }

    /// `MosMedData` has metadata for 756 patients whose images release 2A, of 3,745, leaves out.
    fn patients_without_images(&mut self) {
        for _ in 0..self.rows.len().div_ceil(5) {
            let number = self.next_number();
            self.rows.push(Row {
                patient_id: Naming::MosMed.patient(number),
                source: "MosMedData",
                country: "Russia".to_owned(),
                sex: "",
                age: String::new(),
                finding: Class::Covid19,
                verified: "No",
                slice_selection: self.dice.pick(&["Automatic", "Automatic", "Expert"]),
            });
        }
    }

    fn next_number(&mut self) -> u32 {
        self.number += self.dice.between(1, 3);
        self.number
    }

    /// The split that lacks most of a class, once no split is without it.
    fn next_split(&mut self, class: usize, shares: &[u32; 3]) -> Split {
        let counts = &mut self.patients[class];
        let without = counts.iter().position(|&count| count == 0);
        let at = without.unwrap_or_else(|| most_wanted(shares, counts));
        counts[at] += 1;
        Split::ALL[at]
    }

    fn patient(&mut self, cohort: &Cohort, patient_id: String, split: Split) {
        let scans = match self.dice.below(10) {
            0 if cohort.naming.names_scans() => 3,
            1..4 if cohort.naming.names_scans() => 2,
            _ => 1,
        };
        let seed = self.dice.next();
        for nth in 0..scans {
            let stem = cohort
                .naming
                .stem(&patient_id, self.number, nth, &mut self.dice);
            self.scan(cohort, &stem, split, seed);
        }
        let known = self.dice.percent(cohort.demographics);
        let age = self.age(cohort);
        let sex = self.dice.pick(&["F", "M"]);
        self.rows.push(Row {
            patient_id,
            source: cohort.source(&self.options.release),
            country: self.dice.pick(cohort.countries).to_owned(),
            sex: if known { sex } else { "" },
            age: if known {
                age.to_string()
            } else {
                String::new()
            },
            finding: cohort.class,
            verified: "Yes",
            slice_selection: self.dice.pick(cohort.slice_selection),
        });
    }

    /// Years: the real healthy are younger, and one source gives the middles of decades.
    fn age(&mut self, cohort: &Cohort) -> u32 {
        let age = match cohort.class {
            Class::Normal => self.dice.between(14, 40) + self.dice.below(30),
            Class::Pneumonia | Class::Covid19 => self.dice.between(18, 50) + self.dice.below(45),
        };
        match cohort.naming {
            Naming::Stoic => age / 10 * 10 + 5,
            _ => age,
        }
    }

    /// Three to eight slices from above to below, their numbers with gaps.
    fn scan(&mut self, cohort: &Cohort, stem: &str, split: Split, seed: u64) {
        let slices = self.dice.between(3, 8);
        let mut number = self.dice.below(60);
        for nth in 0..slices {
            number += 1;
            if self.dice.percent(40) {
                number += self.dice.between(1, 4);
            }
            let depth = 60 + 130 * nth / slices + self.dice.below(12);
            let phantom = Phantom {
                size: cohort.naming.image_size(),
                class: cohort.class,
                depth: u8::try_from(depth).unwrap_or(u8::MAX),
                seed,
            };
            let width = cohort.naming.digits();
            let file_name = format!("{stem}{number:0width$}.png");
            self.images.push(ImageSpec {
                path: format!("{}/{file_name}", self.folder),
                phantom,
            });
            self.labels[split as usize].push(Label {
                file_name,
                class: cohort.class,
                bbox: phantom.body_box(),
            });
        }
    }
}

/// Where the share of `counts` falls most behind that of `weights`; the first of equals.
fn most_wanted(weights: &[u32], counts: &[u32]) -> usize {
    let sum = |numbers: &[u32]| numbers.iter().copied().map(i64::from).sum::<i64>();
    let (weight_sum, next) = (sum(weights), sum(counts) + 1);
    let lack = weights
        .iter()
        .zip(counts)
        .map(|(&weight, &count)| i64::from(weight) * next - i64::from(count) * weight_sum);
    let most = lack
        .enumerate()
        .max_by_key(|&(at, lack)| (lack, Reverse(at)));
    most.map_or(0, |(at, _)| at)
}
