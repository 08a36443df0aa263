//! What the quality rules found, rule by rule.

use crate::contract::{Contract, RuleText};
use crate::datasets::covidx_ct::rules::RuleId;
use crate::query::{Engine, QueryError, Record};

/// Examples that are shown of a rule.
const EXAMPLES: usize = 3;

/// The rules that found something, worst first.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) rules: Vec<Broken>,
}

/// What one rule found.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) rule: &'static RuleText,
    /// How many times the rule is broken.
    pub(super) occurrences: u64,
    /// The first ones: the subject, and what was found.
    pub(super) examples: Vec<String>,
}

impl Findings {
    pub(super) async fn read(
        contract: &'static Contract,
        engine: &dyn Engine,
    ) -> Result<Self, QueryError> {
        let sql = "SELECT rule, subject, detail, occurrences FROM quality_findings ORDER BY rule, subject";
        let answer = engine.query(sql, None).await?;
        Ok(Self::new(contract, &answer.records()?))
    }

    fn new(contract: &'static Contract, rows: &[Record]) -> Self {
        let rules = &contract.rules;
        let mut rules: Vec<Broken> = rules
            .iter()
            .filter_map(|rule| {
                let rows = rows
                    .iter()
                    .filter(|row| row[0].as_deref() == Some(&*rule.id));
                let rows: Vec<&Record> = rows.collect();
                (!rows.is_empty()).then(|| Broken::new(rule, &rows))
            })
            .collect();
        // Stable: of one severity they stay in the catalogue's order.
        rules.sort_by_key(|broken| std::cmp::Reverse(broken.rule.severity));
        Self { rules }
    }

    /// How often all rules are broken.
    pub(super) fn count(&self) -> u64 {
        self.rules.iter().map(|broken| broken.occurrences).sum()
    }

    /// How often a rule is broken.
    pub(super) fn occurrences(&self, rule: RuleId) -> u64 {
        let mut broken = self.rules.iter();
        let broken = broken.find(|broken| broken.rule.id == rule.as_str());
        broken.map_or(0, |broken| broken.occurrences)
    }
}

impl Broken {
    fn new(rule: &'static RuleText, rows: &[&Record]) -> Self {
        let text = |row: &[Option<String>], at: usize| row[at].clone().unwrap_or_default();
        let example = |row: &&Record| match &row[2] {
            Some(detail) => format!("{}: {detail}", text(row, 1)),
            None => text(row, 1),
        };
        let occurrences = rows
            .iter()
            .filter_map(|row| text(row, 3).parse::<u64>().ok());
        Self {
            rule,
            occurrences: occurrences.sum(),
            examples: rows.iter().take(EXAMPLES).map(example).collect(),
        }
    }
}
