//! The names of a release's images, as its label files give them.

use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

/// A name's number, from 0 in the order of the lines.
pub(super) type NameId = usize;

/// The names of all label lines, found whatever their case: about 50 bytes a name, so 21 MB for the 425,024
/// of CT-3A.
#[derive(Debug, Default)]
pub(super) struct LabelNames {
    texts: String,
    /// Where each name ends in `texts`.
    ends: Vec<usize>,
    table: HashTable<NameId>,
    hasher: DefaultHashBuilder,
}

impl LabelNames {
    /// Adds the name of a line.
    pub(super) fn add(&mut self, name: &str) {
        let hash = hash(&self.hasher, name);
        let Self {
            texts,
            ends,
            table,
            hasher,
        } = self;
        if table
            .find(hash, |&id| text(texts, ends, id) == name)
            .is_some()
        {
            return;
        }
        let id = ends.len();
        texts.push_str(name);
        ends.push(texts.len());
        table.insert_unique(hash, id, |&id| hash_of(hasher, texts, ends, id));
    }

    /// The label line's name that a file's name stands for: the same, or the only one that differs in case alone, as `a.PNG` does
    /// from `a.png`.
    pub(super) fn find(&self, name: &str) -> Option<NameId> {
        let mut other = None;
        let mut others = 0;
        for &id in self.table.iter_hash(hash(&self.hasher, name)) {
            let found = self.text(id);
            if found == name {
                return Some(id);
            }
            if found.eq_ignore_ascii_case(name) {
                other = Some(id);
                others += 1;
            }
        }
        other.filter(|_| others == 1)
    }

    pub(super) fn text(&self, id: NameId) -> &str {
        text(&self.texts, &self.ends, id)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn text<'a>(texts: &'a str, ends: &[usize], id: NameId) -> &'a str {
    let start = id.checked_sub(1).map_or(0, |before| ends[before]);
    &texts[start..ends[id]]
}

fn hash_of(hasher: &DefaultHashBuilder, texts: &str, ends: &[usize], id: NameId) -> u64 {
    hash(hasher, text(texts, ends, id))
}

/// The same for names that differ in ASCII case alone.
fn hash(hasher: &DefaultHashBuilder, name: &str) -> u64 {
    let mut hasher = hasher.build_hasher();
    for letter in name.bytes() {
        hasher.write_u8(letter.to_ascii_lowercase());
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::LabelNames;

    #[test]
    fn names_are_found_in_any_case_and_the_exact_one_first() {
        let mut names = LabelNames::default();
        for name in ["a.png", "b.png", "b.png", "B.png", "Zo\u{eb}"] {
            names.add(name);
        }
        assert_eq!(names.len(), 4);
        let found = |name: &str| names.find(name).map(|id| names.text(id));
        assert_eq!(found("a.png"), Some("a.png"));
        assert_eq!(found("A.PNG"), Some("a.png"));
        assert_eq!(found("b.png"), Some("b.png"));
        assert_eq!(found("B.png"), Some("B.png"));
        // Either may be meant.
        assert_eq!(found("B.PNG"), None);
        assert_eq!(found("Zo\u{eb}"), Some("Zo\u{eb}"));
        assert_eq!(found("c.png"), None);
    }
}
