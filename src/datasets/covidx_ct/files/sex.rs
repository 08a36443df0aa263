//! A patient's sex, as people write it.

/// How the published metadata spells them.
pub const BOTH: [&str; 2] = ["F", "M"];

/// The words for each, lower case. A word that could be either, or is a number, is not among them.
const WORDS: [(&str, &[&str]); 2] = [
    (
        "F",
        &[
            "f", "female", "females", "fem", "woman", "women", "girl", "w", "weiblich", "frau",
            "femme", "féminin", "femenino", "feminino", "mujer", "女", "女性", "ж",
        ],
    ),
    (
        "M",
        &[
            "m",
            "male",
            "males",
            "man",
            "men",
            "boy",
            "männlich",
            "maennlich",
            "mann",
            "homme",
            "masculin",
            "masculino",
            "hombre",
            "男",
            "男性",
            "м",
        ],
    ),
];

/// `F` or `M`, where a word for sex means one of them; `None` for any other word.
#[must_use]
pub fn of_word(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    let word = word.strip_suffix('.').unwrap_or(&word);
    WORDS
        .iter()
        .find(|(_, words)| words.contains(&word))
        .map(|&(sex, _)| sex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_meaning() {
        for word in ["F", "f", "Female", "FEMALE", "w", "Woman", "Women", "Fem."] {
            assert_eq!(of_word(word), Some("F"), "{word}");
        }
        for word in ["M", "m", "Male", "man", "Men", "Männlich"] {
            assert_eq!(of_word(word), Some("M"), "{word}");
        }
        for word in ["", "0", "1", "9", "X", "Other", "Unknown", "h", "mf", "F/M"] {
            assert_eq!(of_word(word), None, "{word}");
        }
    }
}
