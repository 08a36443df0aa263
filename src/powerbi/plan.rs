//! What writing a project to a folder would change there.

use std::collections::BTreeMap;

use serde::Serialize;

use super::file::ProjectFile;

/// The paths below the project's folder, by what becomes of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProjectPlan {
    /// Files that are not there.
    pub new: Vec<String>,
    /// Files that have another content there.
    pub changed: Vec<String>,
    /// Files of a report or a model that this project doesn't have: an older one's, or pages made by hand.
    pub removed: Vec<String>,
    /// Files that are there as they shall be.
    pub same: usize,
}

/// The folders in which nothing but generated files may be.
#[must_use]
pub fn generated_folders() -> [&'static str; 2] {
    [
        "ctlake.Report/definition",
        "ctlake.SemanticModel/definition",
    ]
}

impl ProjectPlan {
    /// Compares `files` with what is there: path to content, of the whole folder.
    #[must_use]
    pub fn new(files: &[ProjectFile], there: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut plan = Self::default();
        for file in files {
            match there.get(&file.path) {
                None => plan.new.push(file.path.clone()),
                Some(content) if content == file.text.as_bytes() => plan.same += 1,
                Some(_) => plan.changed.push(file.path.clone()),
            }
        }
        let generated = |path: &&String| {
            let within = |folder: &str| {
                path.strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            generated_folders().into_iter().any(within)
                && files.iter().all(|file| file.path != **path)
        };
        plan.removed = there.keys().filter(generated).cloned().collect();
        plan
    }

    /// The files whose content would be lost.
    #[must_use]
    pub fn lost(&self) -> Vec<&str> {
        let lost = self.changed.iter().chain(&self.removed);
        lost.map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_made_is_lost_only_where_it_is_named() {
        let file = |path: &str| ProjectFile::new(path, "generated".to_owned());
        let files = [
            file("ctlake.pbip"),
            file("ctlake.Report/definition/report.json"),
            file("ctlake.SemanticModel/definition/model.tmdl"),
        ];
        let there: BTreeMap<String, Vec<u8>> = [
            ("ctlake.pbip", "generated"),
            ("ctlake.Report/definition/report.json", "edited"),
            ("ctlake.Report/definition/pages/mine/page.json", "mine"),
            ("ctlake.Report/.pbi/localSettings.json", "local"),
            ("notes.txt", "mine"),
        ]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect();
        let plan = ProjectPlan::new(&files, &there);
        assert_eq!(plan.new, ["ctlake.SemanticModel/definition/model.tmdl"]);
        assert_eq!(plan.same, 1);
        assert_eq!(
            plan.lost(),
            [
                "ctlake.Report/definition/report.json",
                "ctlake.Report/definition/pages/mine/page.json"
            ]
        );
    }
}
