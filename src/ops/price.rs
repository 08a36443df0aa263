//! What it costs to put files into S3 and to get them out, roughly, before it is begun.

use serde::Serialize;

/// When the prices were looked up, and where they hold: list prices in US dollars.
pub const PRICES_OF: &str = "list prices of us-east-1, June 2025";

/// Of 1,000 PUT or LIST requests, and of a GB stored for a month.
struct Class {
    name: &'static str,
    put: f64,
    storage: f64,
}

const CLASSES: [Class; 6] = [
    Class {
        name: "STANDARD",
        put: 0.005,
        storage: 0.023,
    },
    Class {
        name: "INTELLIGENT_TIERING",
        put: 0.005,
        storage: 0.023,
    },
    Class {
        name: "STANDARD_IA",
        put: 0.01,
        storage: 0.0125,
    },
    Class {
        name: "ONEZONE_IA",
        put: 0.01,
        storage: 0.01,
    },
    Class {
        name: "GLACIER_IR",
        put: 0.02,
        storage: 0.004,
    },
    Class {
        name: "EXPRESS_ONEZONE",
        put: 0.001_13,
        storage: 0.11,
    },
];

/// LIST is priced as a PUT into STANDARD whatever the class.
const LIST: f64 = 0.005;
/// Of 10,000 requests to KMS; without a bucket key each PUT is one.
const KMS: f64 = 0.03;
/// Of 1,000 GET requests, to STANDARD: what class an object has is told with it, and not before.
const GET: f64 = 0.0004;
/// Of a GB that leaves AWS, or its region: the first step of the price list.
const OUT: f64 = 0.09;
/// Objects in the answer to one LIST.
const LISTED: u64 = 1000;

/// Requests and what they cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Price {
    /// PUT requests: the files, and the manifest's parts.
    pub puts: u64,
    /// LIST requests.
    pub lists: u64,
    /// US dollars for all requests.
    pub requests_usd: f64,
    /// US dollars a month for what is added.
    pub storage_usd_month: f64,
    /// When and where the prices hold.
    pub prices_of: &'static str,
}

/// Of `files` of `bytes` to be put after `listed` objects were listed. `None` for a storage class that is not in the table.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "prices are rounded to cents")]
pub fn price(files: u64, bytes: u64, listed: u64, class: Option<&str>, kms: bool) -> Option<Price> {
    let class = CLASSES
        .iter()
        .find(|known| known.name == class.unwrap_or("STANDARD"))?;
    // A plan, a part for every thousand files, and the sealed manifest.
    let puts = if files == 0 {
        0
    } else {
        files + files.div_ceil(1000) + 2
    };
    let lists = listed / LISTED + 2;
    let kms = if kms { puts as f64 / 1e4 * KMS } else { 0.0 };
    Some(Price {
        puts,
        lists,
        requests_usd: puts as f64 / 1e3 * class.put + lists as f64 / 1e3 * LIST + kms,
        storage_usd_month: bytes as f64 / 1e9 * class.storage,
        prices_of: PRICES_OF,
    })
}

/// GET requests and what they cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Download {
    /// GET requests: the files.
    pub gets: u64,
    /// US dollars for all requests.
    pub requests_usd: f64,
    /// US dollars for the bytes, where they leave AWS; within the bucket's region they cost nothing.
    pub transfer_usd: f64,
    /// When and where the prices hold.
    pub prices_of: &'static str,
}

/// Of `files` of `bytes` to be read.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "prices are rounded to cents")]
pub fn download(files: u64, bytes: u64) -> Download {
    Download {
        gets: files,
        requests_usd: files as f64 / 1e3 * GET,
        transfer_usd: bytes as f64 / 1e9 * OUT,
        prices_of: PRICES_OF,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_dataset_costs_a_dollar() {
        let whole = price(194_926, 29_000_000_000, 0, None, false).expect("known");
        assert_eq!((whole.puts, whole.lists), (195_123, 2));
        assert!((whole.requests_usd - 0.9756).abs() < 1e-3, "{whole:?}");
        assert!((whole.storage_usd_month - 0.667).abs() < 1e-3, "{whole:?}");
        let kms = price(194_926, 29_000_000_000, 0, Some("STANDARD_IA"), true).expect("known");
        assert!((kms.requests_usd - 2.5366).abs() < 1e-3, "{kms:?}");
        assert_eq!(price(0, 0, 195_000, None, false).expect("known").puts, 0);
        assert_eq!(price(1, 1, 0, Some("TAPE"), false), None);
    }

    #[test]
    fn the_whole_dataset_costs_three_dollars_to_take_home() {
        let whole = download(194_922, 29_000_000_000);
        assert!((whole.requests_usd - 0.078).abs() < 1e-3, "{whole:?}");
        assert!((whole.transfer_usd - 2.61).abs() < 1e-3, "{whole:?}");
    }
}
