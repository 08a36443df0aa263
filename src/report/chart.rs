//! The charts of the page: each is drawn from the table below it.

use super::dimension::Dimension;
use super::facts::Facts;
use super::measure::Measure;
use super::table::{Column, Row, Table};

/// A chart with its table.
#[derive(Debug)]
pub(super) struct Chart {
    /// Its id in the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// How to read it.
    pub(super) note: &'static str,
    pub(super) kind: Kind,
    pub(super) table: Table,
}

/// How `draw.js` draws a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bar a row: slices or patients, as the reader chooses.
    Bars,
    /// The same, made up of the diagnoses.
    Stack,
    /// The same as parts of 100 %.
    Share,
    /// A bar a diagnosis, made up of the rows, as parts of 100 %.
    Columns,
    /// From the fewest to the most, with the median, a row.
    Range,
    /// A bar for each share, a row.
    Rates,
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
            Self::Rates => "rates",
        }
    }
}

/// All charts, in the page's order.
pub(super) fn charts(facts: &Facts) -> Vec<Chart> {
    let by_diagnosis = |id, title, note, kind, dimension: Dimension| {
        let mut columns = diagnoses(facts, Measure::Patients);
        columns.extend(diagnoses(facts, Measure::Slices));
        if dimension != Dimension::Split {
            columns.push(column(Measure::PatientsWithoutImages));
        }
        let mut rows = groups(facts, dimension);
        rows.push(ALL);
        Chart {
            id,
            title,
            note,
            kind,
            table: Table::new(facts, dimension.title(), &columns, &rows),
        }
    };
    vec![
        by_diagnosis(
            "split",
            "Class balance of the splits",
            "What part of each split has which class. Splits that differ much make a test score hard to compare with a training score.",
            Kind::Share,
            Dimension::Split,
        ),
        by_diagnosis(
            "source",
            "Source and class",
            "Where a source has one class only, a model can learn the source in the place of the disease (confounding).",
            Kind::Share,
            Dimension::Source,
        ),
        by_diagnosis(
            "country",
            "Country",
            "The country of the patient as the metadata names it.",
            Kind::Stack,
            Dimension::Country,
        ),
        by_diagnosis(
            "sex",
            "Sex",
            "Unknown: the metadata says nothing.",
            Kind::Stack,
            Dimension::Sex,
        ),
        diagnosis(facts),
        age(facts),
        scans(facts),
        completeness(facts),
    ]
}

const ALL: Row = Row {
    pin: None,
    measure: None,
};

fn diagnosis(facts: &Facts) -> Chart {
    let measures = [
        Measure::Patients,
        Measure::Slices,
        Measure::Scans,
        Measure::SlicesPerPatient,
        Measure::SlicesPerScan,
        Measure::PatientsWithoutImages,
    ];
    plain(
        facts,
        Dimension::Diagnosis,
        &measures,
        (
            "diagnosis",
            "Diagnosis",
            "The class of the slice. A patient with slices of several classes counts in each of them, and once among all.",
            Kind::Bars,
        ),
    )
}

fn age(facts: &Facts) -> Chart {
    let mut rows = groups(facts, Dimension::Age);
    rows.push(ALL);
    for measure in [Measure::AgeKnown, Measure::MedianAge] {
        rows.push(Row {
            pin: None,
            measure: Some(measure),
        });
    }
    let columns = diagnoses(facts, Measure::Patients);
    Chart {
        id: "age",
        title: "Age by diagnosis",
        note: "Patients with images by age in years. A diagnosis whose ages are mostly unknown can't be compared by age.",
        kind: Kind::Columns,
        table: Table::new(facts, Dimension::Age.title(), &columns, &rows),
    }
}

fn scans(facts: &Facts) -> Chart {
    let measures = [
        Measure::Scans,
        Measure::FewestSlices,
        Measure::MedianSlices,
        Measure::SlicesPerScan,
        Measure::MostSlices,
    ];
    plain(
        facts,
        Dimension::Source,
        &measures,
        (
            "scans",
            "Slices per scan",
            "The fewest, the median and the most slices of a scan. Long scans weigh more where slices are drawn at random.",
            Kind::Range,
        ),
    )
}

fn completeness(facts: &Facts) -> Chart {
    let measures = [
        Measure::Patients,
        Measure::SexKnown,
        Measure::AgeKnown,
        Measure::CountryKnown,
        Measure::ImageCompleteness,
    ];
    plain(
        facts,
        Dimension::Source,
        &measures,
        (
            "completeness",
            "What each source tells",
            "What part of the patients with images has a known sex, age and country, and what part of the slices has its image in the lake.",
            Kind::Rates,
        ),
    )
}

/// A chart whose columns are measures.
fn plain(
    facts: &Facts,
    dimension: Dimension,
    measures: &[Measure],
    (id, title, note, kind): (&'static str, &'static str, &'static str, Kind),
) -> Chart {
    let columns: Vec<Column> = measures.iter().copied().map(column).collect();
    let mut rows = groups(facts, dimension);
    rows.push(ALL);
    Chart {
        id,
        title,
        note,
        kind,
        table: Table::new(facts, dimension.title(), &columns, &rows),
    }
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
