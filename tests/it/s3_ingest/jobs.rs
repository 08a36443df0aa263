//! The main job on S3, and what it asks of the store.

use super::{Ground, LAKE, PREFIX, files};
use crate::support::s3::{BUCKET, Operation};

#[test]
fn a_second_run_puts_nothing() {
    let ground = Ground::new();
    let first = ground.ingest(&[], 0);
    assert_eq!(files(&first, "stored"), ground.files);
    assert_eq!(first["stored"]["bytes"], ground.bytes);
    assert_eq!(first["retries"], 0);
    ground.check_whole();
    ground.server.reset_requests();
    let second = ground.ingest(&[], 0);
    assert_eq!(files(&second, "kept"), ground.files);
    let requests = ground.server.requests();
    assert_eq!(requests.count(Operation::PutObject), 0);
    assert_eq!(requests.count(Operation::HeadObject), 0);
    // `lake.json` twice and the sealed manifest; the landing zone and the manifest listed.
    assert!(requests.iter().count() <= 10, "{requests:?}");
}

#[test]
fn every_body_carries_its_checksum() {
    let ground = Ground::new();
    ground.ingest(&[], 0);
    for request in ground.server.requests().of(Operation::PutObject) {
        if request.key.contains("/landing/") {
            assert!(
                request.headers.contains_key("x-amz-checksum-crc32"),
                "{request:?}"
            );
            assert!(request.headers.contains_key("content-md5"), "{request:?}");
        }
    }
}

#[test]
fn what_is_missing_is_brought_with_few_requests() {
    let ground = Ground::new();
    ground.ingest(&[], 0);
    let objects = ground.server.objects();
    let images = objects.keys().filter(|key| key.contains("2A_images/"));
    let gone: Vec<&String> = images.step_by(7).collect();
    for key in &gone {
        assert!(ground.server.remove(key));
    }
    ground.server.reset_requests();
    let next = ground.ingest(&[], 0);
    assert_eq!(files(&next, "stored"), gone.len());
    assert_eq!(ground.file_puts(), gone.len());
    let others = ground.server.requests().iter().count() - gone.len();
    assert!(others <= 25, "{others} requests besides");
    ground.check_whole();
}

#[test]
fn eight_shards_make_a_whole_and_one_that_died_is_run_again() {
    let ground = Ground::new();
    let shard = |index: usize| format!("{index}/8");
    let children: Vec<_> = (0..8)
        .filter(|&index| index != 5)
        .map(|index| {
            let args = ["ingest", "dataset.zip", "-q", "--shard", &shard(index)];
            ground.command(&args).spawn().expect("it starts")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    let build = ground.ctlake(&["build"]).fails(1);
    assert!(
        build
            .stderr()
            .contains("the landing zone of `CT-2A` is not complete"),
        "{}",
        build.stderr()
    );
    let last = ground.ingest(&["--shard", &shard(5)], 0);
    assert_eq!(last["missing"], 0);
    assert!(files(&last, "stored") > 0);
    ground.check_whole();
    ground.ctlake(&["build"]).ok();
}

#[test]
fn a_job_takes_its_shard_from_its_environment() {
    let ground = Ground::new();
    let args = ["ingest", "dataset.zip", "--shards", "4", "--json"];
    let mut command = ground.command(&args);
    command.env("JOB_COMPLETION_INDEX", "3");
    let summary = ground.lake.run(command).ok().json_lines().pop().unwrap();
    assert_eq!(summary["summary"]["shard"]["index"], 3);
    let none = ground.ctlake(&args).fails(2);
    assert!(
        none.stderr()
            .contains("hint: name the stretch: `--shard 0/4`")
    );
}

#[test]
fn labels_alone_are_complete() {
    let ground = Ground::new();
    let summary = ground.ingest(&["--only", "*.txt", "--only", "metadata.csv"], 0);
    assert_eq!((files(&summary, "stored"), ground.landed()), (4, 4));
    ground.ctlake(&["build"]).ok();
}

#[test]
fn a_plan_says_what_it_costs_and_does_nothing() {
    let ground = Ground::new();
    let plan = ground.ctlake(&["ingest", "dataset.zip", "--dry-run"]).ok();
    assert!(
        plan.stdout().contains(&format!("{} files", ground.files)),
        "{}",
        plan.stdout()
    );
    assert!(
        plan.stdout().contains(" PUT, 2 LIST: about $0.00;"),
        "{}",
        plan.stdout()
    );
    assert!(ground.server.objects().is_empty());
    assert_eq!(ground.server.requests().count(Operation::PutObject), 0);
}

#[test]
fn build_snapshots_and_path_work_unchanged() {
    let ground = Ground::new();
    ground.ingest(&[], 0);
    let built = ground.ctlake(&["build", "--json"]).ok();
    let summary = &built.json_lines().pop().unwrap()["summary"];
    let count = |name: &str| summary["counts"][name].as_u64().unwrap();
    // The sample has one label without an image.
    assert_eq!(count("slices_in_landing") + 1, count("slices"));
    let snapshot = summary["snapshot"].as_str().unwrap();
    let path = ground.ctlake(&["path", "ct_slices"]).ok();
    assert_eq!(
        path.raw_stdout(),
        format!("{LAKE}/curated/ct_slices/{snapshot}\n")
    );
    // Nothing has changed: nothing is built. Forced, then rolled back, then expired.
    let again = ground.ctlake(&["build"]).ok();
    assert!(again.stderr().contains("up to date"), "{}", again.stderr());
    ground.ctlake(&["build", "--force"]).ok();
    ground.ctlake(&["snapshots", "rollback", "1"]).ok();
    ground
        .ctlake(&["snapshots", "expire", "--keep", "1", "--older-than", "0s"])
        .ok();
    let list = ground
        .ctlake(&["snapshots", "list", "--format", "json"])
        .ok();
    let list = list.json();
    let current: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["current"] == true)
        .collect();
    assert_eq!(
        (current.len(), &current[0]["snapshot"]),
        (1, &snapshot.into())
    );
    for key in ground
        .server
        .objects()
        .keys()
        .filter(|key| key.contains("/curated/"))
    {
        assert!(key.contains(snapshot), "{key} is left of {BUCKET}");
    }
}

#[test]
fn image_keys_are_those_of_the_bucket() {
    let ground = Ground::new();
    ground.ingest(&[], 0);
    ground.ctlake(&["build"]).ok();
    let objects = ground.server.objects();
    let cover = format!("{PREFIX}/landing/CT-2A/2A_images/");
    assert!(objects.keys().any(|key| key.starts_with(&cover)));
    #[cfg(feature = "sql")]
    {
        let sql = "SELECT image_key FROM ct_slices WHERE in_landing";
        let keys = ground.ctlake(&["sql", sql, "--format", "csv"]).ok();
        let mut keys: Vec<&str> = keys.raw_stdout().lines().skip(1).collect();
        keys.sort_unstable();
        keys.dedup();
        assert!(!keys.is_empty());
        for key in keys {
            assert!(objects.contains_key(key), "{key}");
        }
    }
}

#[cfg(feature = "sql")]
#[test]
fn sql_reads_partitions_that_polars_can_not_name() {
    use crate::support::Dataset;
    let ground = Ground::new();
    let dataset = Dataset::small()
        .patient("NCP_90,CNCB,Côte d'Ivoire,F,40,NCP,Yes,Automatic,Axial,CT")
        .patient("NCP_91,CNCB,South Korea,F,41,NCP,Yes,Automatic,Axial,CT");
    dataset.write(&ground.lake.path("folder"));
    ground.ctlake(&["ingest", "folder"]).ok();
    ground.ctlake(&["build"]).ok();
    let sql = "SELECT country, COUNT(*) AS patients FROM patients WHERE country IN ('Côte d''Ivoire', 'South Korea', 'China') GROUP BY country ORDER BY country";
    // A count of everything is one of each partition, added up.
    let all = ground
        .ctlake(&["sql", "SELECT COUNT(*) AS slices FROM ct_slices"])
        .ok();
    assert_eq!(all.raw_stdout(), "slices\n6\n");
    let answer = ground.ctlake(&["sql", sql]).ok();
    assert!(
        answer
            .raw_stdout()
            .contains("Côte d'Ivoire,1\nSouth Korea,1\n"),
        "{}",
        answer.raw_stdout()
    );
    let joined = "SELECT COUNT(*) AS slices FROM ct_slices JOIN patients USING (patient_id)";
    assert_eq!(
        ground.ctlake(&["sql", joined]).ok().raw_stdout(),
        "slices\n6\n"
    );
}
