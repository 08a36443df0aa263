//! What a table is known by, for ever.

use sha2::{Digest, Sha256};

use crate::lake::hex;

/// A UUID (of version 8, RFC 9562) that two who make the same table at once agree on: of the format, the table, and where it began.
pub(super) fn uuid(format: &str, table: &str, seed: &str) -> String {
    let digest = Sha256::digest(format!("{format} {table} {seed}"));
    let mut bytes: [u8; 16] = std::array::from_fn(|at| digest[at]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    [0..8, 8..12, 12..16, 16..20, 20..32]
        .map(|part| &text[part])
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_of_the_same_and_another_of_another() {
        let of = |table| uuid("delta", table, "20261123T201500Z-3f9a1c2b-7d1e");
        assert_eq!(of("patients"), of("patients"));
        assert_ne!(of("patients"), of("ct_slices"));
        let text = of("patients");
        assert_eq!(text.len(), 36);
        assert_eq!(&text[14..15], "8");
    }
}
