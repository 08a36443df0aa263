//! A patient's age, and the bands analysts group it by.

use std::fmt;

/// The highest age that is believed, in years.
pub const OLDEST: u8 = 120;

/// The age in years, or `None` when `raw` is not a whole number from 0 to [`OLDEST`].
///
/// `raw` is the cell of the metadata, trimmed. A column with missing values that was saved once by pandas, by R or by a
/// spreadsheet has `45.0`, `45,0` or `4.5e+01` for 45. Six patients of the published metadata have age 0; it parses, for
/// judging it is not the parser's business.
#[must_use]
pub fn parse_age(raw: &str) -> Option<u8> {
    let age = if raw.bytes().all(|byte| byte.is_ascii_digit()) {
        raw.parse().ok()
    } else {
        whole(raw)
    };
    age.filter(|&age| age <= OLDEST)
}

/// A whole number with a decimal point, a decimal comma or an exponent.
fn whole(raw: &str) -> Option<u8> {
    let numeric =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'+' | b'-' | b'e' | b'E');
    if !raw.bytes().all(numeric) {
        return None;
    }
    let number: f64 = raw.replace(',', ".").parse().ok()?;
    (0..=OLDEST).find(|&age| f64::from(age).total_cmp(&number).is_eq())
}

/// An age as analysts group it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgeBand {
    /// 0 to 19 years.
    UpTo19,
    /// 20 to 39 years.
    UpTo39,
    /// 40 to 59 years.
    UpTo59,
    /// 60 to 79 years.
    UpTo79,
    /// 80 years and more.
    From80,
    /// No age known.
    Unknown,
}

impl AgeBand {
    /// All bands, youngest first, unknown last.
    pub const ALL: [Self; 6] = [
        Self::UpTo19,
        Self::UpTo39,
        Self::UpTo59,
        Self::UpTo79,
        Self::From80,
        Self::Unknown,
    ];

    /// The band of an age in years; a missing age is [`AgeBand::Unknown`].
    #[must_use]
    pub const fn of(age: Option<u8>) -> Self {
        match age {
            Some(0..=19) => Self::UpTo19,
            Some(20..=39) => Self::UpTo39,
            Some(40..=59) => Self::UpTo59,
            Some(60..=79) => Self::UpTo79,
            Some(80..) => Self::From80,
            None => Self::Unknown,
        }
    }

    /// The band's label: `0-19`, `20-39`, `40-59`, `60-79`, `80+` or `Unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpTo19 => "0-19",
            Self::UpTo39 => "20-39",
            Self::UpTo59 => "40-59",
            Self::UpTo79 => "60-79",
            Self::From80 => "80+",
            Self::Unknown => "Unknown",
        }
    }

    /// What a report sorts the labels by: 1 for the youngest to 5, and 6 for unknown.
    #[must_use]
    pub const fn order(self) -> i32 {
        self as i32 + 1
    }
}

impl fmt::Display for AgeBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_up_to_120() {
        assert_eq!(parse_age("0"), Some(0));
        assert_eq!(parse_age("94"), Some(94));
        assert_eq!(parse_age("120"), Some(120));
        for raw in ["", "121", "300", "99999999999", "-1", "4 5", "045y", "N/A"] {
            assert_eq!(parse_age(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn whole_numbers_that_were_written_as_fractions() {
        for raw in [
            "45.0", "45,0", "45.", "45.000", "4.5e+01", "4.5E1", "+45", "045",
        ] {
            assert_eq!(parse_age(raw), Some(45), "{raw:?}");
        }
        assert_eq!(parse_age("0.0"), Some(0));
        for raw in [
            "45.5", "45,5", "1,045", "44.999", "120.5", "1e3", "nan", "inf", ".", "-", "e", "4.5.0",
        ] {
            assert_eq!(parse_age(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn bands_have_their_edges_where_they_say() {
        for (age, band) in [
            (0, "0-19"),
            (19, "0-19"),
            (20, "20-39"),
            (39, "20-39"),
            (40, "40-59"),
            (59, "40-59"),
            (60, "60-79"),
            (79, "60-79"),
            (80, "80+"),
            (120, "80+"),
        ] {
            assert_eq!(AgeBand::of(Some(age)).as_str(), band);
        }
        assert_eq!(AgeBand::of(None).as_str(), "Unknown");
    }

    #[test]
    fn order_is_one_to_six() {
        assert_eq!(AgeBand::ALL.map(AgeBand::order), [1, 2, 3, 4, 5, 6]);
    }
}
