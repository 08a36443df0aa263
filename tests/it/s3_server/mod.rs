//! The S3 server of the tests: what S3 refuses it refuses too, and each fault is what a network or a store really does.

mod faults;
mod objects;
mod refusals;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;

use crate::support::s3::BUCKET;

/// The header that carries a CRC-32.
fn crc32(body: &[u8]) -> String {
    BASE64.encode(crc32fast::hash(body).to_be_bytes())
}

/// A PUT with the CRC-32 of its body, as the program sends it.
fn put(client: &Client, key: &str, body: &[u8]) -> PutObjectFluentBuilder {
    client
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .checksum_crc32(crc32(body))
        .body(ByteStream::from(body.to_vec()))
}

/// The code of a refusal, with its status.
fn refusal<T, E: ProvideErrorMetadata>(answer: Result<T, SdkError<E>>) -> String {
    match answer {
        Ok(_) => "not refused".to_owned(),
        Err(error) => {
            let status = error.raw_response().map(|raw| raw.status().as_u16());
            let code = error.code().unwrap_or("no code");
            status.map_or_else(
                || "no answer".to_owned(),
                |status| format!("{status} {code}"),
            )
        }
    }
}

async fn get(client: &Client, key: &str) -> Bytes {
    let answer = client.get_object().bucket(BUCKET).key(key);
    let answer = answer.send().await.unwrap();
    answer.body.collect().await.unwrap().into_bytes()
}
