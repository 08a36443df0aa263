//! What an input is known by.

use std::fmt::{self, Display, Formatter};

/// A BLAKE3 digest that is being made, written as `blake3:` and 64 hex digits.
///
/// Inputs are read before anything else is done: SHA-256 would be a tenth of a build's time, this is a fiftieth.
#[derive(Debug, Default)]
pub struct Digest(blake3::Hasher);

impl Digest {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl Display for Digest {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "blake3:{}", self.0.finalize().to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_bytes_in_one_piece() {
        let mut pieces = Digest::default();
        pieces.update(b"IE");
        pieces.update(b"TF");
        // The example of the BLAKE3 Internet-Draft.
        assert_eq!(
            pieces.to_string(),
            "blake3:83a2de1ee6f4e6ab686889248f4ec0cf4cc5709446a682ffd1cbb4d6165181e2"
        );
    }
}
