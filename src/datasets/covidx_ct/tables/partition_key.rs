//! The partitions of the slices, numbered.

use hashbrown::HashMap;

use super::values::ValueId;

/// The number of a partition in [`Partitions`].
pub(super) type PartitionId = u32;

/// Country, sex and diagnosis.
pub(super) type PartitionKey = [ValueId; 3];

/// The partitions of the slices, numbered as they are first seen.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    ids: HashMap<PartitionKey, PartitionId>,
    keys: Vec<PartitionKey>,
}

impl Partitions {
    pub(super) fn id(&mut self, key: PartitionKey) -> PartitionId {
        *self.ids.entry(key).or_insert_with(|| {
            let id = u32::try_from(self.keys.len()).expect("fewer partitions than lines");
            self.keys.push(key);
            id
        })
    }

    pub(super) fn key(&self, id: PartitionId) -> PartitionKey {
        self.keys[id as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }
}
