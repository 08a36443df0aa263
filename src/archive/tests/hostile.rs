//! Entries that are refused when the archive is opened, each alone.

use super::forge::{Forged, zip};
use super::{contents, pairs, refused, stored};
use crate::archive::{ArchiveError, Limits, Refused};

/// What is refused of `entries` when two honest ones stand around them; those must be readable.
async fn judged(entries: &[Forged], limits: &Limits) -> Vec<Refused> {
    let mut all = vec![Forged::new("first.csv", "the first")];
    all.extend(entries.iter().cloned());
    all.push(Forged::stored("last.csv", "the last"));
    let file = stored(&zip(&all).0);
    let archive = file.open(limits).await.unwrap();
    assert_eq!(
        contents(&*archive).await,
        pairs([("first.csv", "the first"), ("last.csv", "the last")])
    );
    archive.refused().to_vec()
}

async fn reasons(entries: &[Forged]) -> Vec<(String, String)> {
    let refused = judged(entries, &Limits::default()).await;
    refused
        .into_iter()
        .map(|refused| (refused.path, refused.reason.to_string()))
        .collect()
}

#[tokio::test]
async fn paths_that_lead_elsewhere() {
    let names: [&[u8]; 10] = [
        b"../up.png",
        b"a/../../up.png",
        b"/etc/passwd",
        b"C:/drive.png",
        b"a\\..\\b.png",
        b"a//b.png",
        b"a/./b.png",
        b"",
        b"bell\x07.png",
        b"file/",
    ];
    let forged: Vec<Forged> = names.iter().map(|name| Forged::new(name, "x")).collect();
    assert_eq!(
        reasons(&forged).await,
        pairs([
            ("../up.png", "its path leads upwards by `..`"),
            ("a/../../up.png", "its path leads upwards by `..`"),
            ("/etc/passwd", "its path is absolute"),
            ("C:/drive.png", "its path begins with a drive letter"),
            (
                "a\\..\\b.png",
                "its path has a backslash in it, and can't be read with a slash there"
            ),
            ("a//b.png", "its path has an empty or a `.` segment"),
            ("a/./b.png", "its path has an empty or a `.` segment"),
            ("", "its name is empty"),
            ("bell\\u{7}.png", "its name has a control character in it"),
            ("file/", "its path has an empty or a `.` segment"),
        ])
    );
}

#[tokio::test]
async fn names_that_are_too_long() {
    let long = reasons(&[Forged::new("x".repeat(65_535), "x")]).await;
    assert_eq!(long[0].1, "its name has 65535 bytes in all, more than 512");
    assert!(long[0].0.chars().count() < 300);
}

#[tokio::test]
async fn links_devices_passwords_and_methods() {
    let link = Forged {
        mode: 0o120_777,
        ..Forged::stored("link", "/etc/passwd")
    };
    let device = Forged {
        mode: 0o060_644,
        ..Forged::stored("device", "")
    };
    let encrypted = Forged {
        flags: 1,
        ..Forged::stored("secret", "0123456789abc")
    };
    let squeezed = Forged {
        method: 93,
        ..Forged::stored("squeezed", "x")
    };
    assert_eq!(
        reasons(&[link, device, encrypted, squeezed]).await,
        pairs([
            ("link", "it is a symbolic link"),
            ("device", "it is neither a file nor a folder"),
            ("secret", "it is encrypted"),
            (
                "squeezed",
                "it is compressed by method 93, expected stored (0) or deflated (8)"
            ),
        ])
    );
}

#[tokio::test]
async fn all_entries_of_one_name() {
    assert_eq!(
        reasons(&[
            Forged::new("twice.png", "a"),
            Forged::new("thrice.png", "a"),
            Forged::new("twice.png", "b"),
            Forged::new("thrice.png", "b"),
            Forged::new("thrice.png", "a"),
        ])
        .await,
        pairs([
            ("twice.png", "its path is there 2 times"),
            ("thrice.png", "its path is there 3 times"),
            ("twice.png", "its path is there 2 times"),
            ("thrice.png", "its path is there 3 times"),
            ("thrice.png", "its path is there 3 times"),
        ])
    );
}

#[tokio::test]
async fn names_that_differ_in_case_are_two() {
    let file = stored(&zip(&[Forged::new("a.png", "a"), Forged::new("A.PNG", "b")]).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        contents(&*archive).await,
        pairs([("a.png", "a"), ("A.PNG", "b")])
    );
}

#[tokio::test]
async fn a_file_below_a_file() {
    assert_eq!(
        reasons(&[Forged::new("first.csv/below/it.png", "x")]).await,
        pairs([(
            "first.csv/below/it.png",
            "a folder of its path is a file of the archive"
        )])
    );
}

#[tokio::test]
async fn folders_are_no_files() {
    let folder = Forged {
        mode: 0o040_755,
        ..Forged::stored("2A_images/", "")
    };
    assert_eq!(reasons(&[folder]).await, pairs([]));
}

#[tokio::test]
async fn bombs_by_what_they_declare() {
    let bomb = Forged::new("bomb", vec![0; 2_000_000]);
    let small = Forged::new("small", vec![0; 1_000_000]);
    let large = Forged {
        bytes: 1_500_000_000,
        ..Forged::stored("large", "x")
    };
    let found = judged(&[bomb.clone(), large], &Limits::default()).await;
    assert!(
        found[0].reason.to_string().ends_with("more than 200-fold"),
        "{found:?}"
    );
    assert_eq!(
        found[1].reason.to_string(),
        "it declares 1500000000 bytes, more than 1000000000"
    );

    // Within their limits they are ordinary files.
    let file = stored(&zip(&[bomb, small]).0);
    let generous = Limits {
        max_ratio: 2_000,
        ..Limits::default()
    };
    let archive = file.open(&generous).await.unwrap();
    assert_eq!(refused(&*archive), []);
    assert_eq!(archive.read(0).await.unwrap().len(), 2_000_000);
    assert_eq!(archive.read(1).await.unwrap().len(), 1_000_000);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(archive.entries().len(), 1);

    // All entries together: what is refused does not count.
    let tight = Limits {
        max_total_bytes: 1_000_000,
        ..Limits::default()
    };
    assert!(file.open(&tight).await.is_ok());
    let tighter = Limits {
        max_total_bytes: 999_999,
        ..tight
    };
    let error = file.open(&tighter).await.unwrap_err();
    assert!(matches!(
        error,
        ArchiveError::TooLarge {
            bytes: 1_000_000,
            ..
        }
    ));
    insta::assert_snapshot!(file.text(&error), @r#"
    the files of `a.zip` would have 1000000 bytes, more than 999999
    hint: if the archive is to be trusted, raise the limit: `--max-total-bytes N`
    "#);
}

#[tokio::test]
async fn entries_that_share_bytes() {
    // `outer` says that its data goes on to the end of `inner`'s.
    let inner = Forged::stored("inner", "inner content");
    let outer = Forged {
        compressed: 5 + 30 + 5 + 13,
        bytes: 5 + 30 + 5 + 13,
        ..Forged::stored("outer", "outer")
    };
    let file = stored(&zip(&[outer, inner]).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        refused(&*archive),
        pairs([("outer", "its data overlaps that of another entry")])
    );
    assert_eq!(
        contents(&*archive).await,
        pairs([("inner", "inner content")])
    );

    // Three names for the same bytes, of which one is right.
    let mut same = ["a", "b", "c"].map(|name| Forged::stored(name, "same"));
    same[0].offset = Some(35);
    same[2].offset = Some(35);
    let other = Forged::stored("other", "other");
    let file = stored(&zip(&[same.to_vec(), vec![other]].concat()).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        refused(&*archive),
        pairs([
            ("a", "its data overlaps that of another entry"),
            ("c", "its data overlaps that of another entry"),
        ])
    );
    assert_eq!(
        contents(&*archive).await,
        pairs([("b", "same"), ("other", "other")])
    );

    // Ever longer entries to the same end: what one kernel of compressed bytes is quoted in again and again.
    let mut nested: Vec<Forged> = (0..100)
        .map(|number| Forged::stored(format!("{number:02}"), "x"))
        .collect();
    for (number, entry) in nested.iter_mut().enumerate() {
        entry.compressed = 33 * (99 - number as u32) + 1;
        entry.bytes = entry.compressed;
    }
    let file = stored(&zip(&nested).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(archive.refused().len(), 99);
    assert_eq!(contents(&*archive).await, pairs([("99", "x")]));
}

#[tokio::test]
async fn one_wrong_offset_costs_one_entry() {
    let astray = Forged {
        offset: Some(20),
        ..Forged::stored("astray", "x")
    };
    assert_eq!(
        reasons(&[astray]).await,
        pairs([("astray", "its data overlaps that of another entry")])
    );
}

#[tokio::test]
async fn data_outside_the_archive() {
    let beyond = Forged {
        offset: Some(0xffff_fff0),
        ..Forged::stored("beyond", "x")
    };
    let past_the_end = Forged {
        compressed: 5_000,
        ..Forged::stored("past", "x")
    };
    let found = reasons(&[beyond, past_the_end]).await;
    // In the order of the bytes.
    assert_eq!(found[0].0, "past");
    assert_eq!(found[1].0, "beyond");
    assert!(
        found[1]
            .1
            .starts_with("its data would end at byte 4294967311 of "),
        "{}",
        found[1].1
    );
}

#[test]
fn a_report_has_the_reason_for_programs() {
    let refused = Refused {
        path: "a".to_owned(),
        reason: crate::archive::Refusal::Compression { method: 93 },
    };
    assert_eq!(
        serde_json::to_string(&refused).unwrap(),
        r#"{"path":"a","reason":{"kind":"compression","method":93}}"#
    );
}
