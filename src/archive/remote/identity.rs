//! Which answers are about the file that was opened.
//!
//! The first answer's validator names the content, and requests are pinned to it. Several machines behind one URL may name the
//! same bytes differently (nginx makes an `ETag` of a file's date on its disk), each answer being another's. So a validator that
//! is not known yet is not another content yet: the witness, some bytes that two archives can't have in common, is fetched again
//! and compared. Only if it differs has the file changed.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::validator::{Likeness, Validator};

/// Names of one content that are remembered. If there are more, each answer has one of its own, and they tell nothing.
const MOST_NAMES: usize = 8;

/// Bytes that tell one content from another.
#[derive(Debug, Clone)]
pub(super) struct Witness {
    /// Where they are.
    pub(super) range: Range<u64>,
    /// Their [`crate::archive::witness`] digest.
    pub(super) digest: u64,
}

/// What is known of a file's names.
#[derive(Debug)]
pub(super) struct Identity(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Names of the content, the first one first.
    names: Vec<Validator>,
    /// Names that were met before there was a witness.
    strangers: Vec<Validator>,
    witness: Option<Witness>,
    /// Whether requests name the content that they are about.
    is_pinned: bool,
}

impl Identity {
    pub(super) fn new(first: Validator) -> Self {
        Self(Mutex::new(State {
            names: vec![first],
            strangers: Vec::new(),
            witness: None,
            is_pinned: true,
        }))
    }

    /// What the next request is pinned to.
    pub(super) fn pin(&self) -> Option<Validator> {
        let state = self.lock();
        state.is_pinned.then(|| state.names[0].clone())
    }

    /// Pins no request any more; false if none was.
    pub(super) fn unpin(&self) -> bool {
        std::mem::replace(&mut self.lock().is_pinned, false)
    }

    /// Whether an answer is about the content. As long as there is no witness, what is unclear is let through and remembered.
    pub(super) fn judge(&self, found: &Validator) -> Likeness {
        let mut state = self.lock();
        match state.judge(found) {
            Likeness::Unclear if state.witness.is_none() => {
                state.strangers.push(found.clone());
                Likeness::Same
            }
            likeness => likeness,
        }
    }

    /// These names are of the content too.
    pub(super) fn accept(&self, found: Vec<Validator>) {
        let mut state = self.lock();
        for name in found {
            if state.judge(&name) == Likeness::Unclear {
                state.names.push(name);
            }
        }
        state.is_pinned = false;
    }

    /// From now on the content is told by this. Gives the names that were let through so far.
    pub(super) fn swear(&self, witness: Witness) -> Vec<Validator> {
        let mut state = self.lock();
        state.witness = Some(witness);
        std::mem::take(&mut state.strangers)
    }

    pub(super) fn witness(&self) -> Option<Witness> {
        self.lock().witness.clone()
    }

    /// Whether the content has several names.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.lock().names.len() > 1
    }

    /// Two names of it.
    pub(super) fn names(&self) -> Option<(Validator, Validator)> {
        match &self.lock().names[..] {
            [first, second, ..] => Some((first.clone(), second.clone())),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn judge(&self, found: &Validator) -> Likeness {
        let mut likeness = self.names[0].compare(found);
        let is_known = || {
            let mut others = self.names[1..].iter();
            others.any(|name| name.compare(found) == Likeness::Same)
        };
        if likeness == Likeness::Unclear && (self.names.len() > MOST_NAMES || is_known()) {
            likeness = Likeness::Same;
        }
        likeness
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Likeness::{Other, Same, Unclear};

    fn named(etag: &str, bytes: u64) -> Validator {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("etag", etag.parse().expect("a header"));
        Validator::of(&headers, bytes)
    }

    fn witness() -> Witness {
        Witness {
            range: 0..1,
            digest: 0,
        }
    }

    #[test]
    fn what_is_unclear_waits_for_a_witness() {
        let identity = Identity::new(named("\"a\"", 5));
        assert_eq!(identity.judge(&named("\"a\"", 5)), Same);
        assert_eq!(identity.judge(&named("\"b\"", 6)), Other);
        assert_eq!(identity.judge(&named("\"b\"", 5)), Same);
        assert_eq!(identity.swear(witness()), [named("\"b\"", 5)]);
        assert_eq!(identity.judge(&named("\"b\"", 5)), Unclear);
        assert!(!identity.is_ambiguous() && identity.pin().is_some());
        identity.accept(vec![named("\"a\"", 5), named("\"b\"", 5)]);
        assert_eq!(identity.judge(&named("\"b\"", 5)), Same);
        assert_eq!(identity.judge(&named("\"c\"", 5)), Unclear);
        assert!(identity.is_ambiguous() && identity.pin().is_none());
    }

    #[test]
    fn names_that_are_ever_new_tell_nothing() {
        let identity = Identity::new(named("\"0\"", 5));
        identity.swear(witness());
        for number in 1..=MOST_NAMES {
            let name = named(&format!("\"{number}\""), 5);
            assert_eq!(identity.judge(&name), Unclear);
            identity.accept(vec![name]);
        }
        assert_eq!(identity.judge(&named("\"another\"", 5)), Same);
        assert_eq!(identity.judge(&named("\"another\"", 6)), Other);
    }
}
