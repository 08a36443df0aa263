//! How objects are written to a lake on S3.

use clap::Args as ClapArgs;

use super::value::tag;
use crate::lake::S3Settings;

/// How objects are written to a lake on S3: images, tables, manifests and log alike.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Lakes on S3")]
pub(in crate::cli) struct S3Args {
    /// Encrypt on the server: AES256, aws:kms or aws:kms:dsse
    #[arg(long, global = true, value_name = "TYPE", value_parser = ["AES256", "aws:kms", "aws:kms:dsse"])]
    sse: Option<String>,
    /// Key for --sse aws:kms
    #[arg(long, global = true, value_name = "ARN")]
    kms_key: Option<String>,
    #[arg(
        help = "Storage class, such as STANDARD_IA",
        long,
        global = true,
        value_name = "CLASS"
    )]
    storage_class: Option<String>,
    /// Tag for every object; repeatable
    #[arg(long = "tag", global = true, value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// Account that the bucket must belong to
    #[arg(long, global = true, value_name = "ACCOUNT")]
    bucket_owner: Option<String>,
}

impl S3Args {
    /// What was asked for, if anything was.
    pub(super) fn settings(&self) -> Option<S3Settings> {
        let settings = S3Settings {
            encryption: self.sse.clone(),
            kms_key: self.kms_key.clone(),
            storage_class: self.storage_class.clone(),
            tags: self.tags.clone(),
            bucket_owner: self.bucket_owner.clone(),
        };
        (settings != S3Settings::default()).then_some(settings)
    }
}
