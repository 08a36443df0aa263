//! Zips as their writers have them, which is not always as the format says.

use super::forge::{Forged, Sparse, field, finder, zip};
use super::{contents, pairs, refused, stored, text};
use crate::archive::directory::{self, Directory};
use crate::archive::{ArchiveError, Limits, content};
use crate::hint::Hint;

/// What is read of entries that all are honest: paths and contents.
async fn read(entries: &[Forged]) -> Vec<(String, String)> {
    let file = stored(&zip(entries).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(refused(&*archive), []);
    contents(&*archive).await
}

async fn paths(entries: &[Forged]) -> Vec<String> {
    let read = read(entries).await;
    read.into_iter().map(|(path, _)| path).collect()
}

async fn warnings(entries: &[Forged]) -> Vec<String> {
    let file = stored(&zip(entries).0);
    file.open(&Limits::default()).await.unwrap().warnings()
}

/// How opening these bytes fails, with its hint.
async fn refusal(bytes: &[u8]) -> String {
    let file = stored(bytes);
    let error = file.open(&Limits::default()).await.unwrap_err();
    file.text(&error)
}

#[tokio::test]
async fn names_in_every_encoding() {
    let unicode = |name: &[u8], version: u8, crc32: u32, path: &str| Forged {
        extra: field(
            0x7075,
            &[&[version][..], &crc32.to_le_bytes(), path.as_bytes()].concat(),
        ),
        ..Forged::new(name, "x")
    };
    let (gbk, crc32) = (
        b"\xca\xfd\xbe\xdd/b.png",
        crc32fast::hash(b"\xca\xfd\xbe\xdd/b.png"),
    );
    let flagged = Forged {
        flags: 0x800,
        ..Forged::new("数据/flagged.png", "x")
    };
    let wrongly_flagged = Forged {
        flags: 0x800,
        ..Forged::new(b"\x81/wrongly.png", "x")
    };
    assert_eq!(
        paths(&[
            flagged,
            Forged::new("数据/not flagged.png", "x"),
            wrongly_flagged,
            Forged::new(b"Gr\x94\xe1e/a.png", "x"),
            Forged::new(b"\xca\xfd\xbe\xdd/a.png", "x"),
            Forged::new(b"\x95\x5c/a.png", "x"),
            unicode(gbk, 1, crc32, "数据/b.png"),
            unicode(b"\xca\xfd\xbe\xdd/c.png", 1, crc32, "数据/c.png"),
            unicode(
                b"\xca\xfd\xbe\xdd/d.png",
                2,
                crc32fast::hash(b"\xca\xfd\xbe\xdd/d.png"),
                "数据/d.png"
            ),
        ])
        .await,
        [
            "数据/flagged.png",
            "数据/not flagged.png",
            "ü/wrongly.png",
            "Größe/a.png",
            "╩²╛▌/a.png",
            "ò\u{fffd}/a.png",
            "数据/b.png",
            "╩²╛▌/c.png",
            "╩²╛▌/d.png",
        ]
    );
    assert_eq!(
        warnings(&[
            Forged::new("plain.png", "x"),
            Forged::new(b"\xca\xfd\xbe\xdd/a.png", "x"),
            Forged::new(b"\xca\xfd\xbe\xdd/b.png", "x"),
        ])
        .await,
        [
            "names of the archive are not UTF-8 and are read as code page 437: 2, the first is `╩²╛▌/a.png`"
        ]
    );
}

#[tokio::test]
async fn a_name_that_is_decoded_is_checked_after_that() {
    let unicode = Forged {
        extra: field(
            0x7075,
            &[
                &[1][..],
                &crc32fast::hash(b"harmless.png").to_le_bytes(),
                b"../up.png",
            ]
            .concat(),
        ),
        ..Forged::new("harmless.png", "x")
    };
    let windows = |name: &[u8]| Forged {
        system: 0,
        ..Forged::new(name, "x")
    };
    let file = stored(
        &zip(&[
            unicode,
            windows(b"..\\up.png"),
            windows(b"C:\\drive.png"),
            windows(b"\\\\host\\share.png"),
            windows(b"a\\\\b.png"),
            windows(b"a\\.\\b.png"),
            windows(b"a/b\\..\\c.png"),
            Forged::new(b"\x81\x07.png", "x"),
        ])
        .0,
    );
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        refused(&*archive),
        pairs([
            ("../up.png", "its path leads upwards by `..`"),
            ("../up.png", "its path leads upwards by `..`"),
            ("C:/drive.png", "its path begins with a drive letter"),
            ("//host/share.png", "its path is absolute"),
            ("a//b.png", "its path has an empty or a `.` segment"),
            ("a/./b.png", "its path has an empty or a `.` segment"),
            (
                "a/b\\..\\c.png",
                "its path has a backslash in it, and can't be read with a slash there"
            ),
            ("ü\\u{7}.png", "its name has a control character in it"),
        ])
    );
    assert_eq!(archive.entries(), []);
}

#[tokio::test]
async fn names_below_the_archive_s_own_root() {
    let root = Forged {
        mode: 0o040_755,
        ..Forged::stored("./", "")
    };
    assert_eq!(
        read(&[
            root,
            Forged::new("./metadata.csv", "m"),
            Forged::new("./2A_images/a.png", "a")
        ])
        .await,
        pairs([("metadata.csv", "m"), ("2A_images/a.png", "a")])
    );
    let file = stored(&zip(&[Forged::new("./a.png", "1"), Forged::new("a.png", "2")]).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(refused(&*archive).len(), 2);
}

#[tokio::test]
async fn backslashes_of_any_writer() {
    // Zipped on Unix with names of Windows, and the top folder put before them by another program.
    for top in ["", "covidx/"] {
        let name = |name: &str| format!("{top}{name}");
        let entries = [
            Forged::stored(name("data\\"), ""),
            Forged::new(name("data\\metadata.csv"), "m"),
            Forged::new(name("data\\2A_images\\a.png"), "a"),
            Forged::new(name("train.txt"), "t"),
        ];
        let expected = ["data/metadata.csv", "data/2A_images/a.png", "train.txt"];
        let contents = ["m", "a", "t"];
        let expected = expected.into_iter().zip(contents);
        let expected: Vec<(String, String)> = expected
            .map(|(path, content)| (name(path), content.to_owned()))
            .collect();
        assert_eq!(read(&entries).await, expected);
        assert_eq!(warnings(&entries).await.len(), 1);
    }
    // One that clashes is refused, and the file with that name is taken, as are those that clash with nothing.
    let encrypted = Forged {
        flags: 1,
        ..Forged::stored("c\\d.png", "0123456789abc")
    };
    let entries = [
        Forged::new("a/b.png", "good"),
        Forged::new("a\\b.png", "other"),
        Forged::new("a\\c.png", "c"),
        encrypted,
    ];
    let file = stored(&zip(&entries).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        refused(&*archive),
        pairs([
            (
                "a\\b.png",
                "its path has a backslash in it, and can't be read with a slash there"
            ),
            ("c/d.png", "it is encrypted"),
        ])
    );
    assert_eq!(archive.entries().len(), 2);
}

#[tokio::test]
async fn backslashes_of_powershell_5() {
    let windows = |name: &str, content: &str| Forged {
        system: 0,
        mode: 0,
        ..Forged::new(name, content)
    };
    let entries = [
        windows("covidx\\metadata.csv", "m"),
        windows("covidx\\2A_images\\a.png", "a"),
        Forged {
            mode: 0,
            system: 0,
            ..Forged::stored("covidx\\empty\\", "")
        },
    ];
    assert_eq!(
        read(&entries).await,
        pairs([
            ("covidx/metadata.csv", "m"),
            ("covidx/2A_images/a.png", "a")
        ])
    );
    assert_eq!(
        warnings(&entries).await,
        [
            "names of the archive have backslashes between folders, read as slashes: 2, the first is `covidx/metadata.csv`"
        ]
    );
    // The same file with both.
    let file = stored(&zip(&[windows("a\\b.png", "1"), windows("a/b.png", "2")]).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        refused(&*archive),
        pairs([
            ("a/b.png", "its path is there 2 times"),
            ("a/b.png", "its path is there 2 times"),
        ])
    );
}

#[tokio::test]
async fn extra_fields_that_are_not_needed_may_be_malformed() {
    let mut longer_than_it_is = field(0xcafe, b"abc");
    longer_than_it_is[2] = 200;
    let kinds = [
        field(0x5455, b""),
        field(0x5455, b"\x03\0"),
        field(0x000a, b"\0\0\0\0\x01\0\x18\0cut off"),
        field(0x000a, b""),
        field(0x7075, b"\x01\0"),
        field(0x7875, b"\x01\xff"),
        field(0x6375, b""),
        field(0x9901, b"\x02"),
        longer_than_it_is,
        b"U".to_vec(),
        b"UT\x09".to_vec(),
        vec![0; 5],
        field(0x0001, b"not needed"),
    ];
    for extra in kinds {
        let entries: Vec<Forged> = ["a.png", "b.png"]
            .map(|name| Forged {
                extra: extra.clone(),
                local_extra: extra.clone(),
                ..Forged::new(name, name)
            })
            .into();
        assert_eq!(
            read(&entries).await,
            pairs([("a.png", "a.png"), ("b.png", "b.png")]),
            "{extra:?}"
        );
    }
}

#[tokio::test]
async fn zip64_fields_are_needed_or_the_entry_is_refused() {
    let large = |extra: Vec<u8>| Forged {
        bytes: u32::MAX,
        compressed: u32::MAX,
        extra,
        ..Forged::stored("large.png", "content")
    };
    let sizes = [7_u64.to_le_bytes(), 7_u64.to_le_bytes()].concat();
    let behind_another = [field(0x5455, b""), field(0x0001, &sizes)].concat();
    for extra in [field(0x0001, &sizes), behind_another] {
        assert_eq!(
            read(&[large(extra)]).await,
            pairs([("large.png", "content")])
        );
    }
    let mut unreachable = [field(0xcafe, b""), field(0x0001, &sizes)].concat();
    unreachable[2] = 200;
    for extra in [
        Vec::new(),
        field(0x0001, b""),
        field(0x0001, &sizes[..15]),
        unreachable,
    ] {
        let file = stored(&zip(&[large(extra), Forged::new("b.png", "b")]).0);
        let archive = file.open(&Limits::default()).await.unwrap();
        assert_eq!(
            refused(&*archive),
            pairs([(
                "large.png",
                "its size or its place should be in a Zip64 field, which is missing or cut off"
            )])
        );
        assert_eq!(contents(&*archive).await, pairs([("b.png", "b")]));
    }
}

#[tokio::test]
async fn more_entries_than_16_bits_count_without_zip64() {
    let entries = |count: usize| -> Vec<Forged> {
        (0..count)
            .map(|number| Forged::stored(format!("{number:06}.png"), number.to_string()))
            .collect()
    };
    for count in [65_535, 65_536, 65_537] {
        let file = stored(&zip(&entries(count)).0);
        let archive = file.open(&Limits::default()).await.unwrap();
        assert_eq!(archive.entries().len(), count);
        let last = archive.read(count - 1).await.unwrap();
        assert_eq!(last, (count - 1).to_string());
    }
    // As many as that are missing from the count, and the directory does not end where it should.
    let (mut bytes, directory) = zip(&entries(65_537));
    let size = bytes.len() - 10;
    bytes[size] -= 1;
    assert_eq!(
        refusal(&bytes).await.lines().next().unwrap(),
        "expected 1 entries in the central directory of `a.zip`, found more"
    );
    // Headers of which one is not there.
    let (mut bytes, _) = zip(&entries(65_537));
    bytes[directory] = b'X';
    assert!(
        refusal(&bytes)
            .await
            .starts_with("`a.zip` is cut off or damaged")
    );
}

fn open(archive: &Sparse) -> Result<Directory, ArchiveError> {
    let failed = |error| panic!("{error}");
    directory::open("a.zip", archive, archive.length, &Limits::default(), failed)
}

/// Paths with their contents; of large files nothing is read.
fn found(archive: &Sparse) -> Vec<(String, String)> {
    let directory = open(archive).unwrap();
    let entries = directory.entries.iter().zip(directory.places);
    entries
        .map(|(entry, place)| {
            let content = if entry.bytes < 1_000 {
                let content = content::read(archive, archive.length, place).unwrap();
                String::from_utf8(content).unwrap()
            } else {
                String::new()
            };
            (entry.path.clone(), content)
        })
        .collect()
}

/// A file of which most are zeros, and that is not read.
fn large(name: &str, bytes: u64) -> (Forged, u64) {
    let entry = Forged {
        bytes: bytes as u32,
        ..Forged::stored(name, "")
    };
    (entry, bytes)
}

fn small(name: &str) -> (Forged, u64) {
    (Forged::new(name, name), 0)
}

#[test]
fn offsets_that_32_bits_cut_are_told_by_the_order() {
    let mut entries = vec![small("first.csv")];
    // 9 GB: the offset runs over twice.
    entries.extend((0..10).map(|number| large(&format!("{number}.png"), 900_000_000)));
    entries.push(small("last.csv"));
    let archive = finder(&entries);
    assert!(archive.length > 9_000_000_000);
    let found = found(&archive);
    assert_eq!(found.len(), 12);
    assert_eq!(found[0].1, "first.csv");
    assert_eq!(found[11], ("last.csv".to_owned(), "last.csv".to_owned()));

    // Just below 4 GiB nothing is cut, and just above it only the directory's place.
    for bytes in [4_294_000_000, 4_294_967_200] {
        let part = bytes / 5;
        let mut entries: Vec<_> = (0..5)
            .map(|number| large(&format!("{number}"), part))
            .collect();
        entries.push(small("last.csv"));
        let found = self::found(&finder(&entries));
        assert_eq!(found[5].1, "last.csv");
    }
}

#[test]
fn an_entry_of_more_than_4_gib_costs_itself_alone() {
    let archive = finder(&[
        small("first.csv"),
        large("huge.png", 5_000_000_000),
        small("between.csv"),
        large("huger.png", 9_000_000_000),
        small("last.csv"),
    ]);
    let directory = open(&archive).unwrap();
    let refused: Vec<String> = directory
        .refused
        .iter()
        .map(|refused| format!("{}: {}", refused.path, refused.reason))
        .collect();
    assert_eq!(
        refused,
        [
            "huge.png: it declares 5000000000 bytes, more than 1000000000",
            "huger.png: it declares 9000000000 bytes, more than 1000000000",
        ]
    );
    assert_eq!(
        found(&archive),
        pairs([
            ("first.csv", "first.csv"),
            ("between.csv", "between.csv"),
            ("last.csv", "last.csv"),
        ])
    );
}

#[test]
fn entries_that_can_not_be_placed_are_said_to_be_so() {
    let mut entries: Vec<_> = (0..6)
        .map(|number| large(&format!("{number}"), 900_000_000))
        .collect();
    // The directory has another order than the data.
    entries[2].0.offset = Some(0);
    let error = open(&finder(&entries)).unwrap_err();
    assert_eq!(
        format!("{error}\n{}", error.hint().unwrap()),
        "`a.zip` has more than 4 GiB and no Zip64 records, and its entries do not lie one behind the other\n\
         unpack it where it was made (macOS: `ditto -x -k ARCHIVE FOLDER`), then name the folder"
    );
}

#[tokio::test]
async fn parts_of_a_split_zip() {
    let (mut last, _) = zip(&[Forged::new("a.png", "aaa"), Forged::new("b.png", "bbb")]);
    let end = last.len() - 22;
    last[end + 4] = 2;
    last[end + 6] = 2;
    insta::assert_snapshot!(refusal(&last).await, @"
    `a.zip` is the last of 3 parts of a split zip
    hint: bring all parts (`.z01`, `.z02`, … and `.zip`) into one folder and join them: `zip -s 0 'a.zip' --out whole.zip`, then name `whole.zip`
    ");
    let mut first = b"PK\x07\x08".to_vec();
    first.extend(&last[..100]);
    insta::assert_snapshot!(refusal(&first).await, @"
    `a.zip` is the first part of a split zip
    hint: bring all parts (`.z01`, `.z02`, … and `.zip`) into one folder and join them: `zip -s 0 'a.zip' --out whole.zip`, then name `whole.zip`
    ");
    let joined = [b"PK\x07\x08", &last[..]].concat();
    insta::assert_snapshot!(refusal(&joined).await, @"
    `a.zip` is 3 parts of a split zip one behind the other, which is no zip
    hint: bring all parts (`.z01`, `.z02`, … and `.zip`) into one folder and join them: `zip -s 0 'a.zip' --out whole.zip`, then name `whole.zip`
    ");

    // Told by their names alone.
    for (name, bytes) in [
        ("a.z02", &b"\x12\x34\x56\x78"[..]),
        ("a.zip.001", &last[..50]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let source = crate::archive::Source::find(&path).unwrap();
        let ranges = crate::archive::Ranges::default();
        let opened = crate::archive::open(&source, &Limits::default(), &ranges).await;
        let said = text(&opened.unwrap_err(), folder.path());
        assert!(
            said.contains("\nhint: ") && said.contains("join them"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn one_part_that_was_to_be_split() {
    let (bytes, _) = zip(&[Forged {
        offset: Some(4),
        ..Forged::new("a.png", "aaa")
    }]);
    // The mark is part of the archive.
    let mut marked = [b"PK00", &bytes[..]].concat();
    let end = marked.len() - 6;
    marked[end] += 4;
    let file = stored(&marked);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(contents(&*archive).await, pairs([("a.png", "aaa")]));
}
