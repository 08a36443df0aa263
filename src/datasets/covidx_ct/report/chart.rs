//! The charts of the page: each is drawn from the table below it.

use super::dimension::Dimension;
use super::facts::Facts;
use super::measure::Measure;
use super::sentence::{Sentence, Writer};
use super::table::{Column, Row, Table};

/// A chart with its table.
#[derive(Debug)]
pub(super) struct Chart {
    /// Its id in the page.
    pub(super) id: &'static str,
    pub(super) question: &'static str,
    /// The answer.
    pub(super) title: Sentence,
    /// How to read it.
    pub(super) note: &'static str,
    pub(super) kind: Kind,
    pub(super) table: Table,
}

/// How `draw.js` draws a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bar a row: its patients.
    Bars,
    /// The same, made up of the diagnoses.
    Stack,
    /// A bar a row: the diagnoses of its slices as parts of 100 %.
    Share,
    /// A bar a diagnosis: its patients by row as parts of 100 %.
    Columns,
    /// From the fewest to the most slices, with the median, a row.
    Range,
    /// A field for each row and share.
    Heat,
}

impl Kind {
    /// What the script calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Stack => "stack",
            Self::Share => "share",
            Self::Columns => "columns",
            Self::Range => "range",
            Self::Heat => "heat",
        }
    }
}

/// All charts, in the page's order.
pub(super) fn charts(facts: &Facts) -> Vec<Chart> {
    let writer = Writer::new(facts);
    vec![
        Chart {
            id: "split",
            question: "Do the splits have the same classes?",
            title: writer.split_title(),
            note: "The slices of each split by class. Where the shares differ much, a test score is hard to compare with a training score.",
            kind: Kind::Share,
            table: by_diagnosis(facts, Dimension::Split),
        },
        Chart {
            id: "source",
            question: "Can the source give the diagnosis away?",
            title: writer.source_title(),
            note: "The slices of each source by class. From a source with one class, a model can learn the scanner or the file instead of the disease (confounding).",
            kind: Kind::Share,
            table: by_diagnosis(facts, Dimension::Source),
        },
        Chart {
            id: "diagnosis",
            question: "How many patients does each class have?",
            title: writer.diagnosis_title(),
            note: "The diagnosis is the class of the slice. A patient with slices of several classes counts in each of them, and once among all.",
            kind: Kind::Bars,
            table: of_measures(facts, Dimension::Diagnosis, &OF_DIAGNOSES),
        },
        Chart {
            id: "country",
            question: "Where do the patients come from?",
            title: writer.country_title(),
            note: "Patients by country and class. The country is the patient's, as the metadata has it.",
            kind: Kind::Stack,
            table: by_diagnosis(facts, Dimension::Country),
        },
        Chart {
            id: "sex",
            question: "Are women and men equally represented?",
            title: writer.sex_title(),
            note: "Patients by sex and class. Unknown: the metadata has no sex.",
            kind: Kind::Stack,
            table: by_diagnosis(facts, Dimension::Sex),
        },
        Chart {
            id: "age",
            question: "Can age give the diagnosis away?",
            title: writer.age_title(),
            note: "The patients of each class by age in years. Classes whose ages are mostly unknown can't be compared by age.",
            kind: Kind::Columns,
            table: age(facts),
        },
        Chart {
            id: "scans",
            question: "How long are the scans?",
            title: writer.scans_title(),
            note: "The fewest, the median and the most slices of a scan, by source. Long scans weigh more where slices are drawn at random.",
            kind: Kind::Range,
            table: of_measures(facts, Dimension::Source, &OF_SCANS),
        },
        Chart {
            id: "completeness",
            question: "What does each source tell about its patients?",
            title: writer.completeness_title(),
            note: "The share of the patients with a known sex, age and country, and the share of the slices whose image is in the lake.",
            kind: Kind::Heat,
            table: of_measures(facts, Dimension::Source, &OF_COMPLETENESS),
        },
    ]
}

const OF_DIAGNOSES: [Measure; 6] = [
    Measure::Patients,
    Measure::Slices,
    Measure::Scans,
    Measure::SlicesPerPatient,
    Measure::SlicesPerScan,
    Measure::PatientsWithoutImages,
];

const OF_SCANS: [Measure; 5] = [
    Measure::Scans,
    Measure::FewestSlices,
    Measure::MedianSlices,
    Measure::SlicesPerScan,
    Measure::MostSlices,
];

const OF_COMPLETENESS: [Measure; 5] = [
    Measure::Patients,
    Measure::SexKnown,
    Measure::AgeKnown,
    Measure::CountryKnown,
    Measure::ImageCompleteness,
];

const ALL: Row = Row {
    pin: None,
    measure: None,
};

/// Patients and slices of each value, by diagnosis.
fn by_diagnosis(facts: &Facts, dimension: Dimension) -> Table {
    let mut columns = diagnoses(facts, Measure::Patients);
    columns.extend(diagnoses(facts, Measure::Slices));
    if dimension != Dimension::Split {
        columns.push(column(Measure::PatientsWithoutImages));
    }
    let mut rows = groups(facts, dimension);
    rows.push(ALL);
    Table::new(facts, dimension.title(), &columns, &rows)
}

fn age(facts: &Facts) -> Table {
    let mut rows = groups(facts, Dimension::Age);
    rows.push(ALL);
    for measure in [Measure::AgeKnown, Measure::MedianAge] {
        rows.push(Row {
            pin: None,
            measure: Some(measure),
        });
    }
    let columns = diagnoses(facts, Measure::Patients);
    Table::new(facts, Dimension::Age.title(), &columns, &rows)
}

/// A table whose columns are measures.
fn of_measures(facts: &Facts, dimension: Dimension, measures: &[Measure]) -> Table {
    let columns: Vec<Column> = measures.iter().copied().map(column).collect();
    let mut rows = groups(facts, dimension);
    rows.push(ALL);
    Table::new(facts, dimension.title(), &columns, &rows)
}

/// A row for each value.
fn groups(facts: &Facts, dimension: Dimension) -> Vec<Row> {
    let places = 0..facts.values(dimension).len();
    let row = |place| Row {
        pin: Some((dimension, place)),
        measure: None,
    };
    places.map(row).collect()
}

/// A measure over all, and then for each diagnosis.
fn diagnoses(facts: &Facts, measure: Measure) -> Vec<Column> {
    let places = 0..facts.values(Dimension::Diagnosis).len();
    let each = places.map(|place| Column {
        measure,
        pin: Some((Dimension::Diagnosis, place)),
    });
    [column(measure)].into_iter().chain(each).collect()
}

fn column(measure: Measure) -> Column {
    Column { measure, pin: None }
}
