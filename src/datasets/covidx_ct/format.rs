//! The files of COVIDx CT, as a lake and an ingest ask for them.

use super::files::release::{self, CtRelease};
use super::files::split_file::{Lines, parse_line};
use crate::contract::Contract;
use crate::release::{
    DatasetFormat, FileRole, FindError, Recognised, Release, ReleaseFiles, ReleaseNameError,
};

/// The files and the tables of COVIDx CT.
#[derive(Debug, Clone, Copy)]
pub struct CtFormat;

impl DatasetFormat for CtFormat {
    fn name(&self) -> &'static str {
        "covidx-ct"
    }

    fn contract(&self) -> &'static Contract {
        super::contract()
    }

    fn release(&self, name: &str) -> Result<Release, ReleaseNameError> {
        release::named(name)
    }

    fn recognise(&self, file_name: &str) -> Option<Recognised> {
        release::recognise(file_name)
    }

    fn landed_name<'a>(&self, file_name: &'a str) -> &'a str {
        release::own_name(file_name)
    }

    fn is_of(&self, recognised: &Recognised, release: &Release) -> bool {
        let Some(named) = &recognised.release else {
            return true;
        };
        // A B variant has train labels of its own.
        let is_shared = recognised.role != FileRole::Labels("train");
        named == release || (is_shared && release.base().as_ref() == Some(named))
    }

    fn find(&self, paths: &[&str], wanted: Option<&Release>) -> Result<ReleaseFiles, FindError> {
        release::find_as(paths.iter().copied(), wanted)
    }

    fn files_of_a_release(&self) -> &'static str {
        "three label files (`train_…`, `val_…`, `test_…`) and `metadata.csv`"
    }

    fn image_extensions(&self) -> &'static [&'static str] {
        &["png"]
    }

    fn image_folders(&self, release: &Release) -> Vec<String> {
        release.image_folders()
    }

    fn is_image_folder(&self, name: &str) -> bool {
        release::is_image_folder(name)
    }

    fn for_each_image_name(&self, labels: &[u8], each: &mut dyn FnMut(&str)) {
        let lines = Lines::new(labels).filter_map(|(_, line)| parse_line(line).ok());
        for line in lines {
            if let Ok(name) = str::from_utf8(line.file_name) {
                each(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_can_be_parsed_name_images() {
        let mut names = Vec::new();
        for labels in [
            &b"\xEF\xBB\xBFa.png 2 0 0 1 1\r\nb.png 2 0 0 1 1\nno line\nb.png 1 0 0 1 1\n"[..],
            "B.png 0 0 0 1 1\nZo\u{eb} 2 0 0 1 1".as_bytes(),
        ] {
            CtFormat.for_each_image_name(labels, &mut |name| names.push(name.to_owned()));
        }
        assert_eq!(names, ["a.png", "b.png", "b.png", "B.png", "Zo\u{eb}"]);
    }
}
