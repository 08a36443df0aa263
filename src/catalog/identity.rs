//! What a table is known by, for ever.

use sha2::{Digest, Sha256};
use uuid::Builder;

/// A UUID (of version 8, RFC 9562) that two who make the same table at once agree on: of the format, the table, and where it began.
pub(super) fn uuid(format: &str, table: &str, seed: &str) -> String {
    let digest = Sha256::digest(format!("{format} {table} {seed}"));
    let bytes = std::array::from_fn(|at| digest[at]);
    let uuid = Builder::from_custom_bytes(bytes).into_uuid();
    uuid.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_of_the_same_and_another_of_another() {
        let of = |table| uuid("delta", table, "20261123T201500Z-3f9a1c2b-7d1e");
        assert_eq!(of("patients"), of("patients"));
        assert_ne!(of("patients"), of("ct_slices"));
        assert_eq!(of("patients"), "299f0c59-99f3-8f05-ad32-caef3c50e77b");
    }
}
