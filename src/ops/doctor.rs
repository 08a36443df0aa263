//! Check that a lake is accessible: each check has its verdict and, where it fails, a remedy.

use bytes::Bytes;
use chrono::Utc;
use object_store::path::Path;
use serde::Serialize;

use crate::datasets;
use crate::hint::Hint;
use crate::lake::{Fault, Lake, LakeError, Location, S3, S3Error, S3Location, layout};

/// S3 refuses signatures that are further off than 15 minutes.
const SKEW_SECONDS: i64 = 300;
/// The images of one release are 29 GB.
const ROOM: u64 = 35_000_000_000;

/// The rights that a lake on S3 needs.
const POLICY: &str = "the policy needs s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix; a bucket that demands encryption needs `--sse`";

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was tried.
    pub name: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, but.
    Warning,
    /// The lake can't be used so.
    Failed,
    /// It could not be tried.
    Skipped,
}

#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn add(&mut self, name: &'static str, verdict: Verdict, found: impl Into<String>) {
        self.0.push(Check {
            name,
            verdict,
            found: found.into(),
            remedy: None,
        });
    }

    fn ok(&mut self, name: &'static str, found: impl Into<String>) {
        self.add(name, Verdict::Ok, found);
    }

    fn remedied(&mut self, name: &'static str, verdict: Verdict, found: &str, remedy: &str) {
        self.0.push(Check {
            name,
            verdict,
            found: found.to_owned(),
            remedy: Some(remedy.to_owned()),
        });
    }

    fn failed(&mut self, name: &'static str, error: &LakeError) {
        let denied = matches!(
            error,
            LakeError::Store {
                source: object_store::Error::PermissionDenied { .. },
                ..
            }
        );
        let (found, remedy) = if denied {
            // The store's own words are a page of XML.
            ("access denied".to_owned(), Some(POLICY.to_owned()))
        } else {
            let cause = std::error::Error::source(error);
            let found = cause.map_or_else(|| error.to_string(), ToString::to_string);
            (found, error.hint())
        };
        self.0.push(Check {
            name,
            verdict: Verdict::Failed,
            found,
            remedy,
        });
    }

    /// What comes after a failure that leaves nothing to try.
    fn skipped(&mut self, names: &[&'static str]) {
        for name in names {
            self.add(name, Verdict::Skipped, "not tried");
        }
    }
}

/// Tries everything that the commands need, and leaves nothing behind.
pub async fn examine(location: &Location) -> Vec<Check> {
    let mut checks = Checks::default();
    match location {
        Location::Folder(path) => folder(&mut checks, location, path).await,
        Location::S3(s3) => bucket(&mut checks, location, s3).await,
    }
    checks.0
}

/// The names of the checks of [`objects`].
struct Names {
    list: &'static str,
    create: &'static str,
    read: &'static str,
    create_once: &'static str,
    remove: &'static str,
}

const OF_FOLDER: Names = Names {
    list: "list files",
    create: "write",
    read: "read",
    create_once: "create once",
    remove: "remove",
};

const OF_BUCKET: Names = Names {
    list: "list",
    create: "put",
    read: "get",
    create_once: "conditional put",
    remove: "delete",
};

impl Names {
    fn all(&self) -> [&'static str; 5] {
        [
            self.list,
            self.create,
            self.read,
            self.create_once,
            self.remove,
        ]
    }
}

async fn folder(checks: &mut Checks, location: &Location, path: &std::path::Path) {
    let lake = match datasets::open(location).await {
        Ok(lake) => lake,
        Err(LakeError::Missing(_)) => {
            checks.remedied(
                "folder",
                Verdict::Warning,
                "it is not there yet",
                "`ctlake ingest SOURCE` makes it",
            );
            return;
        }
        Err(error) => {
            checks.failed("folder", &error);
            checks.skipped(&OF_FOLDER.all());
            return;
        }
    };
    checks.ok("folder", lake.uri(&Path::default()));
    objects(checks, &lake, &OF_FOLDER).await;
    if let Ok(free) = fs4::available_space(path) {
        #[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
        let found = format!("{:.1} GB are free", free as f64 / 1e9);
        if free < ROOM {
            checks.remedied(
                "free disk",
                Verdict::Warning,
                &found,
                "the images of a release take 29 GB: `df -h` shows the disk; labels and metadata alone need little",
            );
        } else {
            checks.ok("free disk", found);
        }
    }
}

async fn bucket(checks: &mut Checks, location: &Location, s3_location: &S3Location) {
    let later = [
        "credentials",
        "bucket",
        "encryption",
        "public access",
        "list",
        "put",
        "get",
        "conditional put",
        "delete",
        "checksums",
        "clock",
    ];
    let s3 = match S3::connect(s3_location).await {
        Ok(s3) => s3,
        Err(error) => {
            checks.failed("region", &error);
            checks.skipped(&later);
            return;
        }
    };
    checks.ok(
        "region",
        match &s3.endpoint {
            Some(endpoint) => format!("{}, at {endpoint}", s3.region),
            None => s3.region.clone(),
        },
    );
    match s3.access().await {
        // Never the whole id: a report is pasted into tickets.
        Ok(access) => {
            let id = &access.access_key_id;
            let end = id.len().saturating_sub(4);
            checks.ok("credentials", format!("access key …{}", &id[end..]));
        }
        Err(error) => {
            checks.failed("credentials", &error);
            checks.skipped(&later[1..]);
            return;
        }
    }
    let lake = match datasets::open(location).await {
        Ok(lake) => lake,
        Err(error) => {
            checks.failed("bucket", &error);
            checks.skipped(&later[2..]);
            return;
        }
    };
    checks.ok(
        "bucket",
        match &s3_location.settings.bucket_owner {
            Some(owner) => format!("{}, of account {owner}", s3_location.bucket),
            None => s3_location.bucket.clone(),
        },
    );
    encryption(checks, &s3).await;
    public_access(checks, &s3).await;
    if objects(checks, &lake, &OF_BUCKET).await {
        checksums(checks, &s3).await;
    }
}

async fn encryption(checks: &mut Checks, s3: &S3) {
    if let Some(asked) = &s3.location.settings.encryption {
        checks.ok("encryption", format!("{asked}, asked for with each object"));
        return;
    }
    match Box::pin(s3.bucket_encryption()).await {
        Ok(Some(kind)) => checks.ok("encryption", format!("{kind}, by the bucket's default")),
        Ok(None) => checks.remedied(
            "encryption",
            Verdict::Warning,
            "none by the bucket's default",
            "pass `--sse AES256`, or set a default for the bucket",
        ),
        Err(error) => untold(checks, "encryption", &error),
    }
}

async fn public_access(checks: &mut Checks, s3: &S3) {
    match Box::pin(s3.blocks_public_access()).await {
        Ok(true) => checks.ok("public access", "blocked"),
        Ok(false) => open_to_all(checks),
        Err(error) if error.code() == "NoSuchPublicAccessBlockConfiguration" => open_to_all(checks),
        Err(error) => untold(checks, "public access", &error),
    }
}

fn open_to_all(checks: &mut Checks) {
    checks.remedied(
        "public access",
        Verdict::Warning,
        "not blocked",
        "`aws s3api put-public-access-block` with all four settings",
    );
}

/// A server that doesn't know the question, or a policy that doesn't allow it: nothing is wrong with the lake.
fn untold(checks: &mut Checks, name: &'static str, error: &S3Error) {
    checks.add(name, Verdict::Skipped, format!("can't be told: {error}"));
}

fn probe(name: &str) -> Path {
    layout::key(&format!(
        "{}/doctor-{name}-{:016x}",
        layout::STAGING,
        rand::random::<u64>()
    ))
}

/// The requests of build, snapshots and the manifest. Returns whether the lake can be written to.
async fn objects(checks: &mut Checks, lake: &Lake, names: &Names) -> bool {
    let mut has_content = false;
    match lake.folders(&Path::default()).await {
        Ok(folders) => {
            has_content = !folders.is_empty();
            checks.ok(names.list, "allowed");
        }
        Err(error) => checks.failed(names.list, &error),
    }
    let key = probe("object");
    let content = Bytes::from_static(b"probe");
    if let Err(error) = lake.create_object(&key, content.clone()).await {
        if has_content && error.is_denied() {
            read_only(checks, lake, names, &error);
        } else {
            checks.failed(names.create, &error);
            checks.skipped(&names.all()[2..]);
        }
        return false;
    }
    checks.ok(names.create, "allowed");
    match lake.read(&key).await {
        Ok(read) if read == content => {
            checks.ok(
                names.read,
                "allowed, and returns the content that was written",
            );
        }
        Ok(_) => checks.add(
            names.read,
            Verdict::Failed,
            "returns other content than was written",
        ),
        Err(error) => checks.failed(names.read, &error),
    }
    match lake.create_object(&key, content).await {
        Ok(false) => checks.ok(names.create_once, "an object is not created twice"),
        Ok(true) => checks.remedied(
            names.create_once,
            Verdict::Warning,
            "an object can be created twice, so two publishers could both win",
            "build with `--single-writer`, if nobody else ever publishes to this lake",
        ),
        Err(error) => checks.failed(names.create_once, &error),
    }
    match lake.delete(vec![key]).await {
        Ok(()) => checks.ok(names.remove, "allowed"),
        Err(error) => checks.failed(names.remove, &error),
    }
    true
}

/// A lake whose content can be read but not changed serves those who query it.
fn read_only(checks: &mut Checks, lake: &Lake, names: &Names, error: &LakeError) {
    let remedy = if lake.s3().is_some() {
        Some(POLICY.to_owned())
    } else {
        error.hint()
    };
    checks.0.push(Check {
        name: names.create,
        verdict: Verdict::Warning,
        found: "read-only: queries work; ingest, build and register do not".to_owned(),
        remedy,
    });
}

/// Whether the store refuses a damaged body and keeps checksums, and what its clock says.
async fn checksums(checks: &mut Checks, s3: &S3) {
    let content = Bytes::from_static(b"probe");
    let crc32 = crc32fast::hash(&content);
    let key = s3.key(probe("checksum").as_ref());
    match Box::pin(s3.put(&key, content.clone(), crc32 ^ 1)).await {
        Err(error) if error.fault() == Fault::Body => {
            checks.ok("checksums", "a damaged body is refused");
        }
        Err(error) if error.status() == Some(400) => {
            checks.ok("checksums", format!("a damaged body is refused ({})", error.code()));
        }
        Ok(()) => checks.remedied(
            "checksums",
            Verdict::Warning,
            "a wrong CRC-32 is accepted",
            "Content-MD5 is sent besides, which most stores check; `ctlake verify --deep` reads what this one keeps no checksum of",
        ),
        Err(error) => untold(checks, "checksums", &error),
    }
    let stored = Box::pin(s3.put(&key, content, crc32)).await;
    match stored {
        Err(error) => untold(checks, "clock", &error),
        Ok(()) => match Box::pin(s3.modified(&key)).await {
            Ok(Some(time)) => {
                let skew = (Utc::now() - time).num_seconds();
                let found = format!("{} s apart from the store's", skew.abs());
                if skew.abs() > SKEW_SECONDS {
                    checks.remedied(
                        "clock",
                        Verdict::Warning,
                        &found,
                        "set this machine's clock: `timedatectl`",
                    );
                } else {
                    checks.ok("clock", found);
                }
            }
            Ok(None) => checks.add("clock", Verdict::Skipped, "the store doesn't say its time"),
            Err(error) => untold(checks, "clock", &error),
        },
    }
    // What can't be removed is below `_ctlake/tmp/`, where `snapshots expire` removes it.
    let _ = Box::pin(s3.remove(&key)).await;
}
