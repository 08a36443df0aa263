//! Every kind of honest zip, as the zip crate writes it.

use std::io::{Cursor, Seek, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{contents, pairs, refused, stored};
use crate::archive::{Archive, Limits};

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

fn write<W: Write + Seek>(mut writer: ZipWriter<W>) -> W {
    for (name, method) in [
        ("metadata.csv", CompressionMethod::Deflated),
        ("2A_images/a.png", CompressionMethod::Stored),
        ("2A_images/empty.png", CompressionMethod::Deflated),
        ("Côte d'Ivoire.png", CompressionMethod::Deflated),
    ] {
        writer.start_file(name, options(method)).unwrap();
        let content = if name.contains("empty") { "" } else { name };
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer
        .add_directory("2A_images/", options(CompressionMethod::Stored))
        .unwrap();
    writer
        .set_comment("a comment with PK\x05\x06 in it")
        .unwrap();
    writer.finish().unwrap()
}

async fn assert_whole(bytes: &[u8]) {
    let file = stored(bytes);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        contents(&*archive).await,
        pairs([
            ("metadata.csv", "metadata.csv"),
            ("2A_images/a.png", "2A_images/a.png"),
            ("2A_images/empty.png", ""),
            ("Côte d'Ivoire.png", "Côte d'Ivoire.png"),
        ])
    );
    assert_eq!(refused(&*archive), []);
    for (index, entry) in archive.entries().iter().enumerate() {
        assert_eq!(archive.crc32(index).await.unwrap(), entry.crc32.unwrap());
    }
}

#[tokio::test]
async fn stored_and_deflated() {
    assert_whole(&write(ZipWriter::new(Cursor::new(Vec::new()))).into_inner()).await;
}

#[tokio::test]
async fn sizes_behind_the_data() {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (name, method) in [
        ("a.csv", CompressionMethod::Deflated),
        ("b.png", CompressionMethod::Stored),
    ] {
        writer.start_file(name, options(method)).unwrap();
        writer.write_all(name.as_bytes()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    // Bit 3 of the first local header's flags: CRC-32 and sizes follow the data.
    assert_eq!(bytes[6] & 8, 8);
    let file = stored(&bytes);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        contents(&*archive).await,
        pairs([("a.csv", "a.csv"), ("b.png", "b.png")])
    );
}

#[tokio::test]
async fn zip64_sizes() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let large = options(CompressionMethod::Deflated).large_file(true);
    writer.start_file("large.png", large).unwrap();
    writer.write_all(b"not so large").unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    // The sizes in the directory's header say: see the Zip64 field, as those of an entry of more than 4 GB do.
    let header = &bytes[bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap()..];
    assert_eq!(header[20..28], [0xff; 8]);
    let file = stored(&bytes);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(
        contents(&*archive).await,
        pairs([("large.png", "not so large")])
    );
}

#[tokio::test]
async fn more_entries_than_16_bits_count() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..70_000 {
        let name = format!("2A_images/{number:06}.png");
        writer
            .start_file(&name, options(CompressionMethod::Stored))
            .unwrap();
        writer.write_all(&u32::to_le_bytes(number)).unwrap();
    }
    let file = stored(&writer.finish().unwrap().into_inner());
    let archive = file.open(&Limits::default()).await.unwrap();
    assert_eq!(archive.entries().len(), 70_000);
    for index in [0, 65_535, 65_536, 69_999] {
        assert_eq!(
            archive.entries()[index].path,
            format!("2A_images/{index:06}.png")
        );
        assert_eq!(
            archive.read(index).await.unwrap()[..],
            (index as u32).to_le_bytes()
        );
    }
}

#[tokio::test]
async fn no_entries() {
    let bytes = ZipWriter::new(Cursor::new(Vec::new()))
        .finish()
        .unwrap()
        .into_inner();
    let file = stored(&bytes);
    let archive = file.open(&Limits::default()).await.unwrap();
    assert!(archive.entries().is_empty() && archive.refused().is_empty());
    assert!(archive.name().ends_with("a.zip"));
}

#[tokio::test]
async fn many_readers_at_once() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let content = |number: usize| format!("{number} ").repeat(20_000 + number);
    for number in 0..40 {
        let method = [CompressionMethod::Deflated, CompressionMethod::Stored][number % 2];
        writer
            .start_file(format!("{number}.txt"), options(method))
            .unwrap();
        writer.write_all(content(number).as_bytes()).unwrap();
    }
    let file = stored(&writer.finish().unwrap().into_inner());
    let archive = file.open(&Limits::default()).await.unwrap();
    let archive: &dyn Archive = &*archive;
    // Each twice, all at once, in no order.
    let reads = (0..80).map(|number| async move {
        let index = number * 7 % 40;
        assert_eq!(
            archive.read(index).await.unwrap(),
            content(index),
            "{index}"
        );
    });
    futures::future::join_all(reads).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(
        files in prop::collection::btree_map(
            "[a-zA-Z0-9é ._-]{1,12}x(/[a-z]{1,5}){0,3}\\.png",
            (prop::collection::vec(any::<u8>(), 0..3000), any::<bool>(), any::<bool>()),
            0..20,
        ),
    ) {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, (content, deflated, large)) in &files {
            let method = if *deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
            writer.start_file(name, options(method).large_file(*large)).unwrap();
            writer.write_all(content).unwrap();
        }
        let file = stored(&writer.finish().unwrap().into_inner());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let archive = file.open(&Limits::default()).await.unwrap();
            let names: Vec<&str> = archive.entries().iter().map(|entry| entry.path.as_str()).collect();
            assert_eq!(names, files.keys().collect::<Vec<_>>());
            for (index, (content, _, _)) in files.values().enumerate() {
                assert_eq!(archive.read(index).await.unwrap(), content);
                assert_eq!(archive.crc32(index).await.unwrap(), crc32fast::hash(content));
            }
        });
    }

    #[test]
    fn no_bytes_make_it_panic_or_give_wrong_content(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = write(ZipWriter::new(Cursor::new(Vec::new()))).into_inner();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let file = stored(&bytes);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let Ok(archive) = file.open(&Limits::default()).await else {
                return;
            };
            for (index, entry) in archive.entries().iter().enumerate() {
                if let Ok(content) = archive.read(index).await {
                    assert_eq!(content.len() as u64, entry.bytes);
                    assert_eq!(Some(crc32fast::hash(&content)), entry.crc32);
                }
            }
        });
    }
}
