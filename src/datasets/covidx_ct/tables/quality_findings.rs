//! The rows of `quality_findings`.

use arrow::array::{Int64Array, StringArray};

use super::columns::{ArrayBuilder, Column};
use super::finding::Finding;
use crate::columnar::Encoding::{Dictionary, Plain};

type Build<'a> = ArrayBuilder<&'a [Finding]>;

/// The columns of the table.
pub(super) fn columns<'a>() -> Vec<Column<Build<'a>>> {
    vec![
        Build::text("rule", Dictionary, |findings| {
            texts(findings, |finding| Some(finding.rule.as_str()))
        }),
        Build::text("severity", Dictionary, |findings| {
            texts(findings, |finding| Some(severity(finding)))
        }),
        Build::text("subject_type", Dictionary, |findings| {
            texts(findings, |finding| Some(&finding.subject_type))
        }),
        Build::text("subject", Dictionary, |findings| {
            texts(findings, |finding| Some(&finding.subject))
        }),
        Build::text("detail", Plain, |findings| {
            texts(findings, |finding| finding.detail.as_deref())
        }),
        Build::bigint("occurrences", Dictionary, occurrences),
    ]
}

fn texts(findings: &[Finding], text: fn(&Finding) -> Option<&str>) -> StringArray {
    findings.iter().map(text).collect()
}

fn severity(finding: &Finding) -> &'static str {
    finding.rule.text().severity.as_str()
}

fn occurrences(findings: &&[Finding]) -> Int64Array {
    let count = |finding: &Finding| i64::try_from(finding.occurrences).expect("nobody has so many");
    findings.iter().map(count).map(Some).collect()
}
