//! Partitions that a catalog lists one by one, for engines that don't compute them from the table's parameters.

use std::collections::BTreeMap;

use serde::Serialize;

/// A partition as a catalog has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// One value a partition key, in path order.
    pub values: Vec<String>,
    /// Its folder, which ends in `/`.
    pub location: String,
}

/// What becomes of a table's partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PartitionPlan {
    /// Those that the catalog lacks.
    pub create: Vec<Partition>,
    /// Those that point elsewhere.
    pub update: Vec<Partition>,
    /// The values of those that have no files any more.
    pub delete: Vec<Vec<String>>,
    /// How many stay as they are.
    pub kept: usize,
}

impl PartitionPlan {
    /// Compares by values; a location tells the snapshot, and with it the columns.
    ///
    /// | wanted | found | what becomes of it |
    /// |---|---|---|
    /// | yes | no | created |
    /// | yes | elsewhere | updated |
    /// | yes | there | kept |
    /// | no | yes | deleted |
    #[must_use]
    pub fn new(wanted: &[Partition], found: &[Partition]) -> Self {
        let mut rest: BTreeMap<&[String], &str> = found
            .iter()
            .map(|partition| (&partition.values[..], partition.location.as_str()))
            .collect();
        let mut plan = Self::default();
        for partition in wanted {
            match rest.remove(&partition.values[..]) {
                None => plan.create.push(partition.clone()),
                Some(location) if location != partition.location => {
                    plan.update.push(partition.clone());
                }
                Some(_) => plan.kept += 1,
            }
        }
        plan.delete = rest.into_keys().map(<[String]>::to_vec).collect();
        plan
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.delete.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(value: &str, location: &str) -> Partition {
        Partition {
            values: vec![value.to_owned()],
            location: location.to_owned(),
        }
    }

    #[test]
    fn the_table_holds() {
        let wanted = [
            partition("new", "s3://b/2/"),
            partition("moved", "s3://b/2/"),
            partition("same", "s3://b/1/"),
        ];
        let found = [
            partition("gone", "s3://b/1/"),
            partition("moved", "s3://b/1/"),
            partition("same", "s3://b/1/"),
        ];
        let plan = PartitionPlan::new(&wanted, &found);
        assert_eq!(plan.create, wanted[..1]);
        assert_eq!(plan.update, wanted[1..2]);
        assert_eq!(plan.delete, [vec!["gone".to_owned()]]);
        assert_eq!(plan.kept, 1);
        assert!(PartitionPlan::new(&wanted, &wanted).is_empty());
    }
}
