//! Objects: put, listed, read, described, in parts.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumMode, CompletedMultipartUpload, CompletedPart, Delete, EncodingType, ObjectIdentifier,
    ServerSideEncryption, StorageClass,
};
use futures::{StreamExt, TryStreamExt};
use md5::{Digest, Md5};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::{crc32, get, put, refusal};
use crate::support::s3::{BUCKET, Faults, Lack, Operation, S3Server};

/// As partition values and file names have them.
const ODD: &str = "curated/country=Côte d'Ivoire/sex=F/diagnosis=COVID-19/scan 1+2 (é).png";

#[tokio::test]
async fn what_was_put_is_there() {
    let server = S3Server::start();
    let client = server.client();
    for key in [
        "a",
        "landing/CT-2A/2A_images/NCP_96_1328_0032.png",
        ODD,
        "50%",
    ] {
        let answer = put(&client, key, key.as_bytes()).send().await.unwrap();
        assert_eq!(
            answer.checksum_crc32(),
            Some(crc32(key.as_bytes()).as_str())
        );
        let md5 = Md5::digest(key.as_bytes());
        let etag: String = md5.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(answer.e_tag(), Some(format!("\"{etag}\"").as_str()));

        assert_eq!(get(&client, key).await, key);
        assert_eq!(server.object(key).unwrap(), key);
        let listed = client.list_objects_v2().bucket(BUCKET).prefix(key);
        let listed = listed.send().await.unwrap();
        assert_eq!(listed.contents()[0].key(), Some(key));
        assert_eq!(listed.contents()[0].size(), Some(key.len() as i64));

        let store = server.object_store();
        let path = Path::parse(key).unwrap();
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), key);
    }
    assert_eq!(server.objects().len(), 4);

    client
        .delete_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await
        .unwrap();
    let others = ["50%", ODD].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let others = Delete::builder()
        .set_objects(Some(others.to_vec()))
        .build()
        .unwrap();
    let deleted = client.delete_objects().bucket(BUCKET).delete(others);
    assert_eq!(deleted.send().await.unwrap().deleted().len(), 2);
    assert_eq!(server.objects().len(), 1);
    let gone = client.get_object().bucket(BUCKET).key("a").send().await;
    assert_eq!(refusal(gone), "404 NoSuchKey");
}

#[tokio::test]
async fn the_checksum_is_told_to_who_asks() {
    let server = S3Server::start();
    let client = server.client();
    put(&client, "a", b"body").send().await.unwrap();
    let head = || client.head_object().bucket(BUCKET).key("a");
    assert_eq!(head().send().await.unwrap().checksum_crc32(), None);
    let asked = head()
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(asked.checksum_crc32(), Some(crc32(b"body").as_str()));

    server.overwrite("a", "another");
    let asked = head()
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(asked.checksum_crc32(), Some(crc32(b"another").as_str()));
    assert!(server.remove("a") && !server.remove("a"));
    assert_eq!(refusal(head().send().await), "404 NotFound");
}

#[tokio::test]
async fn keys_of_a_listing_are_encoded_where_that_is_asked_for() {
    let server = S3Server::start();
    let client = server.client();
    for (key, encoded) in [
        (
            ODD,
            "curated/country%3DC%C3%B4te+d%27Ivoire/sex%3DF/diagnosis%3DCOVID-19/scan+1%2B2+%28%C3%A9%29.png",
        ),
        ("a//b\n\u{1}/", "a//b%0A%01/"),
    ] {
        server.overwrite(key, "");
        let listed = client.list_objects_v2().bucket(BUCKET).prefix(&key[..2]);
        let listed = listed
            .encoding_type(EncodingType::Url)
            .send()
            .await
            .unwrap();
        assert_eq!(listed.contents()[0].key(), Some(encoded));
        assert_eq!(listed.encoding_type(), Some(&EncodingType::Url));
    }
    server.faults(Faults {
        lacks: vec![Lack::EncodedKeys],
        ..Faults::default()
    });
    let listed = client.list_objects_v2().bucket(BUCKET).prefix("curated");
    let listed = listed
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .unwrap();
    assert_eq!(listed.contents()[0].key(), Some(ODD));
    assert_eq!(listed.encoding_type(), None);
}

#[tokio::test]
async fn a_listing_has_pages_of_a_thousand() {
    let server = S3Server::start();
    for n in 0..2_500 {
        server.overwrite(&format!("landing/{}/{n:05}.png", n % 3), vec![0; n]);
    }
    server.overwrite("landing/readme", "");
    server.overwrite("other", "");
    let client = server.client();
    let pages = client.list_objects_v2().bucket(BUCKET).prefix("landing/");
    let pages = pages.into_paginator().send().collect::<Result<Vec<_>, _>>();
    let pages = pages.await.unwrap();
    let sizes: Vec<usize> = pages.iter().map(|page| page.contents().len()).collect();
    assert_eq!(sizes, [1000, 1000, 501]);
    let keys = pages.iter().flat_map(ListObjectsV2Output::contents);
    let keys: Vec<&str> = keys.map(|object| object.key().unwrap()).collect();
    let expected = server.objects();
    assert!(
        keys.iter()
            .eq(expected.keys().filter(|key| *key != "other"))
    );
    assert_eq!(server.requests().count(Operation::ListObjectsV2), 3);

    let store = server.object_store();
    let below = Path::from("landing/1");
    let listed: Vec<_> = store.list(Some(&below)).try_collect().await.unwrap();
    assert_eq!(listed.len(), 833);
    let after = Path::from("landing/1/02497.png");
    assert_eq!(
        store.list_with_offset(Some(&below), &after).count().await,
        0
    );

    let folders = store
        .list_with_delimiter(Some(&Path::from("landing")))
        .await
        .unwrap();
    let names: Vec<&str> = folders.common_prefixes.iter().map(AsRef::as_ref).collect();
    assert_eq!(names, ["landing/0", "landing/1", "landing/2"]);
    assert_eq!(folders.objects.len(), 1);

    // Common beginnings take places on a page, and none is seen twice.
    let folders = client.list_objects_v2().bucket(BUCKET).prefix("landing/");
    let folders = folders.delimiter("/").into_paginator().page_size(2).send();
    let folders = folders.collect::<Result<Vec<_>, _>>().await.unwrap();
    let counts = folders
        .iter()
        .map(|page| (page.common_prefixes().len(), page.contents().len()));
    assert_eq!(counts.collect::<Vec<_>>(), [(2, 0), (1, 1)]);
}

#[tokio::test]
async fn an_object_comes_in_parts() {
    const BIG: usize = 5 << 20;
    let server = S3Server::start();
    let client = server.client();
    let begin = client.create_multipart_upload().bucket(BUCKET).key("big");
    let id = begin.send().await.unwrap().upload_id.unwrap();
    let uploads = client
        .list_multipart_uploads()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(uploads.uploads()[0].key(), Some("big"));
    assert_eq!(uploads.uploads()[0].upload_id(), Some(id.as_str()));

    let upload = async |n: i32, body: Vec<u8>| {
        let part = client
            .upload_part()
            .bucket(BUCKET)
            .key("big")
            .upload_id(&id);
        let part = part
            .part_number(n)
            .body(ByteStream::from(body))
            .send()
            .await
            .unwrap();
        CompletedPart::builder()
            .part_number(n)
            .set_e_tag(part.e_tag)
            .build()
    };
    let complete = async |parts: Vec<CompletedPart>| {
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let complete = client.complete_multipart_upload().bucket(BUCKET).key("big");
        complete.upload_id(&id).multipart_upload(parts).send().await
    };
    let small = upload(1, b"small".to_vec()).await;
    let last = upload(2, b"end".to_vec()).await;
    let too_small = complete(vec![small.clone(), last.clone()]).await;
    assert_eq!(refusal(too_small), "400 EntityTooSmall");
    let first = upload(1, vec![7; BIG]).await;
    let replaced = complete(vec![small, last.clone()]).await;
    assert_eq!(refusal(replaced), "400 InvalidPart");
    let unordered = complete(vec![last.clone(), first.clone()]).await;
    assert_eq!(refusal(unordered), "400 InvalidPartOrder");
    assert!(server.objects().is_empty());
    let done = complete(vec![first, last]).await.unwrap();
    assert!(done.e_tag().unwrap().ends_with("-2\""));
    assert_eq!(server.objects()["big"], BIG as u64 + 3);
    assert!(server.object("big").unwrap().ends_with(b"\x07end"));
    let uploads = client
        .list_multipart_uploads()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert!(uploads.uploads().is_empty());

    let store = server.object_store();
    let mut upload = store.put_multipart(&Path::from("given up")).await.unwrap();
    upload.put_part("part".into()).await.unwrap();
    upload.abort().await.unwrap();
    assert_eq!(server.objects().len(), 1);
    let begun = client
        .abort_multipart_upload()
        .bucket(BUCKET)
        .key("big")
        .upload_id(&id);
    assert_eq!(refusal(begun.send().await), "404 NoSuchUpload");
}

#[tokio::test]
async fn a_part_of_an_object_can_be_read() {
    let server = S3Server::start();
    server.overwrite("a", "0123456789");
    let client = server.client();
    for (range, expected, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
    ] {
        let answer = client.get_object().bucket(BUCKET).key("a").range(range);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.content_range(), Some(content_range));
        assert_eq!(answer.body.collect().await.unwrap().into_bytes(), expected);
    }
    let beyond = client
        .get_object()
        .bucket(BUCKET)
        .key("a")
        .range("bytes=10-");
    assert_eq!(refusal(beyond.send().await), "416 InvalidRange");
    let other = client
        .get_object()
        .bucket(BUCKET)
        .key("a")
        .if_match("\"another\"");
    assert_eq!(refusal(other.send().await), "412 PreconditionFailed");
}

#[tokio::test]
async fn encryption_class_and_tags_are_written_down() {
    let server = S3Server::start();
    let client = server.client();
    server.faults(Faults {
        deny_unencrypted: true,
        ..Faults::default()
    });
    let plain = put(&client, "a", b"body").send().await;
    assert_eq!(refusal(plain), "403 AccessDenied");
    let encrypted = put(&client, "a", b"body")
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id("alias/lake")
        .storage_class(StorageClass::IntelligentTiering)
        .tagging("project=covidx");
    let answer = encrypted.send().await.unwrap();
    assert_eq!(
        answer.server_side_encryption(),
        Some(&ServerSideEncryption::AwsKms)
    );
    let head = client
        .head_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await
        .unwrap();
    assert_eq!(
        head.server_side_encryption(),
        Some(&ServerSideEncryption::AwsKms)
    );
    assert_eq!(head.ssekms_key_id(), Some("alias/lake"));
    assert_eq!(
        head.storage_class(),
        Some(&StorageClass::IntelligentTiering)
    );
    let requests = server.requests();
    let headers = &requests.of(Operation::PutObject).last().unwrap().headers;
    assert_eq!(headers["x-amz-server-side-encryption"], "aws:kms");
    assert_eq!(
        headers["x-amz-server-side-encryption-aws-kms-key-id"],
        "alias/lake"
    );
    assert_eq!(headers["x-amz-storage-class"], "INTELLIGENT_TIERING");
    assert_eq!(headers["x-amz-tagging"], "project=covidx");
    assert!(!headers.contains_key("x-amz-date"));
}

#[tokio::test]
async fn the_bucket_has_settings() {
    let server = S3Server::start();
    let client = server.client();
    let head = client.head_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("eu-central-1"));
    let none = client.head_bucket().bucket("other").send().await;
    assert_eq!(refusal(none), "404 NotFound");
    let location = client
        .get_bucket_location()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(
        location.location_constraint().unwrap().as_str(),
        "eu-central-1"
    );
    let encryption = client
        .get_bucket_encryption()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    let rules = encryption
        .server_side_encryption_configuration
        .unwrap()
        .rules;
    let default = rules[0].apply_server_side_encryption_by_default().unwrap();
    assert_eq!(default.sse_algorithm(), &ServerSideEncryption::Aes256);
    let public = || client.get_public_access_block().bucket(BUCKET).send();
    let block = public()
        .await
        .unwrap()
        .public_access_block_configuration
        .unwrap();
    assert_eq!(block.block_public_policy(), Some(true));
    server.faults(Faults {
        lacks: vec![Lack::PublicAccessBlock],
        ..Faults::default()
    });
    assert_eq!(
        refusal(public().await),
        "404 NoSuchPublicAccessBlockConfiguration"
    );
}

/// A process with nothing but the environment finds the server.
#[tokio::test]
async fn the_environment_says_where_the_server_is() {
    let server = S3Server::start();
    let env = server.env();
    let value = |name: &str| {
        env.iter()
            .find(|(found, _)| *found == name)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(value("AWS_ENDPOINT_URL"), server.endpoint());
    for file in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        assert_eq!(std::fs::read_to_string(value(file)).unwrap(), "");
    }
    let store = AmazonS3Builder::new()
        .with_endpoint(value("AWS_ENDPOINT_URL"))
        .with_allow_http(true)
        .with_region(value("AWS_REGION"))
        .with_access_key_id(value("AWS_ACCESS_KEY_ID"))
        .with_secret_access_key(value("AWS_SECRET_ACCESS_KEY"))
        .with_bucket_name(BUCKET)
        .build()
        .unwrap();
    store.put(&Path::from("a"), "body".into()).await.unwrap();
    assert_eq!(server.object("a").unwrap(), "body");
}
