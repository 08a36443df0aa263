//! Texts that many patients share (countries, sources, …), held once.

use std::sync::Arc;

use hashbrown::HashMap;

/// The number of a text in [`Values`]; zero stands for "none".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ValueId(u32);

impl ValueId {
    /// Its place in a list that begins with "none".
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Numbers for texts.
#[derive(Debug, Default)]
pub(super) struct Values {
    texts: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, ValueId>,
}

impl Values {
    pub(super) fn intern(&mut self, text: &str) -> ValueId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        let id = ValueId(u32::try_from(self.texts.len()).expect("fewer texts than patients"));
        self.ids.insert(text, id);
        id
    }

    /// The number of a text that is probably the same as that of `guess`.
    pub(super) fn intern_option(&mut self, text: Option<&str>, guess: ValueId) -> ValueId {
        match (text, self.get(guess)) {
            (None, _) => ValueId::default(),
            (Some(text), Some(guessed)) if **guessed == *text => guess,
            (Some(text), _) => self.intern(text),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// All numbers, that of "none" first.
    pub(super) fn ids(&self) -> impl Iterator<Item = ValueId> + use<> {
        (0..).take(self.len() + 1).map(ValueId)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ValueId, &Arc<str>)> {
        self.ids().skip(1).zip(&self.texts)
    }

    pub(super) fn get(&self, id: ValueId) -> Option<&Arc<str>> {
        self.texts.get((id.0 as usize).checked_sub(1)?)
    }
}
