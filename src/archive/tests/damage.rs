//! Archives that are broken, and entries whose content is not what is declared.

use std::fs::OpenOptions;
use std::io::Write;

use super::forge::{Forged, zip};
use super::{contents, fault, pairs, stored};
use crate::archive::{Fault, Limits};

/// What opening `bytes` says.
async fn refusal(bytes: &[u8]) -> String {
    let file = stored(bytes);
    let error = file.open(&Limits::default()).await.unwrap_err();
    file.text(&error)
}

#[tokio::test]
async fn what_is_no_zip() {
    insta::assert_snapshot!(refusal(b"").await, @"
    expected a zip archive at `a.zip`, found an empty file
    hint: name the dataset's zip file; an archive of another kind is downloaded and unpacked by hand, then its folder is named
    ");
    insta::assert_snapshot!(refusal(b"\x1f\x8b\x08\0\0\0\0\0").await, @"
    expected a zip archive at `a.zip`, found a gzip file, as a tar.gz archive is one
    hint: name the dataset's zip file; an archive of another kind is downloaded and unpacked by hand, then its folder is named
    ");
    insta::assert_snapshot!(refusal(b"<!DOCTYPE html><html>Sign in").await, @"
    expected a zip archive at `a.zip`, found an HTML page, as a refused download leaves it
    hint: name the dataset's zip file; an archive of another kind is downloaded and unpacked by hand, then its folder is named
    ");
    insta::assert_snapshot!(refusal(b"patient id,source").await, @"
    expected a zip archive at `a.zip`, found a file that begins with the bytes 70 61 74 69
    hint: name the dataset's zip file; an archive of another kind is downloaded and unpacked by hand, then its folder is named
    ");
}

#[tokio::test]
async fn a_zip_cut_off_anywhere() {
    let (bytes, directory) = zip(&[Forged::new("a.png", "aaa"), Forged::new("b.png", "bbb")]);
    insta::assert_snapshot!(refusal(&bytes[..directory]).await, @r#"
    `a.zip` is cut off or damaged: expected a zip's central directory at the end of its 80 bytes: no end record in its last bytes
    hint: download it again and compare its size with the source's; `unzip -t 'a.zip'` gives a second opinion
    "#);
    for length in 4..bytes.len() {
        let message = refusal(&bytes[..length]).await;
        let expected = format!(
            "`a.zip` is cut off or damaged: expected a zip's central directory at the end of its {length} bytes"
        );
        assert!(message.starts_with(&expected), "{length}: {message}");
    }
    // An archive whose end is that of a whole zip which was in it.
    let inner = zip(&[Forged::new("inner.png", "x")]).0;
    let outer = zip(&[Forged::stored("inner.zip", &inner), Forged::new("b", "b")]).0;
    let message = refusal(&outer[..30 + 9 + inner.len()]).await;
    assert!(
        message.starts_with("`a.zip` is cut off or damaged"),
        "{message}"
    );
}

#[tokio::test]
async fn a_directory_that_is_wrong() {
    let (whole, directory) = zip(&[Forged::new("a.png", "aaa"), Forged::new("b.png", "bbb")]);
    let second = directory + 46 + 5;
    let mut bytes = whole.clone();
    bytes[second] = b'X';
    insta::assert_snapshot!(refusal(&bytes).await, @r#"
    the central directory of `a.zip` is damaged at entry 2 of 2: expected a header, found 584b0102
    hint: download it again and compare its size with the source's; `unzip -t 'a.zip'` gives a second opinion
    "#);

    // The count says one.
    let end = whole.len() - 22;
    let mut bytes = whole.clone();
    bytes[end + 8] = 1;
    bytes[end + 10] = 1;
    insta::assert_snapshot!(refusal(&bytes).await, @r#"
    expected 1 entries in the central directory of `a.zip`, found more
    hint: download it again and compare its size with the source's; `unzip -t 'a.zip'` gives a second opinion
    "#);

    // It points beyond the file.
    let mut bytes = whole;
    bytes[end + 18] = 0x7f;
    insta::assert_snapshot!(refusal(&bytes).await, @r#"
    `a.zip` is cut off or damaged: expected a zip's central directory at the end of its 204 bytes: its end record places the directory at byte 8323152, where none begins
    hint: download it again and compare its size with the source's; `unzip -t 'a.zip'` gives a second opinion
    "#);
}

/// An entry that is wrong, between two that are read; with what its fault says.
async fn spoilt(entry: Forged) -> String {
    let all = [
        Forged::new("first", "1st"),
        entry,
        Forged::new("last", "the end"),
    ];
    let file = stored(&zip(&all).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(archive.refused(), []);
    let contents = contents(&*archive).await;
    let find = |name: &str| {
        contents
            .iter()
            .find(|(path, _)| path == name)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(find("first"), "1st");
    assert_eq!(find("last"), "the end");
    find("x")
}

#[tokio::test]
async fn content_that_is_not_as_declared() {
    let honest = Forged::new("x", "0123456789");
    assert_eq!(spoilt(honest.clone()).await, "0123456789");
    for stored in [false, true] {
        let honest = if stored {
            Forged::stored("x", "0123456789")
        } else {
            honest.clone()
        };
        let checksum = Forged {
            crc32: 0xdead_beef,
            ..honest.clone()
        };
        assert_eq!(
            spoilt(checksum).await,
            "error: expected CRC-32 deadbeef, found a684c7c6"
        );
        let shorter = Forged {
            bytes: 11,
            ..honest.clone()
        };
        assert_eq!(spoilt(shorter).await, "error: expected 11 bytes, found 10");
        let longer = Forged { bytes: 9, ..honest };
        assert_eq!(
            spoilt(longer).await,
            "error: expected 9 bytes, found at least 10"
        );
    }
}

#[tokio::test]
async fn compressed_bytes_that_are_damaged() {
    let text = "a b c d e f ".repeat(100);
    let honest = Forged::new("x", &text);
    let mut flipped = honest.clone();
    flipped.data[0] = 0xff;
    assert_eq!(spoilt(flipped).await, "error: its content can't be read");
    let mut cut = honest.clone();
    cut.compressed -= 1;
    assert!(spoilt(cut).await.starts_with("error: "));
    // Any one bit: never wrong content, never a panic. The stream ends within its last byte.
    for at in 0..honest.data.len() {
        let mut flipped = honest.clone();
        flipped.data[at] ^= 0x10;
        let said = spoilt(flipped).await;
        let last = at + 1 == honest.data.len();
        assert!(last || said.starts_with("error: "), "byte {at}: {said}");
    }
}

#[tokio::test]
async fn a_place_where_no_entry_begins() {
    let spaced = |offset| {
        let (mut bytes, _) = zip(&[Forged {
            offset: Some(offset),
            ..Forged::stored("x", "content")
        }]);
        // Nothing else claims these bytes, so it is found out when they are read.
        bytes.extend([0; 100]);
        bytes
    };
    for (offset, said) in [
        (0, "content"),
        (
            4,
            "error: expected a local header at byte 4, found 14000000",
        ),
    ] {
        let file = stored(&spaced(offset));
        let archive = file.open(&Limits::default()).await.unwrap();
        assert_eq!(contents(&*archive).await, pairs([("x", said)]));
    }
}

#[tokio::test]
async fn an_archive_that_changes_while_it_is_read() {
    let (bytes, _) = zip(&[
        Forged::stored("a.png", "aaa"),
        Forged::stored("b.png", vec![b'b'; 200_000]),
    ]);
    let file = stored(&bytes);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert!(archive.read(1).await.is_ok());
    let handle = OpenOptions::new().write(true).open(&file.path).unwrap();
    handle.set_len(1_000).unwrap();
    let error = archive.read(1).await.unwrap_err();
    insta::assert_snapshot!(file.text(&error), @r#"
    `a.zip` has changed while it was read: expected 200197 bytes, found 1000
    hint: wait until nothing writes to it (a download, a copy), then run the same command again
    "#);
    // What is still there is what it was.
    assert_eq!(archive.read(0).await.unwrap(), "aaa");
    // The same length, other bytes.
    std::fs::write(&file.path, &bytes).unwrap();
    let mut handle = OpenOptions::new().write(true).open(&file.path).unwrap();
    handle.write_all(&[0; 40]).unwrap();
    let fault = fault(archive.read(0).await.unwrap_err());
    assert!(matches!(fault, Fault::NoLocalHeader { .. }));
}

#[tokio::test]
async fn the_error_of_an_entry_says_which_and_what_to_do() {
    let wrong = Forged {
        crc32: 1,
        ..Forged::new("2A_images/x.png", "x")
    };
    let file = stored(&zip(&[wrong]).0);
    let archive = file.open(&Limits::default()).await.unwrap();
    let error = archive.read(0).await.unwrap_err();
    insta::assert_snapshot!(file.text(&error), @r#"
    cannot read `2A_images/x.png` in `a.zip`: expected CRC-32 00000001, found 8cdc1683
    hint: download or copy the archive again, then run the same command: it stores only what is missing
    "#);
}
