//! A dataset folder, file by file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ctlake::datasets::covidx_ct::files::Split;
use ctlake::datasets::covidx_ct::files::release::CtRelease;
use ctlake::datasets::covidx_ct::files::sample::{Sample, SampleOptions, generate};
use ctlake::release::Release;

/// The header of the published metadata.
pub(crate) const HEADER: &str =
    "patient id,source,country,sex,age,finding,verified finding,slice selection,view,modality";

/// Files of a dataset, to be written to a folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dataset {
    files: BTreeMap<String, Vec<u8>>,
}

impl Dataset {
    /// Five patients, six labels, release CT-2A, no images and nothing wrong.
    pub(crate) fn small() -> Self {
        Self::default()
            .file(
                "metadata.csv",
                format!(
                    "{HEADER}\n\
                     NCP_1,CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT\n\
                     NCP_2,CNCB,China,,,COVID-19,Yes,Automatic,Axial,CT\n\
                     CP_3,CNCB,China,M,62,Pneumonia,Yes,Expert,Axial,CT\n\
                     Normal_4,CNCB,China,,,Normal,Yes,N/A,Axial,CT\n\
                     patient5,COVID-CTSet,Iran,M,30,Normal,Yes,N/A,Axial,CT\n"
                ),
            )
            .labels(
                Split::Train,
                "NCP_1_10_0001.png 2 10 20 110 120\n\
                 NCP_1_10_0002.png 2 11 21 111 121\n\
                 CP_3_30_0001.png 1 12 22 112 122\n",
            )
            .labels(
                Split::Val,
                "NCP_2_20_0005.png 2 13 23 113 123\n\
                 Normal_4_40_0001.png 0 14 24 114 124\n",
            )
            .labels(
                Split::Test,
                "normal1_patient5_SR_1_IM00001.png 0 15 25 115 125\n",
            )
    }

    /// What `ctlake sample` makes, images and all.
    pub(crate) fn sample(sample: &Sample) -> Self {
        let mut dataset = Self::default();
        for file in &sample.files {
            dataset.files.insert(file.path.clone(), file.bytes.clone());
        }
        for image in &sample.images {
            dataset.files.insert(image.path.clone(), image.render());
        }
        dataset
    }

    /// Adds a file, or puts other content into it.
    pub(crate) fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), content.into());
        self
    }

    /// Takes a file away.
    pub(crate) fn without(mut self, path: &str) -> Self {
        assert!(self.files.remove(path).is_some(), "no file {path}");
        self
    }

    /// Gives a file another name.
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        let content = self.files.remove(from).expect("a file of the dataset");
        self.file(to, content)
    }

    /// The labels of a split of CT-2A, whole.
    pub(crate) fn labels(self, split: Split, text: &str) -> Self {
        self.file(&label_file(split), text)
    }

    /// One more label line.
    pub(crate) fn line(mut self, split: Split, line: &str) -> Self {
        let labels = self.files.entry(label_file(split)).or_default();
        labels.extend_from_slice(line.as_bytes());
        labels.push(b'\n');
        self
    }

    /// One more patient in `metadata.csv`.
    pub(crate) fn patient(mut self, row: &str) -> Self {
        let metadata = self.files.entry("metadata.csv".to_owned()).or_default();
        metadata.extend_from_slice(row.as_bytes());
        metadata.push(b'\n');
        self
    }

    /// `metadata.csv` with every `from` replaced.
    pub(crate) fn metadata_with(self, from: &str, to: &str) -> Self {
        let text = self.text("metadata.csv");
        assert!(text.contains(from), "the metadata has no {from:?}");
        self.file("metadata.csv", text.replace(from, to))
    }

    /// Every file with its content changed.
    pub(crate) fn each(mut self, change: impl Fn(&str) -> Vec<u8>) -> Self {
        let names: Vec<String> = self.files.keys().cloned().collect();
        for name in names {
            let changed = change(&self.text(&name));
            self.files.insert(name, changed);
        }
        self
    }

    /// A file's text.
    pub(crate) fn text(&self, path: &str) -> String {
        String::from_utf8(self.files[path].clone()).expect("text")
    }

    /// The files by path.
    pub(crate) fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Writes all files below `folder`, which is made.
    pub(crate) fn write(&self, folder: &Path) {
        for (path, content) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
    }
}

/// `train_COVIDx_CT-2A.txt`.
pub(crate) fn label_file(split: Split) -> String {
    release("CT-2A").label_file_name(split)
}

/// A release by name.
pub(crate) fn release(name: &str) -> Release {
    name.parse().expect("a release")
}

/// A sample with as many patients as it must have, and a seed.
pub(crate) fn small_sample(seed: u64) -> Sample {
    generate(&SampleOptions {
        patients: 21,
        seed,
        release: release("CT-2A"),
    })
}
