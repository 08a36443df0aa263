//! Folders.

use std::fs;

use super::{contents, fault, pairs, refused, text};
use crate::archive::{Archive, Fault, Limits, Ranges, Source, open};

async fn opened(folder: &tempfile::TempDir) -> Box<dyn Archive> {
    let source = Source::find(folder.path()).unwrap();
    open(&source, &Limits::default(), &Ranges::default())
        .await
        .unwrap()
}

fn dataset() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("2A_images/below")).unwrap();
    for path in [
        "metadata.csv",
        "2A_images/b.png",
        "2A_images/a.png",
        "2A_images/below/c.png",
    ] {
        fs::write(folder.path().join(path), path).unwrap();
    }
    folder
}

#[tokio::test]
async fn all_files_below_it_by_path() {
    let folder = dataset();
    let archive = opened(&folder).await;
    assert_eq!(
        contents(&*archive).await,
        pairs([
            ("2A_images/a.png", "2A_images/a.png"),
            ("2A_images/b.png", "2A_images/b.png"),
            ("2A_images/below/c.png", "2A_images/below/c.pn"),
            ("metadata.csv", "metadata.csv"),
        ])
    );
    assert_eq!(archive.entries()[3].crc32, None);
    assert_eq!(
        archive.crc32(3).await.unwrap(),
        crc32fast::hash(b"metadata.csv")
    );
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_strange_names() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let folder = dataset();
    let at = |path: &str| folder.path().join(path);
    symlink(at("metadata.csv"), at("link.csv")).unwrap();
    symlink(folder.path(), at("2A_images/round")).unwrap();
    symlink(at("nowhere"), at("dangling.csv")).unwrap();
    let _listener = UnixListener::bind(at("socket")).unwrap();
    fs::write(at("2A_images\\a.png"), "x").unwrap();
    fs::write(at("up\\..\\slash.png"), "x").unwrap();
    fs::write(at("new\\b.png"), "backslashes").unwrap();
    fs::write(at("bell\x07.png"), "x").unwrap();
    fs::create_dir(at("white\nspace")).unwrap();
    fs::write(at("white\nspace/x.png"), "x").unwrap();
    fs::write(folder.path().join(OsStr::from_bytes(b"\xff.png")), "x").unwrap();
    let archive = opened(&folder).await;
    assert_eq!(
        refused(&*archive),
        pairs([
            ("2A_images/round", "it is a symbolic link"),
            (
                "2A_images\\a.png",
                "its path has a backslash in it, and can't be read with a slash there"
            ),
            ("bell\\u{7}.png", "its name has a control character in it"),
            ("dangling.csv", "it is a symbolic link"),
            ("socket", "it is neither a file nor a folder"),
            (
                "up\\..\\slash.png",
                "its path has a backslash in it, and can't be read with a slash there"
            ),
            ("white\\nspace", "its name has a control character in it"),
            ("\u{fffd}.png", "its name is not UTF-8"),
        ])
    );
    let found = contents(&*archive).await;
    assert_eq!(found.len(), 6);
    assert!(found.contains(&("link.csv".to_owned(), "metadata.csv".to_owned())));
    assert!(found.contains(&("new/b.png".to_owned(), "backslashes".to_owned())));
    assert_eq!(
        archive.warnings(),
        [
            "names in the folder have backslashes between folders, read as slashes: 1, the first is `new/b.png`"
        ]
    );
}

#[tokio::test]
async fn files_that_change_or_vanish_after_the_listing() {
    let folder = dataset();
    let archive = opened(&folder).await;
    fs::write(folder.path().join("2A_images/a.png"), "longer than before").unwrap();
    fs::write(folder.path().join("2A_images/b.png"), "short").unwrap();
    fs::remove_file(folder.path().join("metadata.csv")).unwrap();
    for (index, expected, found) in [(0, 15, 18), (1, 15, 5)] {
        for error in [
            archive.read(index).await.unwrap_err(),
            archive.crc32(index).await.unwrap_err(),
        ] {
            let fault = fault(error);
            assert!(
                matches!(fault, Fault::Length { expected: e, found: f } if (e, f) == (expected, found)),
                "{fault:?}"
            );
        }
    }
    let vanished = archive.read(3).await.unwrap_err();
    assert!(
        matches!(fault(vanished), Fault::Unreadable(error) if error.kind() == std::io::ErrorKind::NotFound)
    );
    assert!(archive.read(2).await.is_ok());
}

#[tokio::test]
async fn limits_hold_for_folders_too() {
    let folder = dataset();
    let source = Source::find(folder.path()).unwrap();
    let limits = Limits {
        max_entry_bytes: 15,
        ..Limits::default()
    };
    let archive = open(&source, &limits, &Ranges::default()).await.unwrap();
    assert_eq!(
        refused(&*archive),
        pairs([(
            "2A_images/below/c.png",
            "it declares 21 bytes, more than 15"
        )])
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_cannot_be_listed_stops_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let folder = dataset();
    let closed = folder.path().join("lost+found");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may list everything.
    let listed = fs::read_dir(&closed).is_ok();
    let archive = opened(&folder).await;
    assert_eq!(archive.entries().len(), 4);
    let refused = refused(&*archive);
    if !listed {
        assert_eq!(
            refused,
            pairs([("lost+found/", "it can't be read: permission denied")])
        );
    }
}

#[tokio::test]
async fn a_folder_that_vanishes() {
    let folder = dataset();
    let source = Source::find(&folder.path().join("2A_images")).unwrap();
    fs::remove_dir_all(folder.path().join("2A_images")).unwrap();
    let error = open(&source, &Limits::default(), &Ranges::default())
        .await
        .unwrap_err();
    insta::assert_snapshot!(text(&error, folder.path()), @r#"
    cannot read `2A_images`: No such file or directory (os error 2)
    hint: check the path and its permissions: `ls -ld '2A_images'`
    "#);
}
