//! What a build found about the data, rule by rule.

use serde::Serialize;

use super::{QueryError, engine};
use crate::lake::Lake;
use crate::lake::log::Entry;

/// The findings of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleFindings {
    /// Its id.
    pub rule: String,
    /// How bad they are.
    pub severity: String,
    /// How often the rule is broken.
    pub occurrences: u64,
}

const FINDINGS: &str = "\
SELECT rule, severity, SUM(occurrences) AS occurrences FROM quality_findings GROUP BY rule, severity \
ORDER BY CASE severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, rule";

/// The findings in the snapshot of `entry`, the worst rules first.
pub async fn findings(lake: &Lake, entry: &Entry) -> Result<Vec<RuleFindings>, QueryError> {
    let answer = engine(lake, entry)?.query(FINDINGS, None).await?;
    let rules = answer.texts(0)?.into_iter().zip(answer.texts(1)?);
    Ok(rules
        .zip(answer.counts(2)?)
        .map(|((rule, severity), occurrences)| RuleFindings {
            rule,
            severity,
            occurrences,
        })
        .collect())
}
