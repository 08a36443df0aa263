//! Where the images of a release may lie in a source.

use crate::release::{DatasetFormat, Release};

/// Where an image lies, seen from the release. The order is that of preference between files with the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// In the release's own folder of images.
    Own,
    /// In a folder that says nothing: `COVID-19/`, `pngs/`, or beside the metadata.
    Anywhere,
    /// In the folder of another release's images.
    Other,
}

/// What tells where an image lies.
#[derive(Debug)]
pub(super) struct Places {
    format: &'static dyn DatasetFormat,
    /// Names of the release's own folders of images.
    own: Vec<String>,
    /// The folder with the labels and the metadata, with `/` at its end; empty for the root.
    home: String,
}

impl Places {
    /// `releases` are the release, and that of its label files where it was given another name; `files` the label files and the
    /// metadata.
    pub(super) fn new<'a>(
        format: &'static dyn DatasetFormat,
        releases: &[&Release],
        files: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut home: Option<&str> = None;
        for path in files {
            home = Some(home.map_or_else(|| folder(path), |home| common(home, folder(path))));
        }
        Self {
            format,
            own: releases
                .iter()
                .flat_map(|release| format.image_folders(release))
                .collect(),
            home: home.unwrap_or_default().to_owned(),
        }
    }

    /// Where the image at `path` lies: the nearest folder that is one of a release's images decides.
    pub(super) fn of(&self, path: &str) -> Place {
        let folders = || folder(path).trim_end_matches('/').rsplit('/');
        if folders().next().is_some_and(|name| self.is_own(name)) {
            return Place::Own;
        }
        match folders().find(|name| self.is_own(name) || self.format.is_image_folder(name)) {
            Some(name) if !self.is_own(name) => Place::Other,
            _ => Place::Anywhere,
        }
    }

    /// The folder of the release's own images that `path` lies in or below, with `/` at its end.
    pub(super) fn own_folder<'a>(&self, path: &'a str) -> Option<&'a str> {
        let mut ends = path.rmatch_indices('/').map(|(at, _)| at);
        let end = ends.find(|&end| {
            let name = path[..end].rsplit('/').next().unwrap_or_default();
            self.is_own(name)
        })?;
        Some(&path[..=end])
    }

    /// Of files with the same name those in the release's own folder come first, then those that lie with the labels.
    pub(super) fn preference(&self, path: &str) -> (Place, bool) {
        (self.of(path), !path.starts_with(&self.home))
    }

    /// Whether the name of the release's own folder may be that of any other: CT-1's is `images`.
    pub(super) fn is_generic(own_folder: &str) -> bool {
        let name = own_folder.trim_end_matches('/').rsplit('/').next();
        name.is_some_and(|name| name.eq_ignore_ascii_case("images"))
    }

    pub(super) fn is_own(&self, name: &str) -> bool {
        self.own.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// The path of a file's folder with `/` at its end, or nothing.
pub(super) fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |end| &path[..=end])
}

/// The folders that two folders' paths begin with.
fn common<'a>(a: &'a str, b: &str) -> &'a str {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let end = a.as_bytes()[..same].iter().rposition(|&byte| byte == b'/');
    end.map_or("", |end| &a[..=end])
}

#[cfg(test)]
mod tests {
    use super::{Place, Places};

    fn places(release: &str, files: &[&str]) -> Places {
        let release = release.parse().expect("a release");
        Places::new(
            &crate::datasets::covidx_ct::CtFormat,
            &[&release],
            files.iter().copied(),
        )
    }

    #[test]
    fn the_nearest_folder_of_a_release_decides() {
        let places = places("CT-2A", &["metadata.csv", "splits/v2/train.txt"]);
        for (path, place) in [
            ("2A_images/a.png", Place::Own),
            ("data/2a_Images/a.png", Place::Own),
            ("2A_images/masks/a.png", Place::Anywhere),
            ("3A_images/a.png", Place::Other),
            ("3A_images/COVID-19/a.png", Place::Other),
            ("3A_images/2A_images/a.png", Place::Own),
            ("2A_images/3A_images/a.png", Place::Other),
            ("images/a.png", Place::Anywhere),
            ("COVID-19/a.png", Place::Anywhere),
            ("a.png", Place::Anywhere),
            ("my_images/a.png", Place::Anywhere),
        ] {
            assert_eq!(places.of(path), place, "{path}");
        }
        assert_eq!(
            places.own_folder("data/2A_images/masks/a.png"),
            Some("data/2A_images/")
        );
        assert_eq!(places.own_folder("2A_images"), None);
        assert!(Places::is_generic("docs/images/") && !Places::is_generic("2A_images/"));
    }

    #[test]
    fn what_lies_with_the_labels_comes_first() {
        let places = places("CT-2A", &["CT-2A/metadata.csv", "CT-2A/splits/train.txt"]);
        let mut paths = [
            "CT-3A/3A_images/a.png",
            "CT-2A/3A_images/a.png",
            "CT-3A/images/a.png",
            "CT-2A/images/a.png",
            "CT-2AB/2A_images/a.png",
            "CT-2A/2A_images/a.png",
        ];
        paths.sort_by_key(|path| places.preference(path));
        assert_eq!(
            paths,
            [
                "CT-2A/2A_images/a.png",
                "CT-2AB/2A_images/a.png",
                "CT-2A/images/a.png",
                "CT-3A/images/a.png",
                "CT-2A/3A_images/a.png",
                "CT-3A/3A_images/a.png",
            ]
        );
    }
}
