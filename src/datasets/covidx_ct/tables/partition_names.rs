//! The folders of partitions.

use super::partition_key::PartitionKey;
use super::specification::{SLICES, table};
use super::values::Values;
use crate::build::Partition;

/// The keys and values of a partition, in path order.
pub(super) fn partition(values: &Values, key: PartitionKey) -> Partition {
    let keys = &table(SLICES).partition_keys;
    keys.iter()
        .zip(key)
        .map(|(key, value)| {
            let value = values.get(value).map_or("", |value| value);
            (key.name.clone(), value.to_owned())
        })
        .collect()
}
