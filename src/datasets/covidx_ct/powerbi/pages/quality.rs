//! `Data quality`: what the build found doubtful, what is unknown, and where the class follows from the source.

use super::super::DIAGNOSES;
use super::super::measure;
use super::{SLICE_CLASS, SOURCE, head};
use crate::powerbi::Kind;
use crate::powerbi::Page;
use crate::powerbi::SEVERITIES;
use crate::powerbi::Visual;
use crate::powerbi::column;
use crate::powerbi::grid::cell;

pub(super) fn page() -> Page {
    let rule = column("quality_findings", "rule", "Rule");
    let severity = column("quality_findings", "severity", "Severity");
    let mut visuals = head("Data quality: what to know before an analysis is trusted");
    visuals.push(
        Visual::new(
            Kind::Card,
            cell(0, 0, 12, 2),
            "Expected: no error findings, no leaked patients, no images missing",
            "Numbers of error and warning findings, leaked patients and missing images, completeness of images and metadata",
        )
        .bucket(
            "Data",
            &[
                measure("Error findings"),
                measure("Warning findings"),
                measure("Leaked patients"),
                measure("Images missing"),
                measure("Image completeness"),
                measure("Metadata completeness"),
            ],
        ),
    );
    visuals.push(
        Visual::new(
            Kind::Bars,
            cell(0, 2, 6, 3),
            "Findings by rule and severity (all patients: the slicers don't apply)",
            "Bar chart: number of findings of each quality rule, coloured by severity, the largest first",
        )
        .bucket("Category", &[rule])
        .bucket("Series", &[severity])
        .bucket("Y", &[measure("Findings")])
        .colours(severity, &SEVERITIES)
        .sorted_by(measure("Findings")),
    );
    visuals.push(
        Visual::new(
            Kind::ClusteredBars,
            cell(6, 2, 6, 3),
            "Unknown sex, age and country by source, share of patients",
            "Bar chart: for each source the share of patients with unknown sex, unknown age and unknown country",
        )
        .bucket("Category", &[SOURCE])
        .bucket(
            "Y",
            &[
                measure("Unknown sex share of patients"),
                measure("Unknown age share of patients"),
                measure("Unknown country share of patients"),
            ],
        ),
    );
    visuals.push(
        Visual::new(
            Kind::Table,
            cell(0, 5, 6, 3),
            "The findings one by one",
            "Table: severity, rule, subject, detail and occurrences of each finding",
        )
        .bucket(
            "Values",
            &[
                severity,
                rule,
                column("quality_findings", "subject", "Subject"),
                column("quality_findings", "detail", "Detail"),
                column("quality_findings", "occurrences", "Occurrences"),
            ],
        ),
    );
    visuals.push(
        Visual::new(
            Kind::ShareBars,
            cell(6, 5, 6, 3),
            "Class by source: where a source has one class, a model can learn the source",
            "Stacked bars of 100 %: share of each class in the slices of each source",
        )
        .bucket("Category", &[SOURCE])
        .bucket("Series", &[SLICE_CLASS])
        .bucket("Y", &[measure("Slices")])
        .colours(SLICE_CLASS, &DIAGNOSES),
    );
    Page {
        name: "Data quality",
        visuals,
        drilled_through: None,
    }
}
