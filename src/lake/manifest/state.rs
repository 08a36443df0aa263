//! What the manifest's objects add up to. Pure.

use std::collections::{BTreeMap, HashSet};

use super::entry::{Expected, Line, ManifestEntry};
use super::object::{Content, ManifestObject, ObjectName};

/// What is in a release's landing zone, and what should be.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    entries: BTreeMap<String, ManifestEntry>,
    withdrawn: BTreeMap<String, String>,
    planned: BTreeMap<String, Expected>,
    objects: Vec<ObjectName>,
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
                Content::Plan(_) | Content::Part(_) => Vec::new(),
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
            Content::Plan(lines) => self.planned.extend(by_path(lines, |line| &line.path)),
            Content::Part(lines) => lines.into_iter().for_each(|line| self.add(line)),
            Content::Sealed { entries, .. } => {
                self.entries.extend(by_path(entries, |entry| &entry.path));
            }
        }
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

    /// Paths that a source has or had and that are not there, in order.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        let unmet = self.planned.values().filter(|expected| {
            let entry = self.entries.get(&expected.path);
            !entry.is_some_and(|entry| expected.is(entry))
        });
        let mut paths: Vec<&str> = unmet
            .map(|expected| expected.path.as_str())
            .chain(self.withdrawn.keys().map(String::as_str))
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// Whether all of `files` are planned already, in this state.
    #[must_use]
    pub fn expects(&self, files: &[Expected]) -> bool {
        files
            .iter()
            .all(|file| self.planned.get(&file.path) == Some(file))
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

fn by_path<T>(lines: Vec<T>, path: impl Fn(&T) -> &String) -> impl Iterator<Item = (String, T)> {
    lines
        .into_iter()
        .map(move |line| (path(&line).clone(), line))
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
        let expected = files.iter().map(|&(path, crc32)| Expected {
            path: path.to_owned(),
            bytes: 5,
            crc32: Some(crc32),
        });
        Content::Plan(expected.collect())
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
