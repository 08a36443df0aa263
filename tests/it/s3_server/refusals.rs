//! What S3 refuses.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::future::join_all;
use md5::{Digest, Md5};
use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutPayload};

use super::{crc32, put, refusal};
use crate::support::s3::{
    ACCESS_KEY, ACCOUNT, BUCKET, Faults, Operation, S3Server, SECRET_KEY, credentials,
};

#[tokio::test]
async fn a_damaged_body_is_refused_and_not_kept() {
    let server = S3Server::start();
    let client = server.client();
    let wrong_crc = put(&client, "a", b"body").checksum_crc32(crc32(b"another"));
    assert_eq!(refusal(wrong_crc.send().await), "400 BadDigest");
    let wrong_md5 = client
        .put_object()
        .bucket(BUCKET)
        .key("a")
        .content_md5(BASE64.encode(Md5::digest(b"another")))
        .body(ByteStream::from_static(b"body"));
    assert_eq!(refusal(wrong_md5.send().await), "400 BadDigest");
    let no_md5 = put(&client, "a", b"body").content_md5("bm8=");
    assert_eq!(refusal(no_md5.send().await), "400 InvalidDigest");
    assert!(server.objects().is_empty());

    let both = put(&client, "a", b"body").content_md5(BASE64.encode(Md5::digest(b"body")));
    both.send().await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.count(Operation::PutObject), 4);
    assert_eq!(requests.refused().count(), 3);
    assert!(requests.iter().is_sorted_by_key(|request| request.at));
    let last = requests.iter().last().unwrap();
    assert_eq!((last.key.as_str(), last.status), ("a", Some(200)));
    assert_eq!(last.headers["x-amz-checksum-crc32"], crc32(b"body"));
    assert_eq!(
        last.headers["content-md5"],
        BASE64.encode(Md5::digest(b"body"))
    );
}

/// Bodies of unknown beginnings carry their checksum behind them.
#[tokio::test]
async fn a_checksum_behind_the_body_counts_too() {
    let server = S3Server::start();
    let client = server.client();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"streamed").unwrap();
    let body = ByteStream::from_path(file.path()).await.unwrap();
    let put = client.put_object().bucket(BUCKET).key("a").body(body);
    put.send().await.unwrap();
    let requests = server.requests();
    let trailer = &requests.iter().next().unwrap().headers["x-amz-trailer"];
    assert_eq!(trailer, "x-amz-checksum-crc32");
    let head = client.head_object().bucket(BUCKET).key("a");
    let head = head
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(head.checksum_crc32(), Some(crc32(b"streamed").as_str()));
    assert_eq!(server.object("a").unwrap(), "streamed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_creators_one_wins() {
    let server = S3Server::start();
    let (client, store) = (server.client(), server.object_store());
    for round in 0..8 {
        let key = format!("log/{round}.json");
        let by_sdk = (0..16_u8).map(|n| {
            let put = put(&client, &key, &[n]).if_none_match("*");
            tokio::spawn(async move { put.send().await.map(|_| n) })
        });
        let mut winners = Vec::new();
        for answer in join_all(by_sdk).await {
            match answer.unwrap() {
                Ok(n) => winners.push(n),
                error => assert_eq!(refusal(error), "412 PreconditionFailed"),
            }
        }
        assert_eq!(server.object(&key).unwrap().to_vec(), winners);

        let key = Path::from(format!("log/{round}-store.json"));
        let by_store = (0..16_u8).map(|n| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move {
                let payload = PutPayload::from(vec![n]);
                let put = store.put_opts(&key, payload, PutMode::Create.into());
                put.await.map(|_| n)
            })
        });
        let mut winners = Vec::new();
        for answer in join_all(by_store).await {
            match answer.unwrap() {
                Ok(n) => winners.push(n),
                Err(object_store::Error::AlreadyExists { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(server.object(key.as_ref()).unwrap().to_vec(), winners);
    }
}

#[tokio::test]
async fn who_may_not_is_refused() {
    let server = S3Server::start();
    let with = |change: fn(aws_sdk_s3::config::Builder) -> aws_sdk_s3::config::Builder| {
        let client = Client::from_conf(change(server.config()).build());
        async move { refusal(put(&client, "a", b"body").send().await) }
    };
    let unknown = with(|config| config.credentials_provider(credentials("AKIA", "x", None)));
    assert_eq!(unknown.await, "403 InvalidAccessKeyId");
    let wrong = with(|config| config.credentials_provider(credentials(ACCESS_KEY, "x", None)));
    assert_eq!(wrong.await, "403 SignatureDoesNotMatch");
    let elsewhere = with(|config| config.region(Region::from_static("us-east-1")));
    assert_eq!(elsewhere.await, "400 AuthorizationHeaderMalformed");
    let anonymous = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(server.endpoint())
        .region(Region::from_static("eu-central-1"))
        .allow_no_auth()
        .build();
    let anonymous = put(&Client::from_conf(anonymous), "a", b"body")
        .send()
        .await;
    assert_eq!(refusal(anonymous), "403 AccessDenied");
    assert!(server.objects().is_empty());

    let client = server.client();
    let no_bucket = put(&client, "a", b"body").bucket("other");
    assert_eq!(refusal(no_bucket.send().await), "404 NoSuchBucket");
    let stranger = put(&client, "a", b"body").expected_bucket_owner("999988887777");
    assert_eq!(refusal(stranger.send().await), "403 AccessDenied");
    let owner = put(&client, "b", b"body").expected_bucket_owner(ACCOUNT);
    owner.send().await.unwrap();

    server.faults(Faults {
        expired_token: Some("old".to_owned()),
        ..Faults::default()
    });
    let old = with(|config| {
        config.credentials_provider(credentials(ACCESS_KEY, SECRET_KEY, Some("old")))
    });
    assert_eq!(old.await, "400 ExpiredToken");
    let new = with(|config| {
        config.credentials_provider(credentials(ACCESS_KEY, SECRET_KEY, Some("new")))
    });
    assert_eq!(new.await, "not refused");

    server.faults(Faults {
        deny: vec![Operation::ListObjectsV2, Operation::PutObject],
        under: "landing/".to_owned(),
        ..Faults::default()
    });
    let denied = put(&client, "landing/a", b"body").send().await;
    assert_eq!(refusal(denied), "403 AccessDenied");
    put(&client, "elsewhere", b"body").send().await.unwrap();
    let list = client.list_objects_v2().bucket(BUCKET).prefix("landing/");
    assert_eq!(refusal(list.send().await), "403 AccessDenied");
    // Who may not list learns of no absence.
    let absent = client.get_object().bucket(BUCKET).key("none");
    assert_eq!(refusal(absent.send().await), "403 AccessDenied");
}
