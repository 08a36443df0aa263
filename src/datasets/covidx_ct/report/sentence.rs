//! Sentences whose wording follows the numbers: `page.js` shows the first variant whose condition holds for the selection.

use super::dimension::{Dimension, UNKNOWN};
use super::facts::Facts;
use super::findings::Findings;
use super::measure::Measure;
use super::selection::Selection;
use super::table::Cell;
use crate::datasets::covidx_ct::files::{Class, sex};
use crate::datasets::covidx_ct::rules::RuleId;

/// A sentence in its variants, of which one is shown.
#[derive(Debug)]
pub(super) struct Sentence {
    pub(super) variants: Vec<Variant>,
}

/// A measure, and the number that it is to be below.
pub(super) type Below = (Measure, f64);

/// One wording.
#[derive(Debug)]
pub(super) struct Variant {
    /// It is shown where this measure is below the number, unless one before it is.
    pub(super) condition: Option<Below>,
    pub(super) shown: bool,
    pub(super) parts: Vec<Part>,
}

/// A piece of a sentence.
#[derive(Debug)]
pub(super) enum Part {
    Text(&'static str),
    Number(Cell),
    /// The value of a dimension that most patients have.
    MostFrequent(&'static str, String),
    /// How often a rule is broken in the whole snapshot.
    Found(&'static str, u64),
}

/// A statement of the summary.
#[derive(Debug)]
pub(super) struct Statement {
    /// Its id in the page.
    pub(super) id: &'static str,
    pub(super) subject: &'static str,
    pub(super) sentences: Vec<Sentence>,
}

/// Differences of class shares that are called small.
const SMALL_GAP: f64 = 0.05;
/// Differences of median ages, in years, that are called small.
const SMALL_AGE_GAP: f64 = 5.0;
/// A count or a share below this is none at all.
const SOME: f64 = 1e-9;

/// Where rare sources are counted together, nothing can be said of each.
const MANY_SOURCES: &str = "There are so many sources that the rare ones are counted together";
/// Likewise: under a filter, a rare country may be the most frequent one.
const MANY_COUNTRIES: &str = "There are so many countries that the rare ones are counted together";

/// Makes sentences about the whole snapshot.
pub(super) struct Writer<'a> {
    facts: &'a Facts,
}

impl<'a> Writer<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        Self { facts }
    }

    /// What a reader should know first.
    pub(super) fn summary(&self, findings: &Findings) -> Vec<Statement> {
        let families = findings.occurrences(RuleId::FamilyInSeveralSplits);
        let mut leakage = vec![self.leakage()];
        if families > 0 {
            leakage.push(self.sentence(vec![(
                None,
                vec![
                    Part::Text(" In the whole snapshot, "),
                    Part::Found(RuleId::FamilyInSeveralSplits.as_str(), families),
                    Part::Text(
                        " groups of patients with nearly the same id, who may be one person, are in more than one split.",
                    ),
                ],
            )]));
        }
        let statement = |id, subject, sentences| Statement {
            id,
            subject,
            sentences,
        };
        vec![
            statement("balance", "Balance", vec![self.counts(), self.balance()]),
            statement("confounding", "Confounding", vec![self.confounding()]),
            statement("leakage", "Leakage", leakage),
            statement("metadata", "Missing metadata", vec![self.metadata()]),
            statement(
                "images",
                "Completeness",
                vec![self.images(), self.without_images()],
            ),
        ]
    }

    fn counts(&self) -> Sentence {
        let slices = |class| self.of(Measure::Slices, Dimension::Diagnosis, class);
        self.sentence(vec![(
            None,
            vec![
                Part::Text("Of "),
                self.number(Measure::Slices),
                Part::Text(" slices, "),
                slices(Class::Covid19.as_str()),
                Part::Text(" show COVID-19, "),
                slices(Class::Pneumonia.as_str()),
                Part::Text(" another pneumonia and "),
                slices(Class::Normal.as_str()),
                Part::Text(" neither."),
            ],
        )])
    }

    fn balance(&self) -> Sentence {
        let gap = || self.number(Measure::BalanceGap);
        self.sentence(vec![
            (
                Some((Measure::Splits, 2.0)),
                vec![Part::Text(" They are all in one split.")],
            ),
            (
                Some((Measure::BalanceGap, SMALL_GAP)),
                vec![
                    Part::Text(" The splits are alike: the share of a class differs by at most "),
                    gap(),
                    Part::Text("."),
                ],
            ),
            (
                None,
                vec![
                    Part::Text(" The splits are not alike: the share of a class differs by up to "),
                    gap(),
                    Part::Text(", so scores of different splits can't be compared directly."),
                ],
            ),
        ])
    }

    fn confounding(&self) -> Sentence {
        if self.facts.is_folded(Dimension::Source) {
            return self.sentence(vec![(None, vec![Part::Text(MANY_SOURCES)])]);
        }
        self.sentence(vec![
            (
                Some((Measure::Sources, 2.0)),
                vec![Part::Text(
                    "All slices come from one source, so the source can't give the diagnosis away.",
                )],
            ),
            (
                Some((Measure::SingleClassSources, 1.0)),
                vec![
                    Part::Text("Each of the "),
                    self.number(Measure::Sources),
                    Part::Text(
                        " sources has slices of several classes, so no source gives the diagnosis away by itself.",
                    ),
                ],
            ),
            (
                None,
                vec![
                    self.number(Measure::SingleClassSources),
                    Part::Text(" of "),
                    self.number(Measure::Sources),
                    Part::Text(" sources have slices of one class only ("),
                    self.number(Measure::SingleClassShare),
                    Part::Text(
                        " of the slices): there a model can learn to recognise the source instead of the disease.",
                    ),
                ],
            ),
        ])
    }

    fn leakage(&self) -> Sentence {
        self.sentence(vec![
            (
                Some((Measure::Splits, 2.0)),
                vec![Part::Text(
                    "Only one split has slices here, so leakage between splits can't be judged.",
                )],
            ),
            (
                Some((Measure::SharedPatients, 1.0)),
                vec![Part::Text("No patient has slices in more than one split.")],
            ),
            (
                None,
                vec![
                    self.number(Measure::SharedPatients),
                    Part::Text(" of "),
                    self.number(Measure::Patients),
                    Part::Text(
                        " patients have slices in more than one split: test scores will look better than they are.",
                    ),
                ],
            ),
        ])
    }

    fn metadata(&self) -> Sentence {
        let known = || {
            vec![
                Part::Text("Sex is known for "),
                self.number(Measure::SexKnown),
                Part::Text(" of the patients, age for "),
                self.number(Measure::AgeKnown),
                Part::Text(" and country for "),
                self.number(Measure::CountryKnown),
                Part::Text("; all three for "),
                self.number(Measure::FullyDescribed),
            ]
        };
        let most = [
            known(),
            vec![Part::Text(
                ", so results by sex, age or country hold for a part of the patients only.",
            )],
        ];
        let nearly_all = [known(), vec![Part::Text(".")]];
        self.sentence(vec![
            (
                Some((Measure::FullyDescribed, 0.95)),
                most.into_iter().flatten().collect(),
            ),
            (None, nearly_all.into_iter().flatten().collect()),
        ])
    }

    fn images(&self) -> Sentence {
        self.sentence(vec![
            (
                Some((Measure::ImageCompleteness, SOME)),
                vec![Part::Text(
                    "No image is in the lake: all numbers come from labels and metadata.",
                )],
            ),
            (
                Some((Measure::ImageCompleteness, 1.0)),
                vec![
                    Part::Text("Images are missing: "),
                    self.number(Measure::ImageCompleteness),
                    Part::Text(" of the slices have theirs in the lake."),
                ],
            ),
            (
                None,
                vec![Part::Text("Every slice has its image in the lake.")],
            ),
        ])
    }

    fn without_images(&self) -> Sentence {
        self.sentence(vec![
            (
                Some((Measure::PatientsWithoutImages, 1.0)),
                vec![Part::Text(" Every patient of the metadata has slices.")],
            ),
            (
                None,
                vec![
                    Part::Text(" The metadata also lists "),
                    self.number(Measure::PatientsWithoutImages),
                    Part::Text(" patients without a slice."),
                ],
            ),
        ])
    }

    /// Whether the splits have the same classes.
    pub(super) fn split_title(&self) -> Sentence {
        let gap = || self.number(Measure::BalanceGap);
        self.sentence(vec![
            (
                Some((Measure::Splits, 2.0)),
                vec![Part::Text("There is one split, so nothing to compare")],
            ),
            (
                Some((Measure::BalanceGap, SMALL_GAP)),
                vec![
                    Part::Text("Yes: class shares differ by at most "),
                    gap(),
                    Part::Text(" between the splits"),
                ],
            ),
            (
                None,
                vec![
                    Part::Text("No: class shares differ by up to "),
                    gap(),
                    Part::Text(" between the splits"),
                ],
            ),
        ])
    }

    /// Whether sources have one class only.
    pub(super) fn source_title(&self) -> Sentence {
        if self.facts.is_folded(Dimension::Source) {
            return self.sentence(vec![(None, vec![Part::Text(MANY_SOURCES)])]);
        }
        self.sentence(vec![
            (
                Some((Measure::Sources, 2.0)),
                vec![Part::Text("There is one source, so nothing to compare")],
            ),
            (
                Some((Measure::SingleClassSources, 1.0)),
                vec![Part::Text("No source has one class only")],
            ),
            (
                None,
                vec![
                    Part::Text("Yes: "),
                    self.number(Measure::SingleClassSources),
                    Part::Text(" of "),
                    self.number(Measure::Sources),
                    Part::Text(" sources have one class only"),
                ],
            ),
        ])
    }

    /// The most frequent diagnosis.
    pub(super) fn diagnosis_title(&self) -> Sentence {
        self.sentence(vec![(
            None,
            vec![
                self.most_frequent(Dimension::Diagnosis),
                Part::Text(" is the most frequent class, with "),
                self.number(Measure::MostOfDiagnosis),
                Part::Text(" of "),
                self.number(Measure::Patients),
                Part::Text(" patients"),
            ],
        )])
    }

    /// The most frequent country.
    pub(super) fn country_title(&self) -> Sentence {
        if self.facts.is_folded(Dimension::Country) {
            return self.sentence(vec![(None, vec![Part::Text(MANY_COUNTRIES)])]);
        }
        self.sentence(vec![
            (
                Some((Measure::CountryKnown, SOME)),
                vec![Part::Text("The country of no patient is known")],
            ),
            (
                None,
                vec![
                    self.most_frequent(Dimension::Country),
                    Part::Text(" is the most frequent country, with "),
                    self.number(Measure::MostOfCountry),
                    Part::Text(" of "),
                    self.number(Measure::Patients),
                    Part::Text(" patients"),
                ],
            ),
        ])
    }

    /// How many women, men and unknown.
    pub(super) fn sex_title(&self) -> Sentence {
        let [women, men] = sex::BOTH.map(|sex| self.of(Measure::Patients, Dimension::Sex, sex));
        self.sentence(vec![
            (
                Some((Measure::SexKnown, SOME)),
                vec![Part::Text("The sex of no patient is known")],
            ),
            (
                None,
                vec![
                    women,
                    Part::Text(" women, "),
                    men,
                    Part::Text(" men, and "),
                    self.of(Measure::Patients, Dimension::Sex, UNKNOWN),
                    Part::Text(" patients of unknown sex"),
                ],
            ),
        ])
    }

    /// Whether ages differ between the diagnoses.
    pub(super) fn age_title(&self) -> Sentence {
        let gap = || self.number(Measure::MedianAgeGap);
        self.sentence(vec![
            (
                Some((Measure::AgeKnown, SOME)),
                vec![Part::Text("The age of no patient is known")],
            ),
            (
                Some((Measure::MedianAgeGap, SMALL_AGE_GAP)),
                vec![
                    Part::Text("Hardly: the median ages of the diagnoses differ by at most "),
                    gap(),
                    Part::Text(" years"),
                ],
            ),
            (
                None,
                vec![
                    Part::Text("Perhaps: the median ages of the diagnoses differ by up to "),
                    gap(),
                    Part::Text(" years"),
                ],
            ),
        ])
    }

    /// The middle and the longest scan.
    pub(super) fn scans_title(&self) -> Sentence {
        self.sentence(vec![(
            None,
            vec![
                Part::Text("Half of the scans have at most "),
                self.number(Measure::MedianSlices),
                Part::Text(" slices; the longest has "),
                self.number(Measure::MostSlices),
            ],
        )])
    }

    /// For how many patients everything is known.
    pub(super) fn completeness_title(&self) -> Sentence {
        self.sentence(vec![(
            None,
            vec![
                Part::Text("Sex, age and country are all known for "),
                self.number(Measure::FullyDescribed),
                Part::Text(" of the patients"),
            ],
        )])
    }

    fn number(&self, measure: Measure) -> Part {
        Part::Number(Cell::new(self.facts, measure, &[]))
    }

    fn of(&self, measure: Measure, dimension: Dimension, value: &str) -> Part {
        Part::Number(Cell::of_value(self.facts, measure, dimension, value))
    }

    fn most_frequent(&self, dimension: Dimension) -> Part {
        let most = Selection::all(self.facts).most_frequent(dimension);
        let value = most.map_or("–", |(value, _)| value);
        Part::MostFrequent(dimension.name(), value.to_owned())
    }

    fn sentence(&self, variants: Vec<(Option<Below>, Vec<Part>)>) -> Sentence {
        let all = Selection::all(self.facts);
        let holds = |condition: &Option<Below>| {
            condition.is_none_or(|(measure, number)| {
                measure.of(&all).is_some_and(|value| value < number)
            })
        };
        let first = variants.iter().position(|(condition, _)| holds(condition));
        let variants = variants.into_iter().enumerate();
        Sentence {
            variants: variants
                .map(|(at, (condition, parts))| Variant {
                    condition,
                    shown: Some(at) == first,
                    parts,
                })
                .collect(),
        }
    }
}
