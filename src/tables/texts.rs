//! Many texts, each held once, in one piece of memory.

use std::hash::BuildHasher;

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
        let Self {
            letters,
            ends,
            table,
            hasher,
        } = self;
        ends.reserve(texts);
        table.reserve(texts, |&number| {
            hasher.hash_one(text_of(letters, ends, number))
        });
    }

    /// Adds a text that [`Texts::find`] did not find.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        let number = self.ends.len() as u32;
        self.letters.push_str(text);
        let end = u32::try_from(self.letters.len()).expect("ids take less than 4 GiB");
        self.ends.push(end);
        let Self {
            letters,
            ends,
            table,
            hasher,
        } = self;
        table.insert_unique(hasher.hash_one(text), number, |&number| {
            hasher.hash_one(text_of(letters, ends, number))
        });
        number
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
