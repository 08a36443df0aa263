//! The folders of partitions.

use super::partition_key::PartitionKey;
use super::specification::table;
use super::values::Values;
use super::write::Partition;

/// The keys and values of a partition, in path order.
pub(super) fn partition(values: &Values, key: PartitionKey) -> Partition {
    let keys = &table("ct_slices").partition_keys;
    keys.iter()
        .zip(key)
        .map(|(key, value)| {
            let value = values.get(value).map_or("", |value| value);
            (key.name.clone(), value.to_owned())
        })
        .collect()
}
