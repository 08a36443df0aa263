//! Many texts, each held once, in one piece of memory.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Numbers for texts, in the order they were added: about 10 bytes a text beside its letters.
#[derive(Debug, Default)]
pub(super) struct Texts {
    letters: String,
    /// Where each text ends; it begins where the one before ends.
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Texts {
    /// Makes room for so many texts: a table that grows hashes all that it has again.
    pub(super) fn reserve(&mut self, texts: usize) {
        self.ends.reserve(texts);
        self.table.reserve(texts, |&number| {
            self.hasher
                .hash_one(text_of(&self.letters, &self.ends, number))
        });
    }

    /// Adds a text; `None` when it is there already.
    pub(super) fn add(&mut self, text: &str) -> Option<u32> {
        let number = u32::try_from(self.ends.len()).expect("a text has a byte");
        let text_of = |number: u32| text_of(&self.letters, &self.ends, number);
        let entry = self.table.entry(
            self.hasher.hash_one(text),
            |&number| text_of(number) == text,
            |&number| self.hasher.hash_one(text_of(number)),
        );
        let Entry::Vacant(entry) = entry else {
            return None;
        };
        entry.insert(number);
        self.letters.push_str(text);
        let end = u32::try_from(self.letters.len()).expect("ids take less than 4 GiB");
        self.ends.push(end);
        Some(number)
    }

    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.table
            .find(self.hasher.hash_one(text), |&number| {
                self.get(number) == text
            })
            .copied()
    }

    pub(super) fn get(&self, number: u32) -> &str {
        text_of(&self.letters, &self.ends, number)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.letters.capacity() + 4 * self.ends.capacity() + 5 * self.table.capacity()
    }
}

fn text_of<'a>(letters: &'a str, ends: &[u32], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &letters[start as usize..ends[number] as usize]
}
