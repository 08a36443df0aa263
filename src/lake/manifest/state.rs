//! What the manifest's objects add up to. Pure.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::entry::{Expected, Line, ManifestEntry};
use super::object::{Content, ManifestObject, ObjectName};

/// What is in a release's landing zone, and what should be.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    entries: BTreeMap<String, ManifestEntry>,
    withdrawn: BTreeMap<String, String>,
    planned: BTreeMap<String, Planned>,
    objects: Vec<ObjectName>,
}

/// A file that a source has, as the newest plan with it says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Planned {
    expected: Expected,
    /// The source, where the plan was of all its files.
    source: Option<Arc<str>>,
}

impl Manifest {
    /// From all objects there are, in any order.
    ///
    /// An object that a sealed one covers says nothing more. Sealed ones come first, then plans and parts as they were written:
    /// a later line of a path replaces an earlier one.
    #[must_use]
    pub fn replay(mut objects: Vec<ManifestObject>) -> Self {
        let covered: HashSet<ObjectName> = objects
            .iter()
            .flat_map(|object| match &object.content {
                Content::Sealed { covers, .. } => covers.clone(),
                Content::Plan { .. } | Content::Part(_) => Vec::new(),
            })
            .collect();
        objects.retain(|object| !covered.contains(&object.name));
        objects.sort_by_cached_key(|object| {
            let sealed = matches!(object.content, Content::Sealed { .. });
            (!sealed, object.name.clone())
        });
        let mut manifest = Self::default();
        for object in objects {
            manifest.apply(object);
        }
        manifest
    }

    /// Takes in an object that was written after all the others.
    pub fn apply(&mut self, object: ManifestObject) {
        self.objects.push(object.name);
        match object.content {
            Content::Plan { source, files } => self.plan(source, files),
            Content::Part(lines) => lines.into_iter().for_each(|line| self.add(line)),
            Content::Sealed { entries, .. } => {
                let entries = entries.into_iter();
                self.entries
                    .extend(entries.map(|entry| (entry.path.clone(), entry)));
            }
        }
    }

    /// Takes in a plan. One of all files of a source replaces what was planned of it before: what the source has no more, nobody
    /// can bring. It also replaces what was refused before, of whichever source: that has been corrected, or it says so again.
    fn plan(&mut self, source: Option<String>, files: Vec<Expected>) {
        let source: Option<Arc<str>> = source.map(Arc::from);
        if let Some(source) = &source {
            self.planned
                .retain(|_, planned| !planned.is_replaced_by(source));
        }
        let planned = files.into_iter().map(|expected| {
            let source = source.clone();
            (expected.path.clone(), Planned { expected, source })
        });
        self.planned.extend(planned);
    }

    fn add(&mut self, line: Line) {
        match line {
            Line::Stored(entry) => {
                self.withdrawn.remove(&entry.path);
                self.entries.insert(entry.path.clone(), entry);
            }
            Line::Withdrawn { path, withdrawn } => {
                self.entries.remove(&path);
                self.withdrawn.insert(path, withdrawn);
            }
        }
    }

    /// The files that are there, by path.
    #[must_use]
    pub fn entries(&self) -> &BTreeMap<String, ManifestEntry> {
        &self.entries
    }

    /// The files that were found damaged or missing, by path, and why.
    #[must_use]
    pub fn withdrawn(&self) -> &BTreeMap<String, String> {
        &self.withdrawn
    }

    /// Paths that a source has or had and that are not there, in order; what was refused among them.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        let unmet = self.planned.values().filter(|planned| {
            let entry = self.entries.get(&planned.expected.path);
            !entry.is_some_and(|entry| planned.expected.is(entry))
        });
        let mut paths: Vec<&str> = unmet
            .map(|planned| planned.expected.path.as_str())
            .chain(self.withdrawn.keys().map(String::as_str))
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// Paths of files that a source may have and that can't be taken, and why.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &str)> {
        let planned = self.planned.values().map(|planned| &planned.expected);
        planned.filter_map(|expected| Some((expected.path.as_str(), expected.refused.as_deref()?)))
    }

    /// Whether a plan of `files` would change nothing: all of them are planned already, in this state, and where they are all of
    /// `source`, nothing else of it is.
    #[must_use]
    pub fn expects(&self, source: Option<&str>, files: &[Expected]) -> bool {
        let planned = files.iter().all(|file| {
            let planned = self.planned.get(&file.path);
            planned.is_some_and(|planned| {
                planned.expected == *file
                    && (source.is_none() || planned.source.as_deref() == source)
            })
        });
        let replaced = |source| {
            let planned = self.planned.values();
            planned
                .filter(|planned| planned.is_replaced_by(source))
                .count()
        };
        planned && source.is_none_or(|source| replaced(source) == files.len())
    }

    /// The objects that it was read from, without those that others cover.
    #[must_use]
    pub fn objects(&self) -> &[ObjectName] {
        &self.objects
    }

    /// Whether one sealed object says all of it.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        matches!(self.objects.as_slice(), [only] if only.kind() == "sealed")
    }
}

impl Planned {
    /// Whether a plan of all files of `source` is to replace it.
    fn is_replaced_by(&self, source: &str) -> bool {
        self.expected.refused.is_some() || self.source.as_deref() == Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(path: &str, crc32: u32) -> Line {
        Line::Stored(entry(path, crc32))
    }

    fn entry(path: &str, crc32: u32) -> ManifestEntry {
        ManifestEntry {
            path: path.to_owned(),
            bytes: 5,
            crc32,
            width: None,
            height: None,
            source: None,
        }
    }

    fn withdrawn(path: &str) -> Line {
        Line::Withdrawn {
            path: path.to_owned(),
            withdrawn: "missing".to_owned(),
        }
    }

    fn plan(files: &[(&str, u32)]) -> Content {
        whole_plan(None, files)
    }

    /// A file with CRC-32 0 is one that was refused.
    fn whole_plan(source: Option<&str>, files: &[(&str, u32)]) -> Content {
        let expected = files.iter().map(|&(path, crc32)| Expected {
            path: path.to_owned(),
            bytes: 5,
            crc32: Some(crc32),
            refused: (crc32 == 0).then(|| "it is encrypted".to_owned()),
        });
        Content::Plan {
            source: source.map(str::to_owned),
            files: expected.collect(),
        }
    }

    /// Objects written one after the other.
    fn written(contents: Vec<Content>) -> Vec<ManifestObject> {
        (0..)
            .zip(contents)
            .map(|(second, content)| {
                let (name, _) = content.encode(&format!("20261124T0000{second:02}Z"), 0);
                ManifestObject { name, content }
            })
            .collect()
    }

    fn missing(contents: Vec<Content>) -> String {
        Manifest::replay(written(contents)).missing().join(" ")
    }

    #[test]
    fn what_is_missing_follows_from_plans_and_parts() {
        let both = || plan(&[("a", 1), ("b", 2)]);
        assert_eq!(missing(vec![]), "");
        assert_eq!(missing(vec![both()]), "a b");
        assert_eq!(
            missing(vec![both(), Content::Part(vec![stored("b", 2)])]),
            "a"
        );
        assert_eq!(
            missing(vec![
                both(),
                Content::Part(vec![stored("b", 2), stored("a", 1)])
            ]),
            ""
        );
        // Other content than the newest plan's.
        assert_eq!(
            missing(vec![
                plan(&[("a", 1)]),
                Content::Part(vec![stored("a", 1)]),
                plan(&[("a", 9)])
            ]),
            "a"
        );
        // Withdrawn, and put again.
        let damaged = || {
            vec![
                both(),
                Content::Part(vec![stored("a", 1), stored("b", 2), withdrawn("a")]),
            ]
        };
        assert_eq!(missing(damaged()), "a");
        let mut repaired = damaged();
        repaired.push(Content::Part(vec![stored("a", 1)]));
        assert_eq!(missing(repaired), "");
    }

    #[test]
    fn what_a_source_has_no_more_is_not_missing() {
        let whole = |source, files: &[(&str, u32)]| whole_plan(Some(source), files);
        let stored_a = || Content::Part(vec![stored("a", 1)]);
        // Corrected: the file that was refused has a name that is taken, or is gone.
        for corrected in [&[("a", 1)][..], &[("a", 1), ("c", 3)]] {
            let mut contents = vec![whole("x", &[("a", 1), ("b", 0)]), stored_a()];
            assert_eq!(missing(contents.clone()), "b");
            contents.push(whole("y", corrected));
            let left = if corrected.len() > 1 { "c" } else { "" };
            assert_eq!(missing(contents), left);
        }
        // Even where a file is there from before.
        assert_eq!(missing(vec![stored_a(), whole("x", &[("a", 0)])]), "a");
        // What another source has is still waited for; what this one had is not.
        let half = || vec![whole("x", &[("a", 1), ("b", 2)]), stored_a()];
        assert_eq!(
            missing([half(), vec![whole("y", &[("a", 1)])]].concat()),
            "b"
        );
        assert_eq!(
            missing([half(), vec![whole("x", &[("a", 1)])]].concat()),
            ""
        );
        // A plan of some files replaces nothing.
        assert_eq!(missing([half(), vec![plan(&[("a", 1)])]].concat()), "b");
    }

    #[test]
    fn a_plan_that_says_nothing_new_is_told() {
        let expected = |files: &[(&str, u32)]| match plan(files) {
            Content::Plan { files, .. } => files,
            _ => Vec::new(),
        };
        let known = [("a", 1), ("b", 0)];
        let manifest = Manifest::replay(written(vec![whole_plan(Some("x"), &known)]));
        assert_eq!(
            manifest.refused().collect::<Vec<_>>(),
            [("b", "it is encrypted")]
        );
        for (source, files, expects) in [
            (Some("x"), &known[..], true),
            (None, &known[..1], true),
            (Some("x"), &known[..1], false),
            (Some("y"), &known[..], false),
            (None, &[("a", 2)], false),
            (None, &[("c", 1)], false),
        ] {
            assert_eq!(
                manifest.expects(source, &expected(files)),
                expects,
                "{source:?} {files:?}"
            );
        }
    }

    #[test]
    fn a_sealed_one_stands_for_what_it_covers_and_later_lines_count() {
        let mut objects = written(vec![plan(&[("a", 1)]), Content::Part(vec![stored("a", 1)])]);
        let sealed = Content::Sealed {
            covers: objects.iter().map(|object| object.name.clone()).collect(),
            entries: vec![entry("a", 1)],
        };
        let (name, _) = sealed.encode("20261124T000002Z", 0);
        objects.push(ManifestObject {
            name: name.clone(),
            content: sealed,
        });
        let state = Manifest::replay(objects.clone());
        assert!(state.is_sealed() && state.missing().is_empty());
        // The same when the covered ones are gone, and when one of them is found before the sealed one.
        let alone = Manifest::replay(objects.split_off(2));
        assert_eq!(alone.objects(), [name]);
        assert_eq!(alone.entries(), state.entries());
    }
}
