//! The folders of partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::inputs::table;
use super::merge::{Merge, PartitionId};
use super::write::Partition;

/// The paths of partitions, made once each.
#[derive(Default)]
pub(super) struct PartitionNames(BTreeMap<PartitionId, Partition>);

impl PartitionNames {
    pub(super) fn get(&mut self, merge: &Merge, partition: PartitionId) -> Partition {
        let make = || {
            let values = merge.partitions.key(partition);
            let keys = &table("ct_slices").partition_keys;
            keys.iter()
                .zip(values)
                .map(|(key, value)| {
                    let value = merge.values.get(value).map_or("", |value| value);
                    (key.name.clone(), value.to_owned())
                })
                .collect()
        };
        Arc::clone(self.0.entry(partition).or_insert_with(make))
    }
}
