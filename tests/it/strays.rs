//! Names below a lake that ctlake could not have written: no command stops at them, none takes them for its own, `verify` names them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use insta::{allow_duplicates, assert_snapshot};

use crate::support::dataset::small_sample;
use crate::support::lake::is_root;
use crate::support::s3::{Faults, Lack, S3Server};
use crate::support::{Dataset, Lake, Outcome};

const LAKE: &str = "s3://lake/team/covid";

/// Keys that other programs, consoles and slips of the hand leave in a bucket, below the lake.
const KEYS: [(&str, &str); 32] = [
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
    ("_ctlake/manifest/CT-2A/README", "read me"),
    ("_ctlake/log/00000000000000000000.json", "x"),
    ("iceberg/README", "read me"),
    ("iceberg//x", "x"),
    ("landing/CT-3A/", ""),
    ("landing/CT-4A/README", "read me"),
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
    extra: 32 files and folders that no command reads; leave, remove or look into:
      aws s3 rm 's3://lake/team/covid/landing/CT-2A/'
      aws s3 rm 's3://lake/team/covid/landing/CT-2A/../w.png'
      aws s3 rm 's3://lake/team/covid/landing/CT-2A/./z.png'
      aws s3 rm 's3://lake/team/covid/landing/CT-2A//y.png'
      aws s3 rm 's3://lake/team/covid/landing/CT-2A/2A_images/'
      … and 23 more: `ctlake verify --json` names up to 1,000
      aws s3 ls --recursive 's3://lake/team/covid//'
      aws s3 ls --recursive 's3://lake/team/covid/landing//'
      aws s3 ls --recursive 's3://lake/team/covid/landing/CT-4A/'
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
    extra: 48 files and folders that no command reads; leave, remove or look into:
      rm '[DIR]/lake/landing/CT-2A/2A_images/.DS_Store'
      rm '[DIR]/lake/landing/CT-2A/2A_images/broken'
      rm '[DIR]/lake/landing/CT-2A/2A_images/loop'
      rm $'[DIR]/lake/landing/CT-2A/2A_images/new\012line'
      rm $'[DIR]/lake/landing/CT-2A/2A_images/odd\377'
      … and 42 more: `ctlake verify --json` names up to 1,000
      ls -la '[DIR]/lake/landing/notes/'
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

/// The paths that `verify` names as extra, and the command for each.
fn extras(verified: &Outcome) -> BTreeMap<String, String> {
    let summary = &verified.json_lines().pop().unwrap()["summary"];
    let releases = summary["releases"].as_array().unwrap().iter();
    let parts = releases.map(|release| &release["extras"]);
    parts
        .chain([&summary["elsewhere"]])
        .flat_map(|extras| extras["named"].as_array().unwrap())
        .map(|extra| {
            let text = |name: &str| extra[name].as_str().unwrap_or_default().to_owned();
            (text("path"), text("command"))
        })
        .collect()
}

/// A lake in a folder with the sample published.
fn published() -> Lake {
    let lake = Lake::temp();
    lake.place(&Dataset::sample(&small_sample(1)));
    lake.ctlake(["run", "dataset"]).ok();
    lake
}

/// Runs the commands that `verify` gives.
fn obey(commands: &BTreeMap<String, String>) {
    for command in commands.values() {
        let done = Command::new("bash").args(["-c", command]).output().unwrap();
        assert!(done.status.success(), "{command}: {done:?}");
    }
}

#[test]
fn nothing_behind_a_link_is_offered_for_removal_or_removed() {
    let lake = published();
    let root = lake.path("lake");
    let victim = lake.path("victim");
    fs::create_dir(&victim).unwrap();
    fs::write(victim.join("thesis.docx"), "x").unwrap();
    fs::write(victim.join("part-00000.parquet"), "x").unwrap();
    let snapshot = lake.log()[0]["snapshot"].as_str().unwrap().to_owned();
    let links = [
        "landing/CT-2A/2A_images/more".to_owned(),
        "landing/CT-2A/notes".to_owned(),
        "landing/CT-5A".to_owned(),
        "landing/notes".to_owned(),
        format!("curated/ct_slices/{snapshot}/notes"),
        "curated/old".to_owned(),
        "_ctlake/tmp/notes".to_owned(),
        "_ctlake/notes".to_owned(),
        "iceberg/notes".to_owned(),
        "notes".to_owned(),
    ];
    fs::create_dir_all(root.join("iceberg")).unwrap();
    for link in &links {
        fs::create_dir_all(root.join(link).parent().unwrap()).unwrap();
        symlink(&victim, root.join(link)).unwrap();
    }
    symlink(
        victim.join("thesis.docx"),
        root.join("landing/CT-2A/thesis.docx"),
    )
    .unwrap();
    let named = extras(&lake.ctlake(["verify", "--json"]).ok());
    let mut expected: Vec<&str> = links.iter().map(String::as_str).collect();
    expected.push("landing/CT-2A/thesis.docx");
    expected.sort_unstable();
    assert_eq!(named.keys().collect::<Vec<_>>(), expected);
    lake.ctlake(["build", "--force"]).ok();
    lake.ctlake(["snapshots", "expire", "--keep", "1", "--older-than", "0s"])
        .ok();
    assert_eq!(fs::read_dir(&victim).unwrap().count(), 2);
    let named = extras(&lake.ctlake(["verify", "--json"]).ok());
    obey(&named);
    assert_eq!(
        extras(&lake.ctlake(["verify", "--json"]).ok()),
        BTreeMap::new()
    );
    assert_eq!(fs::read_dir(&victim).unwrap().count(), 2);
}

#[test]
fn parts_of_a_lake_may_be_links_to_another_disk() {
    let lake = published();
    let status = lake.ctlake(["status"]).ok();
    let disk = lake.path("disk");
    fs::create_dir(&disk).unwrap();
    for (number, folder) in [
        "landing/CT-2A/2A_images",
        "landing/CT-2A",
        "landing",
        "curated/ct_slices",
        "curated",
        "_ctlake/log",
    ]
    .into_iter()
    .enumerate()
    {
        let place = disk.join(number.to_string());
        fs::rename(lake.path("lake").join(folder), &place).unwrap();
        // What lies at the top of a release is one of its files.
        if folder != "landing/CT-2A" {
            fs::write(place.join("thesis.docx"), "x").unwrap();
        }
        symlink(&place, lake.path("lake").join(folder)).unwrap();
        assert_eq!(lake.ctlake(["status"]).ok(), status, "{folder}");
        let verified = lake.ctlake(["verify", "--deep", "--json"]).ok();
        for command in extras(&verified).values() {
            assert!(!command.starts_with("rm"), "{folder}: {command}");
        }
    }
    lake.ctlake(["build", "--force"]).ok();
    lake.ctlake(["snapshots", "expire", "--keep", "1", "--older-than", "0s"])
        .ok();
    assert!(disk.join("3/thesis.docx").exists());
    // A disk that is not mounted is not 160 files that are missing.
    fs::remove_file(lake.path("disk/1/2A_images")).unwrap();
    symlink("nowhere", lake.path("disk/1/2A_images")).unwrap();
    assert_snapshot!(lake.ctlake(["verify"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot list `landing/CT-2A/2A_images`: it is a symbolic link that leads to no folder

    hint: mount the disk that it leads to, or let it lead to the right folder: `ln -sfn FOLDER LINK`
    ");
}

#[test]
fn a_folder_of_no_release_blocks_nothing() {
    let lake = published();
    let status = lake.ctlake(["status"]).ok();
    let landing = lake.path("lake/landing");
    fs::create_dir(landing.join("CT-3A")).unwrap();
    fs::create_dir(landing.join("CT-4A")).unwrap();
    fs::write(landing.join("CT-4A/README"), "read me").unwrap();
    let copied = Command::new("cp")
        .arg("-r")
        .arg(landing.join("CT-2A"))
        .arg(landing.join("CT-2A-backup"))
        .status();
    assert!(copied.unwrap().success());
    assert_eq!(lake.ctlake(["status"]).ok(), status);
    lake.ctlake(["build"]).ok();
    lake.ctlake(["build", "--force"]).ok();
    lake.ctlake(["run", "dataset"]).ok();
    let said = lake.ctlake(["build", "--release", "CT-3A"]).fails(1);
    assert_snapshot!(said.stderr(), @"
    error: expected release `CT-3A` in the landing zone, found `CT-2A`

    hint: name one: `--release CT-2A`
    ");
    assert_snapshot!(lake.ctlake(["verify"]).ok().stderr(), @"
    CT-2A: 166 files ([SIZE]) in the manifest, 0 faults
    extra: 3 files and folders that no command reads; leave, remove or look into:
      rmdir '[DIR]/lake/landing/CT-3A/'
      ls -la '[DIR]/lake/landing/CT-2A-backup/'
      ls -la '[DIR]/lake/landing/CT-4A/'
    sound: every file is there and as it was recorded
    ");
    // Who names it means it.
    lake.ctlake(["build", "--release", "CT-2A-backup"]).ok();
    let lake = Lake::temp();
    fs::create_dir_all(lake.path("lake/landing/CT-3A")).unwrap();
    assert_snapshot!(lake.ctlake(["build"]).fails(1).stderr(), @"
    error: the landing zone of lake `./lake` has no release: expected a folder with label files, or of which a manifest tells, found `CT-3A`

    hint: put a dataset there first: `ctlake ingest FOLDER --lake ./lake`
    ");
}

#[test]
fn a_file_in_the_log_that_is_no_entry_is_passed_over_or_named() {
    let lake = published();
    let log = lake.path("lake/_ctlake/log");
    fs::write(log.join("00000000000000000000.json"), "x").unwrap();
    lake.ctlake(["build"]).ok();
    lake.ctlake(["snapshots", "list"]).ok();
    let named = extras(&lake.ctlake(["verify", "--json"]).ok());
    assert_eq!(
        named.keys().collect::<Vec<_>>(),
        ["_ctlake/log/00000000000000000000.json"]
    );
    fs::write(log.join("00000000000000000009.json"), "x").unwrap();
    for args in [
        &["status"][..],
        &["snapshots", "list"],
        &["verify"],
        &["build"],
    ] {
        let said = lake.ctlake(args).fails(1);
        allow_duplicates!(assert_snapshot!(said.stderr(), @"
        error: `_ctlake/log/00000000000000000009.json` is no entry of the log: it does not follow entry 1
          because: expected value at line 1 column 1

        hint: ctlake has not written it under this name: look at it, `cat '[DIR]/lake/_ctlake/log/00000000000000000009.json'`, and remove it, `rm '[DIR]/lake/_ctlake/log/00000000000000000009.json'`
        "));
    }
    fs::remove_file(log.join("00000000000000000009.json")).unwrap();
    // With a copy as the highest entry, no later one could be published.
    fs::copy(
        log.join("00000000000000000001.json"),
        log.join("00000000000000000002.json"),
    )
    .unwrap();
    let said = lake.ctlake(["build", "--force"]).fails(1);
    assert!(
        said.stderr().starts_with(
            "error: `_ctlake/log/00000000000000000002.json` is no entry of the log: it says that it is entry 1\n"
        ),
        "{said}"
    );
}

#[test]
fn whatever_ctlake_could_not_have_written_is_named_wherever_it_is() {
    let lake = published();
    lake.ctlake(["register", "--format", "iceberg"]).ok();
    lake.ctlake(["register", "--format", "delta"]).ok();
    lake.ctlake(["build", "--force"]).ok();
    lake.ctlake(["snapshots", "expire", "--keep", "1", "--older-than", "0s"])
        .ok();
    assert_eq!(
        extras(&lake.ctlake(["verify", "--json"]).ok()),
        BTreeMap::new()
    );
    let root = lake.path("lake");
    let files = [
        "README",
        "a\\b",
        "_ctlake/README",
        "_ctlake/manifest/README",
        "_ctlake/manifest/CT-2A/README",
        "_ctlake/projections/README",
        "curated/README",
        "curated/patients/README",
        "curated/patients/_delta_log/_last_checkpoint",
        "iceberg/README",
        "iceberg/patients/metadata/00001-b.metadata.json",
    ];
    for name in files {
        fs::write(root.join(name), "x").unwrap();
    }
    fs::write(root.join(OsStr::from_bytes(b"\xfe")), "x").unwrap();
    let folders = [
        "_ctlake/manifest/NOTREL",
        "curated/empty",
        "landing/CT-2A/empty",
    ];
    for name in folders {
        fs::create_dir(root.join(name)).unwrap();
    }
    let named = extras(&lake.ctlake(["verify", "--json"]).ok());
    let mut expected = [&files[..], &folders, &["\\xfe"]].concat();
    expected.sort_unstable();
    assert_eq!(named.keys().collect::<Vec<_>>(), expected);
    obey(&named);
    // What may be somebody's is shown, not removed.
    let left = extras(&lake.ctlake(["verify", "--json"]).ok());
    assert_eq!(
        left.keys().collect::<Vec<_>>(),
        [
            "README",
            "a\\b",
            "curated/patients/_delta_log/_last_checkpoint",
            "iceberg/patients/metadata/00001-b.metadata.json"
        ]
    );
}
