//! The least rights that building and reading need, as IAM policies.

use serde_json::{Value, json};

use super::database::DatabaseName;
use crate::lake::S3Location;

/// Whose rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ingests, builds, expires and registers.
    Builder,
    /// Asks questions through Athena, and reads the files.
    Reader,
}

/// A policy to attach to a role of the account that owns the catalog. Regions and the account are left open: a role can use a
/// catalog of its own account only. `names` are the tables and views.
#[must_use]
pub fn policy(role: Role, lake: &S3Location, database: &DatabaseName, names: &[String]) -> Value {
    let catalog = catalog(database, names);
    let statements = match role {
        Role::Builder => builder(lake, database, &catalog),
        Role::Reader => reader(lake, database, &catalog),
    };
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn builder(lake: &S3Location, database: &DatabaseName, catalog: &[String]) -> Vec<Value> {
    vec![
        bucket(lake, &["s3:ListBucket", "s3:ListBucketMultipartUploads"]),
        statement(
            "LakeObjects",
            &[
                "s3:GetObject",
                "s3:PutObject",
                "s3:PutObjectTagging",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ],
            &objects(lake, ""),
        ),
        statement(
            "LakeSettings",
            &[
                "s3:GetEncryptionConfiguration",
                "s3:GetBucketPublicAccessBlock",
            ],
            &[format!("arn:aws:s3:::{}", lake.bucket)],
        ),
        statement(
            "Catalog",
            &[
                "glue:GetDatabase",
                "glue:CreateDatabase",
                "glue:CreateTable",
                "glue:UpdateTable",
                "glue:GetPartitions",
                "glue:BatchCreatePartition",
                "glue:BatchUpdatePartition",
                "glue:BatchDeletePartition",
            ],
            catalog,
        ),
        listing(database),
        data_access(),
    ]
}

fn reader(lake: &S3Location, database: &DatabaseName, catalog: &[String]) -> Vec<Value> {
    let results = "arn:aws:s3:::aws-athena-query-results-*".to_owned();
    vec![
        bucket(lake, &["s3:ListBucket"]),
        statement("LakeObjects", &["s3:GetObject"], &objects(lake, "")),
        statement(
            "LakeBucket",
            &["s3:GetBucketLocation"],
            &[format!("arn:aws:s3:::{}", lake.bucket)],
        ),
        statement(
            "Catalog",
            &[
                "glue:GetTable",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:BatchGetPartition",
            ],
            catalog,
        ),
        // Athena looks at the database `default` whatever it is asked.
        statement(
            "Databases",
            &["glue:GetDatabase", "glue:GetDatabases"],
            &[
                "arn:aws:glue:*:*:catalog".to_owned(),
                "arn:aws:glue:*:*:database/*".to_owned(),
            ],
        ),
        listing(database),
        statement(
            "Questions",
            &[
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetQueryResultsStream",
                "athena:GetWorkGroup",
            ],
            &["arn:aws:athena:*:*:workgroup/primary".to_owned()],
        ),
        statement(
            "Lists",
            &[
                "athena:GetDataCatalog",
                "athena:ListDatabases",
                "athena:GetDatabase",
                "athena:ListTableMetadata",
                "athena:GetTableMetadata",
            ],
            &["arn:aws:athena:*:*:datacatalog/AwsDataCatalog".to_owned()],
        ),
        // Neither takes a resource.
        statement(
            "Names",
            &["athena:ListDataCatalogs", "athena:ListWorkGroups"],
            &["*".to_owned()],
        ),
        statement(
            "Answers",
            &[
                "s3:GetBucketLocation",
                "s3:GetObject",
                "s3:PutObject",
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
                "s3:ListMultipartUploadParts",
                "s3:AbortMultipartUpload",
            ],
            &[results.clone(), results + "/*"],
        ),
        data_access(),
    ]
}

fn statement(name: &str, actions: &[&str], resources: &[String]) -> Value {
    json!({"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources})
}

/// Listing is a right on the bucket; a condition keeps it to the lake's prefix.
fn bucket(lake: &S3Location, actions: &[&str]) -> Value {
    let mut listing = statement(
        "LakeListing",
        actions,
        &[format!("arn:aws:s3:::{}", lake.bucket)],
    );
    if !lake.prefix.is_empty() {
        let prefix = &lake.prefix;
        listing["Condition"] =
            json!({"StringLike": {"s3:prefix": [prefix, format!("{prefix}/*")]}});
    }
    listing
}

fn objects(lake: &S3Location, below: &str) -> [String; 1] {
    let key = lake.key(below);
    let slash = if key.is_empty() { "" } else { "/" };
    [format!("arn:aws:s3:::{}/{key}{slash}*", lake.bucket)]
}

/// Listing tables asks about all of a database, those of others too.
fn listing(database: &DatabaseName) -> Value {
    let tables = format!("arn:aws:glue:*:*:table/{database}/*");
    statement(
        "CatalogListing",
        &["glue:GetTables"],
        &[within(database), vec![tables]].concat(),
    )
}

/// The catalog and the database, which every request is about too.
fn within(database: &DatabaseName) -> Vec<String> {
    vec![
        "arn:aws:glue:*:*:catalog".to_owned(),
        format!("arn:aws:glue:*:*:database/{database}"),
    ]
}

/// The catalog, the database, and the tables and views in it by name.
fn catalog(database: &DatabaseName, names: &[String]) -> Vec<String> {
    let mut resources = within(database);
    let names = names.iter();
    resources.extend(names.map(|name| format!("arn:aws:glue:*:*:table/{database}/{name}")));
    resources
}

/// Where Lake Formation governs the tables, it hands out the rights to read their files.
fn data_access() -> Value {
    statement(
        "LakeFormation",
        &["lakeformation:GetDataAccess"],
        &["*".to_owned()],
    )
}
