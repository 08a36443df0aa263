//! An archive of more files than a zip could have at first, from Kaggle to S3: memory and requests stay bounded.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write};
use std::process::Stdio;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{SOURCE, files, summary};
use crate::support::kaggle::KaggleServer;
use crate::support::s3::{Faults, S3Server};
use crate::support::{Lake, Outcome};

const IMAGES: usize = 70_000;
const LAKE: &str = "s3://lake/many";

/// Names like those of a release, content of a few bytes.
fn archive() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut file = |name: &str, content: &[u8]| {
        zip.start_file(name, stored).unwrap();
        zip.write_all(content).unwrap();
    };
    let mut labels = String::new();
    for number in 0..IMAGES {
        let name = format!("NCP_1_{}_{:04}.png", number / 1000, number % 1000);
        file(&format!("2A_images/{name}"), &number.to_be_bytes());
        writeln!(labels, "{name} 2 0 0 9 9").unwrap();
    }
    file(
        "metadata.csv",
        b"patient id,country,age,sex,verified finding\nNCP_1,China,40,M,NCP\n",
    );
    file("train_COVIDx_CT-2A.txt", labels.as_bytes());
    file("val_COVIDx_CT-2A.txt", b"NCP_2_1_0001.png 2 0 0 9 9\n");
    file("test_COVIDx_CT-2A.txt", b"NCP_3_1_0001.png 2 0 0 9 9\n");
    zip.finish().unwrap().into_inner()
}

/// The most memory that a running process has had, in MB.
#[cfg(target_os = "linux")]
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1000
}

#[cfg(target_os = "linux")]
#[test]
fn seventy_thousand_files() {
    let archive = archive();
    let (bytes, lake) = (archive.len() as u64, Lake::temp());
    let (kaggle, s3) = (KaggleServer::start(archive), S3Server::start());
    let mut command = lake.command(["ingest", SOURCE, "--json", "--lake", LAKE]);
    kaggle.configure(&mut command);
    command.envs(s3.env());
    // In the middle it stands still, and is looked at.
    let at = 10_000;
    s3.faults(Faults {
        hold_after_puts: Some(at),
        ..Faults::default()
    });
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    s3.wait_for_puts(at);
    let peak = peak(child.id());
    s3.disconnect();
    s3.faults(Faults::default());
    let outcome = Outcome::new(child.wait_with_output().unwrap(), "-").ok();
    let done = summary(&outcome);
    assert_eq!(files(&done, "stored"), IMAGES as u64 + 4);
    assert_eq!(done["missing"], 0);
    assert_eq!(
        s3.objects()
            .keys()
            .filter(|key| key.contains("/2A_images/"))
            .count(),
        IMAGES
    );
    let requests = kaggle.requests();
    assert!(
        requests.bytes_sent() < bytes + bytes / 50,
        "{} of {bytes}",
        requests.bytes_sent()
    );
    // The end, four of the directory, and ranges of 4 MB.
    let most = 5 + bytes.div_ceil(4_000_000) as usize + 1;
    assert!(
        requests.ranges().len() <= most,
        "{} ranges",
        requests.ranges().len()
    );
    // A dev build. Nothing of it grows with the archive but its directory, which has been read by then.
    assert!(peak < 250, "{peak} MB");
}
