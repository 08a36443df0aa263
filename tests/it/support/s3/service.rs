//! The operations, in the types of the wire.

use std::future::pending;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE as BASE64;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, BucketLocationConstraint, Checksum,
    ChecksumMode, CommonPrefix, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput,
    DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag, ETagCondition, EncodingType,
    GetBucketEncryptionInput, GetBucketEncryptionOutput, GetBucketLocationInput,
    GetBucketLocationOutput, GetObjectInput, GetObjectOutput, GetPublicAccessBlockInput,
    GetPublicAccessBlockOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput,
    HeadObjectOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsV2Input,
    ListObjectsV2Output, MultipartUpload, Object as Listed, ObjectStorageClass,
    PublicAccessBlockConfiguration, PutObjectInput, PutObjectOutput, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::{Body, S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::listing::{self, PAGE, encoded};
use super::object::{Attributes, Digests, Object, digests};
use super::store::{Condition, Held};
use super::{Faults, Lack, Operation, REGION, Shared};

type Answer<T> = S3Result<S3Response<T>>;

pub(crate) struct Service(pub(crate) Arc<Shared>);

impl Service {
    /// The object. Who may not list is not told that there is none.
    fn object(&self, key: &str) -> S3Result<Arc<Object>> {
        let found = self.0.store.lock().objects.get(key).cloned();
        let blind = self.0.faults().deny.contains(&Operation::ListObjectsV2);
        found.ok_or_else(|| {
            if blind {
                s3_error!(AccessDenied, "Access Denied")
            } else {
                s3_error!(NoSuchKey)
            }
        })
    }

    /// The body of a request, and the digests to check it by.
    async fn body<T>(
        &self,
        request: &S3Request<T>,
        body: Option<StreamingBlob>,
        mut digests: Digests,
    ) -> S3Result<(Bytes, Digests)> {
        let mut bytes = BytesMut::new();
        let mut body = body.ok_or_else(|| s3_error!(IncompleteBody))?;
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.map_err(|_| damaged(request))?);
        }
        if let Some(trailers) = &request.trailing_headers {
            trailers.read(|trailers| digests.add_trailers(trailers));
        }
        if self.0.faults().lack(Lack::Checksums) {
            digests.checksum = Checksum::default();
        }
        Ok((bytes.freeze(), digests))
    }
}

/// All of the body is here, so it is not what was signed.
fn damaged<T>(request: &S3Request<T>) -> S3Error {
    let signed = request.headers.get("x-amz-content-sha256");
    if signed.is_some_and(|hash| hash.len() == 64) {
        let mut error = S3Error::new(S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()));
        error.set_status_code(hyper::StatusCode::BAD_REQUEST);
        error
    } else {
        s3_error!(IncompleteBody)
    }
}

fn condition(if_none_match: Option<&ETagCondition>, faults: &Faults) -> S3Result<Condition> {
    match if_none_match {
        Some(_) if faults.lack(Lack::ConditionalPut) => Ok(Condition::Always),
        None => Ok(Condition::Always),
        Some(ETagCondition::Any) => Ok(Condition::Absent),
        Some(ETagCondition::ETag(_)) => Err(s3_error!(NotImplemented, "If-None-Match of a tag")),
    }
}

/// Refuses to read what is not the object that was meant.
fn check_match(object: &Object, if_match: Option<&ETagCondition>) -> S3Result<()> {
    match if_match.and_then(ETagCondition::as_etag) {
        Some(expected) if expected.value() != object.etag => Err(s3_error!(PreconditionFailed)),
        _ => Ok(()),
    }
}

/// The checksum, where it was asked for.
fn shown(object: &Object, mode: Option<&ChecksumMode>) -> Checksum {
    match mode {
        Some(_) => object.checksum.clone(),
        None => Checksum::default(),
    }
}

/// What was said of an object when it was begun, from a request of either kind.
macro_rules! attributes {
    ($input:expr) => {
        Attributes {
            content_type: $input.content_type.take(),
            metadata: $input.metadata.take(),
            encryption: $input.server_side_encryption.take(),
            kms_key: $input.ssekms_key_id.take(),
            storage_class: $input.storage_class.take(),
        }
    };
}

#[async_trait::async_trait]
impl S3 for Service {
    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let input = &mut request.input;
        let (body, digests) = (input.body.take(), digests!(input));
        let attributes = attributes!(input);
        let (body, digests) = self.body(&request, body, digests).await?;
        let checksum = digests.check(&body)?;
        let object = Object::new(body, checksum, attributes);
        let output = PutObjectOutput {
            checksum_crc32: object.checksum.checksum_crc32.clone(),
            checksum_crc32c: object.checksum.checksum_crc32c.clone(),
            checksum_crc64nvme: object.checksum.checksum_crc64nvme.clone(),
            checksum_sha1: object.checksum.checksum_sha1.clone(),
            checksum_sha256: object.checksum.checksum_sha256.clone(),
            e_tag: Some(ETag::Strong(object.etag.clone())),
            server_side_encryption: Some(object.attributes.encryption()),
            ssekms_key_id: object.attributes.kms_key.clone(),
            ..PutObjectOutput::default()
        };
        let faults = self.0.faults();
        let (key, limit) = (&request.input.key, faults.hold_after_puts);
        let condition = condition(request.input.if_none_match.as_ref(), &faults)?;
        let counts = faults.concern(key);
        match self.0.store.put(key, object, condition, counts, limit) {
            Ok(done) => done.map(|()| S3Response::new(output)),
            Err(Held) => pending().await,
        }
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        let input = request.input;
        let object = self.object(&input.key)?;
        check_match(&object, input.if_match.as_ref())?;
        let whole = object.body.len() as u64;
        let range = match input.range {
            Some(range) => range.check(whole)?,
            None => 0..whole,
        };
        let part = object.body.slice(range.start as usize..range.end as usize);
        let content_range = input
            .range
            .map(|_| format!("bytes {}-{}/{whole}", range.start, range.end - 1));
        // The checksum is the whole object's.
        let mode = input.checksum_mode.filter(|_| part.len() as u64 == whole);
        let checksum = shown(&object, mode.as_ref());
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(part.len() as i64),
            body: Some(StreamingBlob::from(Body::from(part))),
            content_range,
            content_type: object.attributes.content_type.clone(),
            metadata: object.attributes.metadata.clone(),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            e_tag: Some(ETag::Strong(object.etag.clone())),
            last_modified: Some(object.modified.into()),
            server_side_encryption: Some(object.attributes.encryption()),
            ssekms_key_id: object.attributes.kms_key.clone(),
            storage_class: object.attributes.storage_class.clone(),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        let input = request.input;
        let object = self.object(&input.key)?;
        check_match(&object, input.if_match.as_ref())?;
        let checksum = shown(&object, input.checksum_mode.as_ref());
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(object.body.len() as i64),
            content_type: object.attributes.content_type.clone(),
            metadata: object.attributes.metadata.clone(),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            e_tag: Some(ETag::Strong(object.etag.clone())),
            last_modified: Some(object.modified.into()),
            server_side_encryption: Some(object.attributes.encryption()),
            ssekms_key_id: object.attributes.kms_key.clone(),
            storage_class: object.attributes.storage_class.clone(),
            ..HeadObjectOutput::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> Answer<DeleteObjectOutput> {
        self.0.store.lock().objects.remove(&request.input.key);
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> Answer<DeleteObjectsOutput> {
        let delete = request.input.delete;
        if delete.objects.len() > PAGE {
            return Err(s3_error!(MalformedXML, "more than {PAGE} objects"));
        }
        let mut content = self.0.store.lock();
        for object in &delete.objects {
            content.objects.remove(&object.key);
        }
        let deleted = |key| DeletedObject {
            key: Some(key),
            ..DeletedObject::default()
        };
        let deleted = delete.objects.into_iter().map(|object| deleted(object.key));
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (delete.quiet != Some(true)).then(|| deleted.collect()),
            ..DeleteObjectsOutput::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> Answer<ListObjectsV2Output> {
        let input = request.input;
        let is_encoded = match input.encoding_type.as_ref().map(EncodingType::as_str) {
            None => false,
            // Some servers don't know this wish, and then don't say that they have fulfilled it.
            Some(EncodingType::URL) => !self.0.faults().lack(Lack::EncodedKeys),
            Some(_) => return Err(s3_error!(InvalidArgument, "encoding type")),
        };
        let written = |key: String| if is_encoded { encoded(&key) } else { key };
        let limit = input.max_keys.unwrap_or(PAGE as i32).min(PAGE as i32);
        let limit = usize::try_from(limit).map_err(|_| s3_error!(InvalidArgument))?;
        let token = input.continuation_token.as_ref().map(|token| {
            let bytes = BASE64.decode(token).ok()?;
            String::from_utf8(bytes).ok()
        });
        let after = match token {
            Some(None) => return Err(s3_error!(InvalidArgument, "continuation token")),
            Some(Some(after)) => after,
            None => input.start_after.clone().unwrap_or_default(),
        };
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let delimiter = input.delimiter.as_deref();
        let content = self.0.store.lock();
        let page = listing::page(&content.objects, prefix, delimiter, &after, limit);
        drop(content);
        let listed = |(key, object): (String, Arc<Object>)| Listed {
            key: Some(written(key)),
            e_tag: Some(ETag::Strong(object.etag.clone())),
            last_modified: Some(object.modified.into()),
            size: Some(object.body.len() as i64),
            storage_class: Some(match &object.attributes.storage_class {
                Some(class) => ObjectStorageClass::from(class.as_str().to_owned()),
                None => ObjectStorageClass::from_static(ObjectStorageClass::STANDARD),
            }),
            ..Listed::default()
        };
        let common = |prefix| CommonPrefix {
            prefix: Some(written(prefix)),
        };
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            key_count: Some((page.objects.len() + page.prefixes.len()) as i32),
            max_keys: Some(limit as i32),
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page
                .next
                .filter(|_| !self.0.faults().lack(Lack::NextPages))
                .map(|next| BASE64.encode(next)),
            contents: Some(page.objects.into_iter().map(listed).collect()),
            common_prefixes: Some(page.prefixes.into_iter().map(common).collect()),
            encoding_type: input.encoding_type.filter(|_| is_encoded),
            prefix: input.prefix.map(written),
            delimiter: input.delimiter.map(written),
            start_after: input.start_after.map(written),
            continuation_token: input.continuation_token,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        let mut input = request.input;
        let attributes = attributes!(input);
        let encryption = attributes.encryption();
        let id = self.0.store.lock().begin(&input.key, attributes);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            server_side_encryption: Some(encryption),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    async fn upload_part(
        &self,
        mut request: S3Request<UploadPartInput>,
    ) -> Answer<UploadPartOutput> {
        let input = &mut request.input;
        let (body, digests) = (input.body.take(), digests!(input));
        let (body, digests) = self.body(&request, body, digests).await?;
        let checksum = digests.check(&body)?;
        let (input, mut content) = (request.input, self.0.store.lock());
        let etag = content.part(&input.key, &input.upload_id, input.part_number, body)?;
        Ok(S3Response::new(UploadPartOutput {
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            e_tag: Some(ETag::Strong(etag)),
            ..UploadPartOutput::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let input = request.input;
        let condition = condition(input.if_none_match.as_ref(), &self.0.faults())?;
        let parts = input.multipart_upload.and_then(|listed| listed.parts);
        let parts = parts.unwrap_or_default();
        let mut content = self.0.store.lock();
        let object = content.complete(&input.key, &input.upload_id, &parts, condition)?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(object.etag)),
            server_side_encryption: Some(object.attributes.encryption()),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        let input = request.input;
        self.0.store.lock().abort(&input.key, &input.upload_id)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        let input = request.input;
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let content = self.0.store.lock();
        let mut uploads: Vec<MultipartUpload> = content
            .uploads
            .iter()
            .filter(|(_, upload)| upload.key.starts_with(prefix))
            .map(|(id, upload)| MultipartUpload {
                key: Some(upload.key.clone()),
                upload_id: Some(id.clone()),
                initiated: Some(upload.begun.into()),
                ..MultipartUpload::default()
            })
            .collect();
        uploads.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            is_truncated: Some(false),
            uploads: Some(uploads),
            prefix: input.prefix,
            ..ListMultipartUploadsOutput::default()
        }))
    }

    async fn head_bucket(&self, _: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        Ok(S3Response::new(HeadBucketOutput {
            bucket_region: Some(REGION.to_owned()),
            ..HeadBucketOutput::default()
        }))
    }

    async fn get_bucket_location(
        &self,
        _: S3Request<GetBucketLocationInput>,
    ) -> Answer<GetBucketLocationOutput> {
        Ok(S3Response::new(GetBucketLocationOutput {
            location_constraint: Some(BucketLocationConstraint::from_static(REGION)),
        }))
    }

    async fn get_bucket_encryption(
        &self,
        _: S3Request<GetBucketEncryptionInput>,
    ) -> Answer<GetBucketEncryptionOutput> {
        let aes = ServerSideEncryption::from_static(ServerSideEncryption::AES256);
        let rule = ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
                kms_master_key_id: None,
                sse_algorithm: aes,
            }),
            bucket_key_enabled: Some(false),
        };
        Ok(S3Response::new(GetBucketEncryptionOutput {
            server_side_encryption_configuration: Some(ServerSideEncryptionConfiguration {
                rules: vec![rule],
            }),
        }))
    }

    async fn get_public_access_block(
        &self,
        _: S3Request<GetPublicAccessBlockInput>,
    ) -> Answer<GetPublicAccessBlockOutput> {
        if self.0.faults().lack(Lack::PublicAccessBlock) {
            let code = S3ErrorCode::Custom("NoSuchPublicAccessBlockConfiguration".into());
            let mut error = S3Error::new(code);
            error.set_status_code(hyper::StatusCode::NOT_FOUND);
            return Err(error);
        }
        Ok(S3Response::new(GetPublicAccessBlockOutput {
            public_access_block_configuration: Some(PublicAccessBlockConfiguration {
                block_public_acls: Some(true),
                block_public_policy: Some(true),
                ignore_public_acls: Some(true),
                restrict_public_buckets: Some(true),
            }),
        }))
    }
}
