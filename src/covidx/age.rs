//! A patient's age, and the bands analysts group it by.

use std::fmt;

/// The highest age that is believed, in years.
pub const OLDEST: u8 = 120;

/// The age in years, or `None` when `raw` is not a whole number from 0 to [`OLDEST`].
///
/// `raw` is the cell of the metadata, trimmed. Six patients of the published metadata have age 0;
/// it parses, for judging it is not the parser's business. `45.0` and `+45` are no whole numbers
/// here: the published files have neither, so they mean the column was damaged.
#[must_use]
pub fn parse_age(raw: &str) -> Option<u8> {
    if raw.is_empty() || !raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    raw.parse().ok().filter(|&age| age <= OLDEST)
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
        for raw in ["", "121", "300", "-1", "+45", "45.0", "4 5", "045y", "N/A"] {
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
