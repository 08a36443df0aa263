//! Ids that Power BI wants random and version control wants stable: digests of names.

use sha2::{Digest, Sha256};

/// A GUID for what `name` names, in the form of a name-based one.
pub(super) fn guid(name: &str) -> String {
    let hex = digest(name);
    format!(
        "{}-{}-5{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

/// The name of a page, a visual or a filter: twenty hex digits, as Power BI Desktop gives them.
pub(super) fn object_name(name: &str) -> String {
    digest(name)[..20].to_owned()
}

fn digest(name: &str) -> String {
    hex::encode(Sha256::digest(format!("ctlake/{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_id_for_ever() {
        assert_eq!(guid("table patients"), guid("table patients"));
        assert_ne!(guid("table patients"), guid("table previews"));
        let parts: Vec<usize> = guid("x").split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(object_name("x").len(), 20);
    }
}
