//! From a lake on S3: what fails there, what is killed, and signed URLs.

use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::{ALL, names};
use crate::support::dataset::small_sample;
use crate::support::s3::{Fault, Faults, Operation, S3Server, Share};
use crate::support::{Dataset, Lake, Outcome, seeds, signal};

const LAKE: &str = "s3://lake/team/covid";
const LANDED: &str = "team/covid/landing/CT-2A/2A_images/";
/// Every image once: the sample names one on two lines, and lacks the image of another.
const EACH: &str = "SELECT DISTINCT image_key FROM ct_slices WHERE in_landing";

/// A server with a lake of the sample, built.
struct Ground {
    server: S3Server,
    lake: Lake,
    images: usize,
}

impl Ground {
    fn new() -> Self {
        let lake = Lake::temp();
        lake.place(&Dataset::sample(&small_sample(1)));
        let mut ground = Self {
            server: S3Server::start(),
            lake,
            images: 0,
        };
        ground.ctlake(&["ingest", "dataset"]).ok();
        ground.ctlake(&["build"]).ok();
        let each = ground.ctlake(&["sql", EACH]).ok();
        ground.images = each.raw_stdout().lines().count() - 1;
        ground.server.reset_requests();
        ground
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

    fn ctlake(&self, args: &[&str]) -> Outcome {
        self.lake.run(self.command(args))
    }

    /// Downloads each image to `cohort`; gives the summary.
    #[track_caller]
    fn download(&self, args: &[&str], code: i32) -> Value {
        let args = [&["images", EACH, "--out", "cohort", "--json"], args].concat();
        let last = self.ctlake(&args).exits(code).json_lines().pop();
        last.expect("a summary")["summary"].clone()
    }

    fn gets(&self) -> usize {
        let requests = self.server.requests();
        let gets = requests.of(Operation::GetObject);
        gets.filter(|request| request.key.starts_with(LANDED))
            .count()
    }

    /// Faults of the GETs of images.
    fn faults(&self, faults: Faults) {
        self.server.faults(Faults {
            seed: 7,
            on: vec![Operation::GetObject],
            under: LANDED.to_owned(),
            ..faults
        });
    }

    /// How many files there are in `cohort`; each is whole.
    #[track_caller]
    fn check_files(&self) -> usize {
        let names = names(&self.lake, "cohort");
        for name in names.lines() {
            let object = self.server.object(&format!("{LANDED}{name}"));
            let file = std::fs::read(self.lake.path("cohort").join(name)).unwrap();
            assert_eq!(file, object.unwrap(), "{name}");
        }
        names.lines().count()
    }

    /// A download of which one request is never answered, once it has sent `asked`.
    fn stuck(&self, asked: usize) -> Child {
        self.faults(Faults {
            stuck: Share::First(1),
            ..Faults::default()
        });
        let child = self
            .command(&["images", EACH, "--out", "cohort", "--concurrency", "4"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        self.server.wait_for(Operation::GetObject, LANDED, asked);
        child
    }
}

#[test]
fn one_request_an_image_and_none_for_what_is_there() {
    let ground = Ground::new();
    let plan = ground
        .ctlake(&["images", EACH, "--out", "cohort", "-n"])
        .ok();
    assert_snapshot!(plan, @"
    exit 0
    --- stdout
    cohort: 161 images ([SIZE]) to fetch; 0 images (0 B) there already
    requests: 161 GET: about $0.00; transfer: about $0.00 if it leaves AWS, none within the bucket's region (list prices of us-east-1, June 2025)
    ");
    assert_eq!(ground.gets(), 0);
    let summary = ground.download(&[], 0);
    assert_eq!(summary["fetched"], ground.images, "{summary}");
    assert_eq!(ground.gets(), ground.images);
    assert_eq!(ground.check_files(), ground.images);
    let summary = ground.download(&[], 0);
    assert_eq!(summary["kept"], ground.images, "{summary}");
    assert_eq!(ground.gets(), ground.images);
    // Nothing was written to the lake.
    assert_eq!(ground.server.requests().count(Operation::PutObject), 0);
}

#[test]
fn a_store_that_is_busy_and_connections_that_break() {
    let ground = Ground::new();
    ground.faults(Faults {
        slow_down: Share::Of(0.1),
        internal_error: Share::Of(0.05),
        reset: Share::Of(0.1),
        stuck: Share::Nth(9),
        ..Faults::default()
    });
    let summary = ground.download(&["--request-timeout", "1s"], 0);
    assert_eq!(summary["fetched"], ground.images, "{summary}");
    assert!(summary["retries"].as_u64().unwrap() > 5, "{summary}");
    let requests = ground.server.requests();
    assert!(requests.hit(Fault::SlowDown) > 0 && requests.hit(Fault::Reset) > 0);
    assert_eq!(ground.check_files(), ground.images);
}

#[test]
fn a_damaged_body_is_read_again_and_then_named() {
    let ground = Ground::new();
    let objects = ground.server.objects();
    let mut keys = objects.keys().filter(|key| key.starts_with(LANDED));
    let (damaged, longer, gone) = (
        keys.next().unwrap(),
        keys.next().unwrap(),
        keys.next().unwrap(),
    );
    let mut body = ground.server.object(damaged).unwrap().to_vec();
    body[100] ^= 1;
    ground.server.overwrite(damaged, body);
    ground.server.overwrite(longer, vec![0; 5_000_000]);
    assert!(ground.server.remove(gone));
    let summary = ground.download(&[], 3);
    let failed = summary["failed"].as_array().unwrap();
    let reasons: Vec<String> = failed
        .iter()
        .map(|failed| failed["reason"].as_str().unwrap().to_owned())
        .collect();
    assert!(reasons[0].starts_with("expected CRC-32 "), "{reasons:?}");
    assert!(reasons[1].ends_with("found 5000000"), "{reasons:?}");
    assert_eq!(reasons[2], "missing");
    assert_eq!(failed[0]["image_key"], **damaged);
    assert_eq!(summary["fetched"], ground.images - 3, "{summary}");
    let requests = ground.server.requests();
    let asked = |key: &str| {
        let gets = requests.of(Operation::GetObject);
        gets.filter(|request| request.key == key).count()
    };
    assert_eq!([damaged, longer, gone].map(|key| asked(key)), [3, 3, 1]);
}

#[test]
fn a_store_that_refuses_everything_ends_it_at_once() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        deny: vec![Operation::GetObject],
        under: LANDED.to_owned(),
        ..Faults::default()
    });
    let said = ground
        .ctlake(&["images", EACH, "--out", "cohort", "--concurrency", "2"])
        .fails(1);
    assert!(said.stderr().contains("hint: `ctlake doctor`"), "{said}");
    assert!(ground.gets() < 10, "{}", ground.gets());
}

#[test]
fn killed_at_random_points_and_run_again() {
    for seed in 0..seeds() {
        let ground = Ground::new();
        let mut dice = StdRng::seed_from_u64(seed);
        let mut child = ground.stuck(dice.random_range(1..ground.images));
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        ground.server.disconnect();
        let there = ground.check_files();
        assert!(there < ground.images);
        ground.server.faults(Faults::default());
        ground.server.reset_requests();
        let summary = ground.download(&[], 0);
        assert_eq!(summary["kept"], there, "{summary}");
        assert_eq!(ground.gets(), ground.images - there);
        assert_eq!(ground.check_files(), ground.images);
    }
}

#[test]
fn ctrl_c_leaves_whole_files_only() {
    let ground = Ground::new();
    let child = ground.stuck(20);
    signal("INT", &child);
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("error: stopped: "), "{said}");
    assert!(
        said.contains("hint: the same command again goes on from there"),
        "{said}"
    );
    assert!(ground.check_files() < ground.images);
    assert!(!ground.lake.path("cohort/.ctlake-parts").exists());
}

#[tokio::test]
async fn signed_urls_are_read_with_no_credentials() {
    let ground = Ground::new();
    let query = "SELECT image_key, age FROM ct_slices WHERE diagnosis = 'Pneumonia' AND in_landing";
    let args = ["images", query, "--presign", "1h", "--format", "json"];
    let signed = ground.ctlake(&args).ok();
    let rows = signed.json();
    let rows = rows.as_array().unwrap();
    assert!(!rows.is_empty());
    // Not one request for the images: signing is arithmetic.
    assert_eq!(ground.gets(), 0);
    for row in rows {
        let url = row["url"].as_str().unwrap();
        assert!(url.contains("X-Amz-Expires=3600"), "{url}");
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        let key = row["image_key"].as_str().unwrap();
        assert_eq!(
            answer.bytes().await.unwrap(),
            ground.server.object(key).unwrap()
        );
        // For another object, or for longer, the signature does not hold.
        let longer = url.replace("Expires=3600", "Expires=7200");
        assert_eq!(reqwest::get(longer).await.unwrap().status(), 403);
    }
    assert_eq!(rows[0]["diagnosis"], "Pneumonia");
    assert!(rows[0].as_object().unwrap().contains_key("age"));
    let said = ground
        .ctlake(&["images", ALL, "--presign", "7d", "--sample", "2"])
        .ok();
    assert_eq!(said.raw_stdout().lines().count(), 3);
    assert!(
        said.raw_stdout()
            .starts_with("image_key,url,split,diagnosis,patient_id,")
    );
    assert_snapshot!(said.stderr(), @"
    1 row names an image again that an earlier row names: each is taken once
    sample: all: 2 of 161 images
    sample: 1 image was not there to draw from: not in the landing zone
    2 URLs signed: whoever has one can read its image until [TIME]
    ");
    // The image of one label is not there.
    let said = ground.ctlake(&["images", ALL, "--presign", "1h"]).fails(3);
    assert!(
        said.stderr().contains("missing: `team/covid/landing/"),
        "{said}"
    );
    assert_snapshot!(ground.ctlake(&["images", ALL, "--out", "cohort", "--link", "hard"]).fails(2), @"
    exit 2
    --- stderr
    error: `--link` is for lakes in a folder, got `s3://lake/team/covid`

    hint: leave it out
    ");
}
