//! The words that stand for a missing value.

/// What pandas, R, spreadsheets and databases write where they have no value, the error values of a spreadsheet, and what
/// people type. Lower case; none ends in a digit.
const WORDS: [&str; 40] = [
    "-",
    "--",
    "---",
    "–",
    "—",
    "−",
    ".",
    "?",
    "na",
    "n/a",
    "n.a.",
    "n.a",
    "<na>",
    "#na",
    "#n/a",
    "#n/a n/a",
    "nan",
    "-nan",
    "1.#ind",
    "-1.#ind",
    "1.#qnan",
    "-1.#qnan",
    "nat",
    "null",
    "<null>",
    "(null)",
    "none",
    "<none>",
    "(none)",
    "nil",
    "\\n",
    "missing",
    "undefined",
    "not available",
    "#ref!",
    "#num!",
    "#null!",
    "#name?",
    "#value!",
    "#div/0!",
];

/// Whether a cell, trimmed and not empty, says in any case that there is no value.
///
/// In the published files such cells are empty, with one exception: see [`is_category`].
#[must_use]
pub fn is_missing(cell: &str) -> bool {
    // Most cells of a file are ids: this is all that they cost.
    !cell.as_bytes().last().is_some_and(u8::is_ascii_digit)
        && WORDS.iter().any(|word| word.eq_ignore_ascii_case(cell))
}

/// Whether a cell of the column `slice selection` is the category of patients whose slices nobody had to select, the Normal
/// ones, and not a missing value.
#[must_use]
pub fn is_category(cell: &str) -> bool {
    cell.eq_ignore_ascii_case("n/a")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_case_and_nothing_else() {
        for word in [
            "NA", "na", "NaN", "NULL", "None", "<NA>", "#N/A", "N/A", "-", "\\N", "#DIV/0!", "—",
        ] {
            assert!(is_missing(word), "{word}");
        }
        for value in [
            "Normal", "No", "0", "9", "X", "Unknown", "NCP_1", "Nauru", "1", "m", "F",
        ] {
            assert!(!is_missing(value), "{value}");
        }
        assert!(
            WORDS
                .iter()
                .all(|word| *word == word.to_ascii_lowercase() && is_missing(word))
        );
    }
}
