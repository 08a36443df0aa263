//! Quality findings: what a build noticed about the data, kept within bounds.

use std::collections::BTreeMap;

use crate::datasets::RuleCount;
use crate::datasets::covidx_ct::rules::RuleId;

/// More subjects of one rule than this become one finding with their number.
pub(super) const MAX_SUBJECTS: usize = 1000;
/// So many of them are named then.
const NAMED: usize = 10;

/// A row of `quality_findings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// Which rule.
    pub rule: RuleId,
    /// What kind of thing the subject is.
    pub subject_type: String,
    /// The slice, patient, line, … it is about.
    pub subject: String,
    /// What was seen.
    pub detail: Option<String>,
    /// How often.
    pub occurrences: u64,
}

impl Finding {
    /// The subject and what was seen.
    fn named(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{} ({detail})", self.subject),
            None => self.subject.clone(),
        }
    }
}

/// Collects findings; no more than [`MAX_SUBJECTS`] of a rule are held.
#[derive(Debug, Default, Clone)]
pub(super) struct Findings(BTreeMap<RuleId, OfRule>);

#[derive(Debug, Default, Clone)]
struct OfRule {
    held: Vec<Finding>,
    subjects: u64,
    occurrences: u64,
}

impl Findings {
    /// Adds one about `subject`, which the rule has not named before.
    pub(super) fn add(
        &mut self,
        rule: RuleId,
        subject: &str,
        detail: Option<String>,
        occurrences: u64,
    ) {
        self.add_as(rule, usual_subject(rule), subject, detail, occurrences);
    }

    /// Adds one about a subject of another type than the rule's usual one.
    pub(super) fn add_as(
        &mut self,
        rule: RuleId,
        subject_type: &str,
        subject: &str,
        detail: Option<String>,
        occurrences: u64,
    ) {
        let of_rule = self.0.entry(rule).or_default();
        of_rule.subjects += 1;
        of_rule.occurrences += occurrences;
        if of_rule.held.len() < MAX_SUBJECTS {
            of_rule.held.push(Finding {
                rule,
                subject_type: subject_type.to_owned(),
                subject: subject.to_owned(),
                detail,
                occurrences,
            });
        }
    }

    /// How often each rule is broken, in the catalogue's order.
    #[must_use]
    pub(super) fn counts(&self) -> Vec<RuleCount> {
        let count = |(&rule, of_rule): (&RuleId, &OfRule)| RuleCount {
            rule: rule.as_str(),
            title: &rule.text().title,
            severity: rule.text().severity,
            subjects: of_rule.subjects,
            occurrences: of_rule.occurrences,
        };
        self.0.iter().map(count).collect()
    }

    /// The rows: by rule in the catalogue's order, then by subject.
    #[must_use]
    pub(super) fn rows(&self) -> Vec<Finding> {
        self.0
            .iter()
            .flat_map(|(&rule, of_rule)| of_rule.rows(rule))
            .collect()
    }
}

impl OfRule {
    fn rows(&self, rule: RuleId) -> Vec<Finding> {
        if self.subjects > MAX_SUBJECTS as u64 {
            let named: Vec<String> = self.held.iter().take(NAMED).map(Finding::named).collect();
            return vec![Finding {
                rule,
                subject_type: usual_subject(rule).to_owned(),
                subject: format!("{} subjects", self.subjects),
                detail: Some(format!("the first: {}", named.join(", "))),
                occurrences: self.occurrences,
            }];
        }
        let mut rows = self.held.clone();
        rows.sort_by(|a, b| a.subject.cmp(&b.subject));
        rows
    }
}

/// The first of the subject types that the catalogue names for a rule.
fn usual_subject(rule: RuleId) -> &'static str {
    let types = &rule.text().subject_type;
    types.split(" | ").next().unwrap_or(types)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Severity;

    #[test]
    fn a_rule_with_too_many_subjects_becomes_one_row() {
        let mut findings = Findings::default();
        for number in 0..=MAX_SUBJECTS {
            findings.add(RuleId::BoxInverted, &format!("s{number}"), None, 2);
        }
        let rows = findings.rows();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].subject, "1001 subjects");
        assert_eq!(rows[0].occurrences, 2002);
        assert_eq!(
            rows[0].detail.as_deref(),
            Some("the first: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9")
        );
        assert_eq!(
            findings.counts(),
            [RuleCount {
                rule: RuleId::BoxInverted.as_str(),
                title: &RuleId::BoxInverted.text().title,
                severity: Severity::Warning,
                subjects: 1001,
                occurrences: 2002,
            }]
        );
    }
}
