//! Partition values: from what the metadata says to what may stand in a path. Pure.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;

use crate::datasets::covidx_ct::files::metadata::has_no_width;

/// What stands for a missing value.
pub(super) const UNKNOWN: &str = "Unknown";

/// Characters that some engine would escape, split at or misread in a path.
const FORBIDDEN: &[char] = &[
    '/', '\\', '=', ',', '%', '"', '#', '*', ':', '?', '<', '>', '|', '{', '}', '[', ']', '^', '~',
    '`',
];

/// A folder's name may have 255 bytes, and the key stands before the value.
const MAX_BYTES: usize = 200;

/// What Hive writes in the place of NULL, and what engines read as NULL.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The canonical spelling of each value of one partition key.
#[derive(Debug, Default)]
pub(super) struct Canonical {
    by_raw: HashMap<String, String>,
    /// Rows by canonical spelling.
    pub rows: BTreeMap<String, u64>,
    /// Spellings that were unified: as written, as it stands in the path, rows.
    pub respelled: Vec<(String, String, u64)>,
    /// Values with characters that were replaced or cut off: as written, as it stands in the path, rows.
    pub sanitised: Vec<(String, String, u64)>,
}

impl Canonical {
    /// Decides from the spellings of the metadata and how many rows have each. `fixed` spellings win over any other, and
    /// `word` may know a value that is spelled quite differently.
    ///
    /// Values are trimmed and brought to NFC; spellings that then differ only in case become the commonest, ties the
    /// bytewise smallest; what may not stand in a path becomes `_`.
    #[must_use]
    pub(super) fn new(
        counts: BTreeMap<String, u64>,
        fixed: &[&str],
        word: fn(&str) -> Option<&'static str>,
    ) -> Self {
        let known = |value: String| word(&value).map_or(value, str::to_owned);
        let mut spellings: HashMap<String, BTreeMap<String, u64>> = HashMap::new();
        for (raw, rows) in &counts {
            let value = known(safe(&tidy(raw)));
            *spellings
                .entry(value.to_lowercase())
                .or_default()
                .entry(value)
                .or_default() += rows;
        }
        for &name in fixed.iter().chain(&[UNKNOWN]) {
            if let Some(group) = spellings.get_mut(&name.to_lowercase()) {
                *group = BTreeMap::from([(name.to_owned(), 1)]);
            }
        }
        let mut canonical = Self::default();
        for (raw, rows) in counts {
            let tidy = tidy(&raw);
            let value = safe(&tidy);
            let group = &spellings[&known(value.clone()).to_lowercase()];
            // Of equal counts `max_by_key` takes the last, so the smallest spelling comes last.
            let chosen = group
                .iter()
                .rev()
                .max_by_key(|(_, rows)| **rows)
                .map_or_else(|| value.clone(), |(name, _)| name.clone());
            if tidy != value {
                canonical
                    .sanitised
                    .push((raw.clone(), chosen.clone(), rows));
            }
            if chosen != value || tidy != raw.trim() {
                canonical
                    .respelled
                    .push((raw.clone(), chosen.clone(), rows));
            }
            *canonical.rows.entry(chosen.clone()).or_default() += rows;
            canonical.by_raw.insert(raw, chosen);
        }
        canonical
    }

    /// The canonical spelling of a value that was among those decided from; [`UNKNOWN`] for none.
    #[must_use]
    pub(super) fn get(&self, raw: Option<&str>) -> &str {
        raw.and_then(|raw| self.by_raw.get(raw))
            .map_or(UNKNOWN, String::as_str)
    }
}

/// Trimmed, NFC, with single blanks of the common kind, and without letters that nobody sees.
fn tidy(raw: &str) -> String {
    let seen: String = raw.nfc().filter(|&letter| !has_no_width(letter)).collect();
    let control = |letter: char| letter.is_control();
    // A line break or a tab is no blank: it shows that the value is damaged.
    if seen.trim().contains(control) {
        return seen.trim().to_owned();
    }
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without what may not stand in a path.
fn safe(tidy: &str) -> String {
    let mut value: String = tidy
        .chars()
        .map(|letter| match letter {
            letter if letter.is_control() || FORBIDDEN.contains(&letter) => '_',
            letter => letter,
        })
        .collect();
    if value.len() > MAX_BYTES {
        value.truncate(value.floor_char_boundary(MAX_BYTES));
        value.truncate(value.trim_end().len());
    }
    if value.is_empty() || value.eq_ignore_ascii_case(HIVE_NULL) {
        UNKNOWN.clone_into(&mut value);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::covidx_ct::files::sex;
    use proptest::prelude::*;

    fn canonical(values: &[&str]) -> Vec<String> {
        let mut counts = BTreeMap::new();
        for value in values {
            *counts.entry((*value).to_owned()).or_default() += 1;
        }
        let decided = Canonical::new(counts, &["COVID-19"], |_| None);
        values
            .iter()
            .map(|value| decided.get(Some(value)).to_owned())
            .collect()
    }

    #[test]
    fn the_commonest_spelling_wins_and_ties_go_to_the_smallest() {
        assert_eq!(canonical(&["China", "china", "China"]), ["China"; 3]);
        assert_eq!(canonical(&["iran", "Iran"]), ["Iran"; 2]);
        assert_eq!(canonical(&["covid-19", "covid-19"]), ["COVID-19"; 2]);
        assert_eq!(canonical(&["unknown"]), ["Unknown"]);
    }

    #[test]
    fn raw_where_possible_replaced_where_not() {
        assert_eq!(
            canonical(&["Côte d'Ivoire", "Co\u{302}te d'Ivoire", "A/B=C", "a\tb"]),
            ["Côte d'Ivoire", "Côte d'Ivoire", "A_B_C", "a_b"]
        );
        let decided = Canonical::new(BTreeMap::from([("A/B=C".to_owned(), 1)]), &[], |_| None);
        assert_eq!(decided.sanitised, [("A/B=C".into(), "A_B_C".into(), 1)]);
        assert!(decided.respelled.is_empty());
        assert_eq!(decided.get(None), UNKNOWN);
    }

    #[test]
    fn what_is_cut_off_leaves_no_blank_at_the_end() {
        let long = |end: &str| "x".repeat(MAX_BYTES - 1) + " " + end;
        assert_eq!(canonical(&[&long("y")]), ["x".repeat(MAX_BYTES - 1)]);
    }

    #[test]
    fn blanks_of_any_kind_are_blanks() {
        let (plain, odd) = ("South Korea", "South\u{a0} Korea\u{200b}\u{feff}");
        assert_eq!(canonical(&[odd, plain]), [plain; 2]);
        let decided = Canonical::new(BTreeMap::from([(odd.to_owned(), 3)]), &[], |_| None);
        assert_eq!(decided.respelled, [(odd.into(), plain.into(), 3)]);
        assert!(decided.sanitised.is_empty());
    }

    #[test]
    fn what_hive_reads_as_null_is_unknown() {
        assert_eq!(
            canonical(&[HIVE_NULL, "__hive_default_partition__"]),
            [UNKNOWN; 2]
        );
        let decided = Canonical::new(BTreeMap::from([(HIVE_NULL.to_owned(), 1)]), &[], |_| None);
        assert_eq!(decided.sanitised, [(HIVE_NULL.into(), UNKNOWN.into(), 1)]);
    }

    #[test]
    fn a_word_may_mean_a_value() {
        let counts = [("female", 2), ("F", 1), ("X", 1), ("x", 3)];
        let counts = counts.map(|(raw, rows)| (raw.to_owned(), rows));
        let decided = Canonical::new(counts.into(), &["F", "M"], sex::of_word);
        assert_eq!(decided.get(Some("female")), "F");
        assert_eq!(
            decided.rows,
            BTreeMap::from([("F".into(), 3), ("x".into(), 4)])
        );
        let respelled = [
            ("X".into(), "x".into(), 1),
            ("female".into(), "F".into(), 2),
        ];
        assert_eq!(decided.respelled, respelled);
    }

    proptest! {
        #[test]
        fn whatever_comes_in_a_path_segment_comes_out(values in prop::collection::vec("\\PC{0,300}", 1..20)) {
            for value in canonical(&values.iter().map(String::as_str).collect::<Vec<_>>()) {
                prop_assert!(!value.is_empty() && value.len() <= MAX_BYTES);
                prop_assert_eq!(value.trim(), &value);
                prop_assert!(!value.contains(FORBIDDEN));
                let segment = format!("country={value}");
                prop_assert_eq!(object_store::path::Path::parse(&segment).map(|path| path.to_string()).ok(), Some(segment));
            }
        }
    }
}
