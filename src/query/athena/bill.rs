//! What a query of Athena has read, and what that costs.

use serde::Serialize;

/// Athena bills by the megabyte, decimal …
const UNIT: u64 = 1_000_000;
/// … at least so much for a query that reads tables …
const MINIMUM: u64 = 10 * UNIT;
/// … and this is the price in most regions, on demand.
pub const USD_PER_TERABYTE: f64 = 5.0;

/// What a query has read, how long that took, and what it costs on demand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bill {
    /// The query's id.
    pub query: String,
    /// The database in which names were looked up.
    pub database: String,
    /// The workgroup that it ran in.
    pub workgroup: String,
    /// Bytes that it has read.
    pub scanned_bytes: u64,
    /// Bytes that are billed.
    pub billed_bytes: u64,
    /// The price of these, at [`USD_PER_TERABYTE`]; absent where capacity is paid for instead.
    pub usd: Option<f64>,
    /// From the start to the answer.
    pub seconds: f64,
    /// Of these, those in which it waited for its turn.
    pub queued_seconds: f64,
}

/// How a query is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tariff {
    /// By what it reads.
    Read,
    /// Not at all: statements that read no tables, and answers that were there already.
    Free,
    /// By the hour, with a reserved capacity.
    Reserved,
}

/// Bytes that are billed for `scanned` bytes.
pub(super) fn billed_bytes(scanned: u64, tariff: Tariff) -> u64 {
    match tariff {
        Tariff::Read => (scanned.div_ceil(UNIT) * UNIT).max(MINIMUM),
        Tariff::Free | Tariff::Reserved => 0,
    }
}

/// The price of `billed` bytes.
#[expect(clippy::cast_precision_loss, reason = "a price, which is rounded")]
pub(super) fn usd(billed: u64, tariff: Tariff) -> Option<f64> {
    (tariff != Tariff::Reserved).then(|| billed as f64 / 1e12 * USD_PER_TERABYTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_queries_cost_the_minimum_and_large_ones_by_the_megabyte() {
        for (scanned, tariff, billed, price) in [
            (0, Tariff::Read, 10_000_000, Some(0.000_05)),
            (3_200_000, Tariff::Read, 10_000_000, Some(0.000_05)),
            (10_000_001, Tariff::Read, 11_000_000, Some(0.000_055)),
            (
                1_000_000_000_000,
                Tariff::Read,
                1_000_000_000_000,
                Some(5.0),
            ),
            (3_200_000, Tariff::Free, 0, Some(0.0)),
            (3_200_000, Tariff::Reserved, 0, None),
        ] {
            let got = billed_bytes(scanned, tariff);
            assert_eq!(got, billed, "{scanned} {tariff:?}");
            let usd = usd(got, tariff);
            assert!(
                usd.is_some() == price.is_some()
                    && (usd.unwrap_or(0.0) - price.unwrap_or(0.0)).abs() < 1e-12,
                "{scanned} {tariff:?}: {usd:?}"
            );
        }
    }
}
