//! What readers that infer types make of a partition value. Pure.
//!
//! DuckDB, Polars and pyarrow do so by default, for a key all of whose values look alike; see docs/formats.md. The rules are those
//! that DuckDB 2.0.1, Polars 2.1.0 and pyarrow 26.0.1 show: each value of the test was read by them.

use std::iter::once;

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

/// Digits of a year at the most: DuckDB's years have so many, Polars' four.
const YEAR_OF_DUCKDB: usize = 6;
const YEAR_OF_POLARS: usize = 4;

/// What a reader that infers the types of partition values makes of one, where it does not stay a text for each of them.
pub(super) fn inferred(value: &str) -> Option<&'static str> {
    let positive = value.strip_prefix('-').unwrap_or(value);
    let is = |word: &str| positive.eq_ignore_ascii_case(word);
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") {
        return Some("a boolean");
    }
    // The ends of DuckDB's calendar, and Polars' numbers.
    match (is("inf") || is("infinity"), unsigned == "inf") {
        (true, true) => return Some("a number or a date"),
        (true, false) => return Some("a date"),
        (false, true) => return Some("a number"),
        (false, false) => {}
    }
    if unsigned == "NaN" || is_number(value) {
        return Some("a number");
    }
    (is("epoch") || is_date(value) || is_time(value)).then_some("a date")
}

fn is_number(value: &str) -> bool {
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    is_whole(value.strip_prefix('-').unwrap_or(value))
        || is_fraction(unsigned)
        || has_radix(value, ["0x", "0X"], 16)
        || has_radix(value, ["0b", "0B"], 2)
}

fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_digit)
}

/// Whether a letter is a decimal digit of some script: Polars takes all of them for numbers, and not `½` or `²`.
fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
        || matches!(letter, '０'..='９' | '\u{1d7ce}'..='\u{1d7ff}')
        || (letter.is_numeric() && once(letter).nfkd().eq(once(letter)))
}

/// A number with a point or an exponent.
fn is_fraction(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_is_whole = exponent
        .is_none_or(|exponent| is_whole(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    exponent_is_whole
        && match mantissa.split_once('.') {
            None => exponent.is_some() && is_whole(mantissa),
            Some((whole, "")) => exponent.is_none() && is_whole(whole),
            Some((whole, fraction)) => (whole.is_empty() || is_whole(whole)) && is_whole(fraction),
        }
}

/// A whole number in another base, which DuckDB lets have `_` between its digits.
fn has_radix(value: &str, prefixes: [&str; 2], radix: u32) -> bool {
    let digits = prefixes
        .iter()
        .find_map(|prefix| value.strip_prefix(prefix));
    digits.is_some_and(|digits| {
        digits
            .split('_')
            .all(|part| !part.is_empty() && part.chars().all(|letter| letter.is_digit(radix)))
            && i64::from_str_radix(&digits.replace('_', ""), radix).is_ok()
    })
}

/// A day: by its year first with `-`, `.` or blanks, or by its day first with `-` or `.`.
fn is_date(value: &str) -> bool {
    let positive = value.strip_prefix('-').unwrap_or(value);
    let duckdb = positive.strip_suffix(" (BC)").unwrap_or(positive);
    by_year(duckdb, ' ', YEAR_OF_DUCKDB)
        || by_year(duckdb, '-', YEAR_OF_DUCKDB)
        || is_date_of_polars(value)
}

fn is_date_of_polars(value: &str) -> bool {
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    ['-', '.']
        .into_iter()
        .any(|separator| by_year(unsigned, separator, YEAR_OF_POLARS) || by_day(value, separator))
}

fn by_year(value: &str, separator: char, longest: usize) -> bool {
    parts(value, separator).is_some_and(|[year, month, day]| is_day(year, month, day, longest))
}

fn by_day(value: &str, separator: char) -> bool {
    parts(value, separator)
        .is_some_and(|[day, month, year]| is_day(year, month, day, YEAR_OF_POLARS))
}

fn parts(value: &str, separator: char) -> Option<[&str; 3]> {
    let mut parts = value.split(separator);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

fn is_day(year: &str, month: &str, day: &str, longest: usize) -> bool {
    let number = |text: &str, longest: usize| -> Option<u32> {
        let plain = text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| plain)
    };
    let (Some(year), Some(month), Some(day)) =
        (number(year, longest), number(month, 2), number(day, 2))
    else {
        return false;
    };
    // The calendar repeats itself every 400 years.
    let year = i32::try_from(year % 400 + 2000).unwrap_or(2000);
    NaiveDate::from_ymd_opt(year, month, day).is_some()
}

/// A day and a time without colons, which a partition value can't have: Polars' numbers of hours, minutes and seconds.
fn is_time(value: &str) -> bool {
    let Some((date, time)) = value.split_once(['T', ' ']) else {
        return false;
    };
    let time = time.strip_suffix('Z').unwrap_or(time);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let two = |at: usize| time.get(at..at + 2).and_then(|two| two.parse::<u8>().ok());
    let is_clock = time.bytes().all(|byte| byte.is_ascii_digit())
        && is_whole(fraction)
        && two(0).is_some_and(|hour| hour < 24)
        && (time.len() == 2 || two(2).is_some_and(|minute| minute < 60))
        && (time.len() <= 4 || two(4).is_some_and(|second| second <= 60));
    let is_compact = || {
        let day = date
            .get(..4)
            .zip(date.get(4..6))
            .zip(date.get(6..).filter(|day| day.len() == 2));
        value.contains('T')
            && time.len() == 6
            && day.is_some_and(|((year, month), day)| is_day(year, month, day, YEAR_OF_POLARS))
    };
    is_clock
        && match time.len() {
            2 => by_day(date, '-') || by_day(date, '.'),
            4 | 6 => is_date_of_polars(date) || is_compact(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of the three readers makes something else of it.
    const RETYPED: [(&str, &str); 5] = [
        (
            "a number",
            "036 0 1 -1 -0 00 -036 1. .5 1.5 -1.5 -.5 +.5 +1.5 1e5 1E5 1e+5 1e-5 -1e5 .5e5 1.5e3 +1e5 1e400 0.10 \
             NaN +NaN -NaN +inf 0x10 0x1F 0X1F 0xA_B 0b11 0B11 0b0 0b1_1 0xffffffff 0x7fffffffffffffff 20200101 \
             18446744073709551616 ٣ ٣٤ 1٣ -٣ ٣.5 ５ ३ 𝟏 2020.01 123456789012",
        ),
        (
            "a date",
            "2020-01-01 2020-1-1 2020-01-1 20-01-01 01-02-20 1-2-3 31-1-2020 31-12-2021 01-02-2020 2020.01.01 \
             2020.1.1 31.12.2021 01.02.20 1.2.3 1.2.2020 20.01.01 -2020-01-01 +2020-01-01 -2020-1-1 02020-01-01 \
             12020-01-01 999999-01-01 202-01-01 0-1-1 1-1-0 0000-01-01 32-1-1 13-1-1 31-1-1 1.1.0 0.1.1 12.12.12 \
             32.1.1 -1.1.1 +1.1.1 2020-02-29 INF Infinity infinity -Infinity Inf epoch -epoch EPOCH",
        ),
        (
            "a date",
            "20200101T101010 20200131T000000 20200131T101010Z 20200131T101010.5 2020-01-31T101010 2020-01-31T1010 \
             2020-01-01T101010Z 31.12.2021T1010 2020.01.01T101010 +2020-01-01T101010 -2020-01-01T101010",
        ),
        ("a boolean", "true TRUE True tRue false fAlse"),
        ("a number or a date", "inf -inf"),
    ];

    /// The same, of values with blanks.
    const DATES_WITH_BLANKS: [&str; 14] = [
        "2020 01 01",
        "2020 1 1",
        "01 02 20",
        "1 2 3",
        "31 1 1",
        "-1 1 1",
        "2020-01-01 (BC)",
        "2020 01 01 (BC)",
        "2020-01-31 1010",
        "2020-01-31 101010.123",
        "31.12.2021 1010",
        "01.02.2020 10",
        "31-12-2021 10",
        "2020.1.1 101010",
    ];

    /// All of them keep the text.
    const KEPT: [&str; 2] = [
        "China F COVID-19 Unknown - . -- .. --5 +5 +036 +1 +00 1.e5 1e e5 1e+ .e1 +. +-1 1e0.5 1e1e1 nan NAN -nan \
         +infinity +Infinity +epoch t f yes no 1_000 1_0.5 -0x10 +0x10 0x 0xg 0xAB_ 0x_AB 0x__1 0b 0b12 -0b11 0b_1 \
         0xffffffffffffffff 0o7 1d 2f 12-31-2021 12.31.2021 2020_01_01 2020-13-01 2020-02-30 2021-02-29 2020.13.01 \
         30.02.2021 32.01.2021 1.13.2020 1-13-1 1-0-1 12.0.1 00-00-00 0000-00-01 1.2.3.4 10000.1.1 9999999-01-01 \
         2020-01 2020-W01 P1D today now 1-1 ½ ² Ⅳ ① 2² 1½ 一 A٣ ٣A ٣-1-1 2020-01-01Z 2020-01-01T10 2020-01-01T2500 \
         2020-01-01T1060 20200101T1010 20200101T10 20200131t101010 20201331T101010 +31.12.2021 1_2-3 1-2.3 2020-1.1",
        "2020-Jan-01 01-Jan-2020 10.20.30 1-A A-1-2 19-19 1,5 1% $5 x",
    ];

    #[test]
    fn values_that_readers_take_for_something_else() {
        for (what, values) in RETYPED {
            for value in values.split_whitespace() {
                assert_eq!(inferred(value), Some(what), "{value}");
            }
        }
        for value in DATES_WITH_BLANKS {
            assert_eq!(inferred(value), Some("a date"), "{value}");
        }
    }

    #[test]
    fn values_that_stay_texts() {
        for value in KEPT.iter().flat_map(|values| values.split_whitespace()) {
            assert_eq!(inferred(value), None, "{value}");
        }
        for value in [
            "",
            "South Korea",
            "1 000",
            "1 1 2020",
            "31 12 2021",
            "1 13 1",
            "2020  1 1",
            "2020-01-01 10",
            "2020 01 01 101010",
            "2020-01-01(BC)",
            "20200131 101010",
            "2020-01-01 10-10-10",
            "+1 1 1",
            "- 5",
        ] {
            assert_eq!(inferred(value), None, "{value}");
        }
    }
}
