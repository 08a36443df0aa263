//! Numbers as the page writes them; `count.js` has the same rules.

use crate::readable;

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// `194,922`.
    Count,
    /// `52.1`, or `52` where it is whole.
    Decimal,
    /// `45.2 %`.
    Share,
    /// A difference between shares: `3.1 percentage points`.
    Points,
}

impl Unit {
    /// What the script calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Decimal => "decimal",
            Self::Share => "share",
            Self::Points => "points",
        }
    }

    /// The number as text; a dash where there is none.
    pub(super) fn text(self, number: Option<f64>) -> String {
        let Some(number) = number else {
            return "–".to_owned();
        };
        match self {
            Self::Count => thousands(number),
            Self::Decimal => thousands((number * 10.0).round() / 10.0),
            Self::Share => format!("{:.1} %", (number * 1000.0).round() / 10.0),
            Self::Points => format!("{:.1} percentage points", (number * 1000.0).round() / 10.0),
        }
    }
}

fn thousands(number: f64) -> String {
    let text = number.to_string();
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    match whole.parse() {
        Ok(whole) => readable::count(whole) + rest,
        Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let counts = [0.0, 999.0, 1000.0, 194_922.0].map(|number| Unit::Count.text(Some(number)));
        assert_eq!(counts, ["0", "999", "1,000", "194,922"]);
        let decimals = [52.05, 7.0, 1234.56].map(|number| Unit::Decimal.text(Some(number)));
        assert_eq!(decimals, ["52.1", "7", "1,234.6"]);
        assert_eq!(Unit::Share.text(Some(0.4525)), "45.3 %");
        assert_eq!(Unit::Points.text(Some(0.031)), "3.1 percentage points");
        assert_eq!(Unit::Share.text(None), "–");
    }
}
