//! The order of the tables.

use crate::contract::{Contract, Table};

/// The tables in the order in which they change. What others refer to goes first: a query that joins new slices never lacks their
/// patients. The table that tells which snapshot it is goes last: who sees it sees all of it.
pub(super) fn in_order() -> impl Iterator<Item = &'static Table> {
    let place = |table: &&Table| match table.name.as_str() {
        "patients" => 0,
        "ct_slices" => 2,
        "snapshot_info" => 3,
        _ => 1,
    };
    let mut tables: Vec<&'static Table> = Contract::current().tables.iter().collect();
    tables.sort_by_key(place);
    tables.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_referred_to_goes_before_what_refers_to_it() {
        let names: Vec<&str> = in_order().map(|table| table.name.as_str()).collect();
        let place = |name| names.iter().position(|found| *found == name);
        assert!(place("patients") < place("ct_slices"), "{names:?}");
        assert_eq!(names.last(), Some(&"snapshot_info"));
    }
}
