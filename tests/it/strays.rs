//! Names below a lake that ctlake could not have written: no command stops at them, none takes them for its own, `verify` names them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use insta::assert_snapshot;

use crate::support::dataset::small_sample;
use crate::support::lake::is_root;
use crate::support::s3::{Faults, Lack, S3Server};
use crate::support::{Dataset, Lake, Outcome};

const LAKE: &str = "s3://lake/team/covid";

/// Keys that other programs, consoles and slips of the hand leave in a bucket, below the lake.
const KEYS: [(&str, &str); 26] = [
    ("/slip", "x"),
    ("landing/", ""),
    ("landing//x.png", "x"),
    ("landing/README", "read me"),
    ("landing/notes/a.txt", "x"),
    ("landing/CT-2A/", ""),
    ("landing/CT-2A//y.png", "x"),
    ("landing/CT-2A/./z.png", "x"),
    ("landing/CT-2A/../w.png", "x"),
    ("landing/CT-2A/2A_images/", ""),
    ("landing/CT-2A/2A_images/a\tb.png", "x"),
    ("landing/CT-2A/2A_images//", ""),
    ("landing/CT-2A/metadata.csv/", ""),
    ("landing/CT-2A/README.md", "read me"),
    ("curated/", ""),
    ("curated//part-00000.parquet", "x"),
    ("curated/patients/", ""),
    ("_ctlake/log/", ""),
    ("_ctlake/log//00000000000000000007.json", "x"),
    ("_ctlake/log/foo.json", "x"),
    ("_ctlake/log/7.json", "x"),
    ("_ctlake/log/00000000000000000007.json.bak", "x"),
    ("_ctlake/log/old/00000000000000000008.json", "x"),
    ("_ctlake/manifest/CT-2A//plan", "x"),
    ("_ctlake/projections/", ""),
    ("_ctlake/tmp//y", "x"),
];

struct Bucket {
    server: S3Server,
    lake: Lake,
}

impl Bucket {
    fn new() -> Self {
        let lake = Lake::temp();
        lake.place(&Dataset::sample(&small_sample(1)));
        Self {
            server: S3Server::start(),
            lake,
        }
    }

    fn litter(&self) {
        for (key, content) in KEYS {
            self.server.overwrite(&format!("team/covid/{key}"), content);
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.lake.command(args);
        command.args(["--lake", LAKE]);
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"] {
            command.env_remove(variable);
        }
        command.envs(self.server.env());
        command
    }

    #[track_caller]
    fn ctlake(&self, args: &[&str]) -> Outcome {
        self.lake.run(self.command(args))
    }
}

/// What `status` says, without the snapshot's name.
#[track_caller]
fn status(outcome: Outcome) -> String {
    outcome.ok().stdout().to_owned()
}

#[test]
fn no_key_of_a_bucket_stops_a_command() {
    let clean = Bucket::new();
    clean.ctlake(&["run", "dataset"]).ok();
    let expected = status(clean.ctlake(&["status"]));

    let bucket = Bucket::new();
    bucket.litter();
    bucket.ctlake(&["status"]).ok();
    bucket.ctlake(&["run", "dataset"]).ok();
    // A file that could be one of the dataset's is counted.
    bucket.server.remove("team/covid/landing/CT-2A/README.md");
    assert_eq!(status(bucket.ctlake(&["status"])), expected);
    bucket.litter();
    let again = bucket.ctlake(&["ingest", "dataset", "--json"]).ok();
    let summary = &again.json_lines().pop().unwrap()["summary"];
    assert_eq!(summary["stored"]["files"], 0, "{summary}");
    bucket.ctlake(&["build", "--force"]).ok();
    bucket.ctlake(&["snapshots", "list"]).ok();
    bucket.ctlake(&["doctor"]).ok();
    bucket.ctlake(&["register", "--format", "iceberg"]).ok();
    bucket.ctlake(&["register", "--format", "delta"]).ok();
    bucket.litter();
    bucket.ctlake(&["register", "--format", "delta"]).ok();
    let args = ["snapshots", "expire", "--keep", "1", "--older-than", "0s"];
    bucket.ctlake(&args).ok();
    bucket.ctlake(&["snapshots", "list"]).ok();
    let left = bucket.server.objects();
    for (key, _) in KEYS.iter().filter(|(key, _)| !key.contains("tmp")) {
        assert!(left.contains_key(&format!("team/covid/{key}")), "{key}");
    }
}

#[test]
fn keys_that_are_not_ours_are_extra_and_no_fault() {
    let bucket = Bucket::new();
    bucket.ctlake(&["run", "dataset"]).ok();
    bucket.litter();
    bucket
        .server
        .overwrite("team/covid/landing/CT-2A/2A_images/strange.png", "x");
    assert_snapshot!(bucket.ctlake(&["verify"]).ok().stderr(), @"
    CT-2A: 166 files ([SIZE]) in the manifest, 0 faults
    extra: 25 files and folders that no command reads; leave, remove or look into:
      aws s3 rm 's3://lake/team/covid/landing/CT-2A/'
      aws s3 rm 's3://lake/team/covid/landing/CT-2A/../w.png'
      aws s3 rm 's3://lake/team/covid/landing/CT-2A/./z.png'
      aws s3 rm 's3://lake/team/covid/landing/CT-2A//y.png'
      aws s3 rm 's3://lake/team/covid/landing/CT-2A/2A_images/'
      … and 18 more: `ctlake verify --json` names up to 1,000
      aws s3 ls --recursive 's3://lake/team/covid/landing//'
      aws s3 ls --recursive 's3://lake/team/covid/landing/notes/'
    unrecorded: 1 file of a release is in no manifest; `ctlake ingest` records what its source has
      landing/CT-2A/2A_images/strange.png
    sound: every file is there and as it was recorded
    ");
    let said = bucket.ctlake(&["verify", "--deep", "--json"]).ok();
    let summary = &said.json_lines().pop().unwrap()["summary"];
    assert_eq!(summary["sound"], true);
    assert_eq!(summary["releases"][0]["extras"]["count"], 9);
    let named = summary["releases"][0]["extras"]["named"]
        .as_array()
        .unwrap();
    let tab = named
        .iter()
        .find(|extra| extra["path"] == r"landing/CT-2A/2A_images/a\tb.png")
        .unwrap();
    assert_eq!(
        tab["command"],
        r"aws s3 rm $'s3://lake/team/covid/landing/CT-2A/2A_images/a\011b.png'"
    );
}

#[test]
fn what_is_damaged_is_a_fault_beside_extras_too() {
    let bucket = Bucket::new();
    bucket.ctlake(&["ingest", "dataset"]).ok();
    bucket.litter();
    let objects = bucket.server.objects();
    let image = objects
        .keys()
        .find(|key| key.as_bytes().ends_with(b".png") && key.contains("2A_images/NCP"))
        .unwrap();
    assert!(bucket.server.remove(image));
    let said = bucket.ctlake(&["verify", "--json"]).fails(3);
    let summary = &said.json_lines().pop().unwrap()["summary"];
    assert_eq!(summary["releases"][0]["faults"][0]["fault"], "missing");
    assert_eq!(
        summary["releases"][0]["faults"].as_array().unwrap().len(),
        1
    );
    bucket.ctlake(&["ingest", "dataset"]).ok();
    bucket.ctlake(&["verify", "--deep"]).ok();
}

#[test]
fn a_file_that_athena_would_read_with_a_table_is_told_apart() {
    let bucket = Bucket::new();
    bucket.ctlake(&["run", "dataset"]).ok();
    let objects = bucket.server.objects();
    let file = objects
        .keys()
        .find(|key| key.contains("/curated/ct_slices/"))
        .unwrap();
    let folder = file.rsplit_once('/').unwrap().0;
    bucket
        .server
        .overwrite(&format!("{folder}/copy.parquet"), "x");
    assert_snapshot!(bucket.ctlake(&["verify"]).ok().stderr(), @"
    CT-2A: 166 files ([SIZE]) in the manifest, 0 faults
    extra in tables: 1 file that the log doesn't name and Athena reads; to remove:
      aws s3 rm 's3://lake/team/covid/curated/ct_slices/[SNAPSHOT]/country=China/sex=F/diagnosis=COVID-19/copy.parquet'
    sound: every file is there and as it was recorded
    ");
}

#[test]
fn files_of_which_nothing_is_recorded_are_not_sound() {
    let lake = Lake::temp();
    let dataset = Dataset::sample(&small_sample(1));
    dataset.write(&lake.path("lake/landing/CT-2A"));
    assert_snapshot!(lake.ctlake(["verify"]).fails(3).stderr(), @"
    CT-2A: 0 files (0 B) in the manifest, 0 faults
      166 files are there, and nothing is recorded of the release
    next: `ctlake ingest` from the source of the files: it compares them and records them
    ");
}

#[test]
fn a_server_that_does_not_encode_keys_is_listed() {
    let bucket = Bucket::new();
    bucket.server.faults(Faults {
        lacks: vec![Lack::EncodedKeys],
        ..Faults::default()
    });
    bucket
        .server
        .overwrite("team/covid/landing/CT-2A/100%+1 (ä).txt", "x");
    bucket
        .server
        .overwrite("team/covid/landing/CT-2A//y.png", "x");
    bucket.ctlake(&["run", "dataset"]).ok();
    let said = bucket.ctlake(&["verify"]).ok();
    assert!(
        said.stderr()
            .contains("'s3://lake/team/covid/landing/CT-2A/100%+1 (ä).txt'"),
        "{said}"
    );
}

#[test]
fn a_listing_that_breaks_off_does_not_look_like_missing_files() {
    let bucket = Bucket::new();
    bucket.ctlake(&["ingest", "dataset"]).ok();
    for number in 0..1000 {
        let key = format!("team/covid/landing/CT-2A/.notes/{number}");
        bucket.server.overwrite(&key, "x");
    }
    bucket.ctlake(&["verify"]).ok();
    bucket.server.faults(Faults {
        lacks: vec![Lack::NextPages],
        ..Faults::default()
    });
    assert_snapshot!(bucket.ctlake(&["verify"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot list `landing/CT-2A`
      because: the store broke a listing off: it says that there is more, and gives no new `NextContinuationToken`

    hint: run the same command again; if it ends so too, this store can't be relied on to list: use another version of its server
    ");
    bucket.server.faults(Faults::default());
    bucket.ctlake(&["verify"]).ok();
}

#[test]
fn no_name_in_a_folder_stops_a_command() {
    let dataset = Dataset::sample(&small_sample(1));
    let lake = Lake::temp();
    lake.place(&dataset);
    let root = lake.path("lake");
    let litter = || {
        for folder in [
            "landing/notes",
            "landing/CT-2A/2A_images",
            "curated/patients",
            "_ctlake/log/old",
            "_ctlake/log/00000000000000000009.json",
            "_ctlake/manifest/CT-2A/old",
            "_ctlake/projections/old",
            "_ctlake/tmp",
        ] {
            let folder = root.join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(OsStr::from_bytes(b"odd\xff")), "x").unwrap();
            fs::write(folder.join("new\nline"), "x").unwrap();
            fs::write(folder.join("two#2"), "x").unwrap();
            fs::write(folder.join(".DS_Store"), "x").unwrap();
            let _ = symlink("nowhere", folder.join("broken"));
            let _ = symlink("..", folder.join("loop"));
        }
        for name in ["foo.json", "7.json", "00000000000000000007.json.bak"] {
            fs::write(root.join("_ctlake/log").join(name), "x").unwrap();
        }
        fs::write(root.join("_ctlake/log/old/00000000000000000008.json"), "x").unwrap();
        fs::write(root.join("landing/CT-2A/README.md"), "read me").unwrap();
    };
    litter();
    lake.ctlake(["run", "dataset"]).ok();
    litter();
    let again = lake.ctlake(["ingest", "dataset", "--json"]).ok();
    let summary = &again.json_lines().pop().unwrap()["summary"];
    assert_eq!(summary["stored"]["files"], 0, "{summary}");
    lake.ctlake(["build", "--force"]).ok();
    lake.ctlake(["status"]).ok();
    lake.ctlake(["snapshots", "list"]).ok();
    lake.ctlake(["doctor"]).ok();
    lake.ctlake(["register", "--format", "iceberg"]).ok();
    lake.ctlake(["register", "--format", "delta"]).ok();
    litter();
    lake.ctlake(["register", "--format", "delta"]).ok();
    assert_snapshot!(lake.ctlake(["verify"]).ok().stderr(), @r"
    CT-2A: 166 files ([SIZE]) in the manifest, 0 faults
    extra: 44 files and folders that no command reads; leave, remove or look into:
      rm '[DIR]/lake/landing/CT-2A/2A_images/.DS_Store'
      rm '[DIR]/lake/landing/CT-2A/2A_images/broken'
      rm $'[DIR]/lake/landing/CT-2A/2A_images/new\012line'
      rm $'[DIR]/lake/landing/CT-2A/2A_images/odd\377'
      rm '[DIR]/lake/landing/CT-2A/2A_images/two#2'
      … and 31 more: `ctlake verify --json` names up to 1,000
      ls -la '[DIR]/lake/landing/CT-2A/2A_images/loop'
      ls -la '[DIR]/lake/_ctlake/log/00000000000000000009.json/loop'
      ls -la '[DIR]/lake/_ctlake/log/old/loop'
      ls -la '[DIR]/lake/_ctlake/manifest/CT-2A/old/loop'
      ls -la '[DIR]/lake/_ctlake/projections/old/loop'
      … and 3 more: `ctlake verify --json` names up to 1,000
    sound: every file is there and as it was recorded
    ");
    lake.ctlake(["snapshots", "expire", "--keep", "1", "--older-than", "0s"])
        .ok();
    assert_eq!(lake.ctlake(["snapshots", "list"]).ok().code, Some(0));
}

#[test]
fn a_folder_that_nobody_may_open_is_passed_over_unless_it_hides_files_of_the_lake() {
    if is_root() {
        println!("skipped: no permission stops root");
        return;
    }
    let dataset = Dataset::sample(&small_sample(1));
    let lake = Lake::temp();
    lake.place(&dataset);
    lake.ctlake(["run", "dataset"]).ok();
    let close = |folder: &str, mode: u32| {
        let folder = lake.path("lake").join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    };
    let foreign = [
        "landing/lost+found",
        "landing/CT-2A/private",
        "curated/lost+found",
        "_ctlake/log/private",
        "_ctlake/tmp/private",
    ];
    for folder in foreign {
        close(folder, 0o000);
    }
    for args in [
        &["ingest", "dataset"][..],
        &["build"],
        &["status"],
        &["verify"],
        &["snapshots", "list"],
        &["snapshots", "expire", "--keep", "1", "--older-than", "0s"],
    ] {
        lake.ctlake(args).ok();
    }
    let images = "landing/CT-2A/2A_images";
    close(images, 0o000);
    for args in [&["verify"][..], &["ingest", "dataset"]] {
        let said = lake.ctlake(args).fails(1);
        assert!(
            said.stderr()
                .starts_with("error: cannot list `landing/CT-2A/2A_images`"),
            "{said}"
        );
    }
    close(images, 0o755);
    for folder in foreign {
        close(folder, 0o755);
    }
    lake.ctlake(["verify"]).ok();
}
