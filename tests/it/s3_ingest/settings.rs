//! Encryption, storage class, tags and owner go with everything that is written.

use super::Ground;
use crate::support::s3::{ACCOUNT, Operation};

const SETTINGS: [&str; 10] = [
    "--sse",
    "aws:kms",
    "--kms-key",
    "alias/covid",
    "--storage-class",
    "STANDARD_IA",
    "--tag",
    "project=covid 19",
    "--bucket-owner",
    ACCOUNT,
];

#[test]
fn images_tables_manifests_and_log_alike() {
    let ground = Ground::new();
    ground.ingest(&SETTINGS, 0);
    ground.ctlake(&[&["build"][..], &SETTINGS].concat()).ok();
    let requests = ground.server.requests();
    let mut kinds = std::collections::BTreeSet::new();
    let written = requests
        .of(Operation::PutObject)
        .chain(requests.of(Operation::CreateMultipartUpload));
    for request in written {
        let below = request.key.split('/').skip(2).take(2);
        kinds.insert(below.collect::<Vec<_>>().join("/"));
        for (header, value) in [
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", "alias/covid"),
            ("x-amz-storage-class", "STANDARD_IA"),
        ] {
            let sent = request.headers.get(header).map(String::as_str);
            assert_eq!(sent, Some(value), "{}: {header}", request.key);
        }
        let tags = request.headers["x-amz-tagging"].replace('+', "%20");
        assert_eq!(tags, "project=covid%2019", "{}", request.key);
    }
    for kind in [
        "landing/CT-2A",
        "curated/ct_slices",
        "_ctlake/manifest",
        "_ctlake/log",
    ] {
        assert!(kinds.contains(kind), "{kinds:?}");
    }
}

#[test]
fn settings_of_s3_are_not_for_folders() {
    let ground = Ground::new();
    let outcome = ground
        .lake
        .ctlake([
            "ingest",
            "dataset.zip",
            "--sse",
            "AES256",
            "--lake",
            "./lake",
        ])
        .fails(2);
    assert!(
        outcome
            .stderr()
            .contains("are for lakes on S3, got `./lake`"),
        "{}",
        outcome.stderr()
    );
    let alone = ground
        .ctlake(&["ingest", "dataset.zip", "--kms-key", "k"])
        .fails(2);
    assert!(
        alone.stderr().contains("`--kms-key` needs `--sse aws:kms`"),
        "{}",
        alone.stderr()
    );
}
