//! Zips of a dataset byte by byte, as other programs write them.

use super::Dataset;

/// What is otherwise than the zip crate writes it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Foreign<'a> {
    /// The enclosing folder's name in whatever encoding, without a flag that says which.
    pub(crate) folder: &'a [u8],
    /// Extra fields of both headers.
    pub(crate) extra: &'a [u8],
    /// The system that has written it: 3 is Unix, 0 MS-DOS.
    pub(crate) system: u8,
    /// Whether folders are separated by backslashes.
    pub(crate) backslashes: bool,
    /// Empty files of no release beside those of the dataset.
    pub(crate) more: usize,
}

impl Foreign<'_> {
    /// The zip of a dataset, of which the count and all places are cut to their bits.
    pub(crate) fn zip(&self, dataset: &Dataset) -> Vec<u8> {
        let files = dataset.files().iter();
        let mut files: Vec<(String, &[u8])> = files
            .map(|(path, content)| (path.clone(), content.as_slice()))
            .collect();
        files.extend((0..self.more).map(|number| (format!("{number:06}.txt"), &[][..])));
        let (mut zip, mut directory) = (Vec::new(), Vec::new());
        for (path, content) in &files {
            let mut name = [self.folder, b"/", path.as_bytes()].concat();
            if self.backslashes {
                for byte in name.iter_mut().filter(|byte| **byte == b'/') {
                    *byte = b'\\';
                }
            }
            let mut header = vec![0, 0, 0, 0, 0, 0, 0x21, 0];
            for number in [
                crc32fast::hash(content),
                content.len() as u32,
                content.len() as u32,
            ] {
                header.extend(number.to_le_bytes());
            }
            header.extend((name.len() as u16).to_le_bytes());
            header.extend((self.extra.len() as u16).to_le_bytes());
            let place = (zip.len() as u32).to_le_bytes();
            directory.extend([b"PK\x01\x02\x14", &[self.system][..], b"\x14\0", &header].concat());
            directory.extend([&[0; 10][..], &place, &name, self.extra].concat());
            zip.extend([b"PK\x03\x04\x14\0", &header[..], &name, self.extra, content].concat());
        }
        let count = (files.len() as u16).to_le_bytes();
        let size = (directory.len() as u32).to_le_bytes();
        let start = (zip.len() as u32).to_le_bytes();
        zip.extend(directory);
        zip.extend(
            [
                b"PK\x05\x06\0\0\0\0",
                &count[..],
                &count,
                &size,
                &start,
                &[0, 0],
            ]
            .concat(),
        );
        zip
    }
}

/// Such zips, each with what is peculiar about it.
pub(crate) fn foreign() -> Vec<(&'static str, Foreign<'static>)> {
    let unix = Foreign {
        folder: b"covidx-ct",
        system: 3,
        ..Foreign::default()
    };
    vec![
        (
            "GBK",
            Foreign {
                folder: b"\xca\xfd\xbe\xdd",
                ..unix.clone()
            },
        ),
        (
            "Shift JIS, with a backslash in a letter",
            Foreign {
                folder: b"\x95\x5c\x8e\xa6",
                ..unix.clone()
            },
        ),
        (
            "code page 437",
            Foreign {
                folder: b"Gr\x94\xe1e",
                ..unix.clone()
            },
        ),
        (
            "UTF-8 without the flag",
            Foreign {
                folder: "数据".as_bytes(),
                ..unix.clone()
            },
        ),
        (
            "an empty time field",
            Foreign {
                extra: b"UT\0\0",
                ..unix.clone()
            },
        ),
        (
            "a cut NTFS field",
            Foreign {
                extra: b"\x0a\0\x08\0\0\0\0\0\x01\0\x18\0",
                ..unix.clone()
            },
        ),
        (
            "a field longer than all fields",
            Foreign {
                extra: b"\xfe\xca\xff\xffabc",
                ..unix.clone()
            },
        ),
        (
            "more entries than 16 bits count",
            Foreign {
                more: 65_600,
                ..unix.clone()
            },
        ),
        (
            "backslashes on Unix",
            Foreign {
                backslashes: true,
                ..unix.clone()
            },
        ),
        (
            "backslashes",
            Foreign {
                system: 0,
                backslashes: true,
                ..unix.clone()
            },
        ),
        (
            "a root of its own",
            Foreign {
                folder: b".",
                ..unix
            },
        ),
    ]
}
