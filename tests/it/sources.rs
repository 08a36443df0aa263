//! Sources as people have them: which of their files are the release's, and what a stray one does.

use std::fs;
use std::io::{Cursor, Write};

use ctlake::datasets::covidx_ct::files::Split;
use ctlake::lake::Location;
use ctlake::lake::manifest::{self, Content, Line, ManifestEntry};
use insta::assert_snapshot;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::dataset::label_file;
use crate::support::lake::is_root;
use crate::support::tree::listing;
use crate::support::{Dataset, Lake};

/// Where a source has the image of that name and class.
type Place<'a> = &'a dyn Fn(&str, &str) -> String;

/// The images that the labels of the small dataset name, and their classes.
const IMAGES: [(&str, &str); 6] = [
    ("CP_3_30_0001.png", "Pneumonia"),
    ("NCP_1_10_0001.png", "COVID-19"),
    ("NCP_1_10_0002.png", "COVID-19"),
    ("NCP_2_20_0005.png", "COVID-19"),
    ("Normal_4_40_0001.png", "Normal"),
    ("normal1_patient5_SR_1_IM00001.png", "Normal"),
];

/// Where the images of CT-2A land.
const LANDED: &str = "\
CT-2A/2A_images/CP_3_30_0001.png
CT-2A/2A_images/NCP_1_10_0001.png
CT-2A/2A_images/NCP_1_10_0002.png
CT-2A/2A_images/NCP_2_20_0005.png
CT-2A/2A_images/Normal_4_40_0001.png
CT-2A/2A_images/normal1_patient5_SR_1_IM00001.png
CT-2A/metadata.csv
CT-2A/test_COVIDx_CT-2A.txt
CT-2A/train_COVIDx_CT-2A.txt
CT-2A/val_COVIDx_CT-2A.txt
";

/// The dataset with one image a label, at the path that `place` makes of its name and class.
fn with_images(dataset: Dataset, place: impl Fn(&str, &str) -> String) -> Dataset {
    IMAGES.iter().fold(dataset, |dataset, (name, class)| {
        dataset.file(&place(name, class), format!("image {name}"))
    })
}

/// The small dataset with its images in the release's own folder.
fn usual() -> Dataset {
    with_images(Dataset::small(), |name, _| format!("2A_images/{name}"))
}

/// Runs all of it from `dataset`, and checks that status, verify and the table agree that every label has its image.
#[track_caller]
fn whole(dataset: &Dataset, args: &[&str]) -> (Lake, Value) {
    let lake = Lake::temp();
    lake.place(dataset);
    let args = [&["run", "dataset", "--json"], args].concat();
    let done = lake.ctlake(args).ok().json_lines().pop().unwrap()["summary"].take();
    assert_eq!(done["ingest"]["complete"], true, "{done}");
    check_whole(&lake);
    (lake, done["ingest"].clone())
}

#[track_caller]
fn check_whole(lake: &Lake) {
    let status = lake.ctlake(["status"]).ok();
    assert!(status.stdout().contains("; complete\n"), "{status}");
    lake.ctlake(["verify", "--deep"]).ok();
    let landed = lake.lines("ct_slices", &["in_landing"]);
    assert_eq!(landed, "true\n".repeat(IMAGES.len()));
}

/// Checks that ingest, run, status, verify and build agree that something is missing; gives what ingest did.
#[track_caller]
fn incomplete(lake: &Lake, source: &str) -> Value {
    let said = lake.ctlake(["ingest", source, "--json"]).fails(3);
    let done = said.json_lines().pop().unwrap()["summary"].take();
    assert_eq!(done["complete"], false, "{done}");
    let run = lake.ctlake(["run", source, "--json"]).fails(3);
    let run = run.json_lines().pop().unwrap();
    assert_eq!(run["summary"]["build"], "not_begun");
    let status = lake.ctlake(["status", "--format", "json"]).ok().json();
    assert_eq!(status["landing"][0]["complete"], false, "{status}");
    lake.ctlake(["verify"]).fails(3);
    let build = lake.ctlake(["build"]).fails(1);
    assert!(build.stderr().contains("is not complete"), "{build}");
    lake.ctlake(["build", "--partial"]).ok();
    done
}

/// A zip of `dataset` and of `more`: name and content, as they are.
fn archive(dataset: &Dataset, more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let files = dataset.files().iter();
    let files = files.map(|(path, content)| (path.as_str(), content.as_slice()));
    for (path, content) in files.chain(more.iter().copied()) {
        zip.start_file(path, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Sets a bit of the flags of each header, local and central, that has that name: 0x01 says that it is encrypted.
fn flagged(mut zip: Vec<u8>, name: &[u8], flag: u8) -> Vec<u8> {
    for (signature, flags, header) in [(b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)] {
        for at in 0..zip.len() - header - name.len() {
            if zip[at..].starts_with(signature) && zip[at + header..].starts_with(name) {
                zip[at + flags] |= flag;
            }
        }
    }
    zip
}

#[test]
fn images_land_in_one_place_wherever_they_lie() {
    let renamed = |name: &str, _: &str| format!("pngs/{name}");
    let sorted = |name: &str, class: &str| format!("{class}/{name}");
    let flat = |name: &str, _: &str| name.to_owned();
    let nested = |name: &str, _: &str| format!("data/2A_images/{name}");
    let deeper = |name: &str, class: &str| format!("2A_images/{class}/{name}");
    let capitals = |name: &str, _: &str| format!("2A_images/{}", name.replace(".png", ".PNG"));
    let shouted = |name: &str, _: &str| format!("pngs/{}", name.to_uppercase());
    let places: [Place<'_>; 7] = [
        &renamed, &sorted, &flat, &nested, &deeper, &capitals, &shouted,
    ];
    let (usual, _) = whole(&usual(), &[]);
    for (number, place) in places.into_iter().enumerate() {
        let (lake, done) = whole(&with_images(Dataset::small(), place), &[]);
        assert_eq!(listing(&lake.path("lake/landing")), LANDED, "{number}");
        assert_eq!(done["unlabelled"], 0, "{number}");
        // So a dataset is the same however it is sorted.
        assert_eq!(
            lake.log()[0]["content_id"],
            usual.log()[0]["content_id"],
            "{number}"
        );
    }
}

#[test]
fn images_of_another_release_stay_out() {
    let both = with_images(usual(), |name, _| format!("3A_images/{name}"));
    let both = (0..204).fold(both, |dataset, number| {
        dataset.file(&format!("3A_images/STOIC-1-{number:04}.png"), "image")
    });
    let (lake, done) = whole(&both, &["--release", "CT-2A"]);
    assert_eq!(listing(&lake.path("lake/landing")), LANDED);
    assert_eq!(
        (&done["unlabelled"], &done["copies"]),
        (&204.into(), &6.into())
    );
    // Those of the own folder count, whatever the others have in them.
    let other = both.file("3A_images/NCP_1_10_0001.png", "rescaled");
    let (lake, _) = whole(&other, &["--release", "CT-2A"]);
    let landed = fs::read(lake.path("lake/landing/CT-2A/2A_images/NCP_1_10_0001.png")).unwrap();
    assert_eq!(landed, b"image NCP_1_10_0001.png");
    // Where only the other release's folder has an image, it is the same image.
    let (lake, _) = whole(&other.without("2A_images/NCP_1_10_0002.png"), &[]);
    assert_eq!(listing(&lake.path("lake/landing")), LANDED);
}

#[test]
fn two_releases_in_two_folders() {
    let mut both = Dataset::default();
    for release in ["CT-2A", "CT-3A"] {
        let dataset = with_images(Dataset::small(), |name, _| format!("images/{name}"))
            .patient(&format!(
                "{release},CNCB,China,F,45,Normal,Yes,N/A,Axial,CT"
            ))
            .file("images/NCP_1_10_0001.png", release);
        for (path, content) in dataset.files() {
            let path = path.replace("CT-2A", release);
            both = both.file(&format!("{release}/{path}"), content.clone());
        }
    }
    for (release, folder) in [("CT-2A", "2A_images"), ("CT-3A", "3A_images")] {
        let (lake, done) = whole(&both, &["--release", release]);
        assert_eq!((&done["copies"], &done["ignored"]), (&6.into(), &4.into()));
        let landed = lake.path(&format!("lake/landing/{release}"));
        let image = fs::read(landed.join(folder).join("NCP_1_10_0001.png"));
        assert_eq!(image.unwrap(), release.as_bytes());
        let metadata = fs::read_to_string(landed.join("metadata.csv")).unwrap();
        assert!(metadata.contains(&format!("\n{release},")), "{metadata}");
    }
}

#[test]
fn figures_beside_labels_are_no_images_of_the_release() {
    let figures = Dataset::small()
        .file("assets/a.png", "figure")
        .file("assets/b.PNG", "figure");
    let lake = Lake::temp();
    lake.place(&figures);
    assert_snapshot!(lake.ctlake(["ingest", "dataset", "--dry-run"]).ok(), @"
    exit 0
    --- stdout
    CT-2A: 4 files (565 B) to store; 0 files (0 B) there already
    left out: 2 images that no label file names (`assets/a.png`, …)
    ");
    lake.ctlake(["run", "dataset"]).ok();
    assert_snapshot!(lake.findings(), @"warning image-missing: release CT-2A (no image of the release is in the landing zone) x6");
    // With images beside them nothing is said of them.
    let (lake, done) = whole(&usual().file("assets/a.png", "figure"), &[]);
    assert_eq!(done["unlabelled"], 1);
    assert!(!lake.findings().contains("image-unlabelled"));
}

#[test]
fn an_unlabelled_image_of_the_own_folder_stays() {
    let dataset = usual()
        .file("2A_images/NCP_9_1_0001.png", "image")
        .file("COVID-19/NCP_9_1_0002.png", "image");
    let (lake, done) = whole(&dataset, &[]);
    assert_eq!(done["unlabelled"], 1);
    assert!(
        lake.findings()
            .contains("image-unlabelled: image NCP_9_1_0001.png"),
        "{}",
        lake.findings()
    );
    // `images` is the folder of CT-1, and of many others: it is CT-1's where a label names one of its files.
    let mut first = Dataset::small();
    for split in Split::ALL {
        let name = label_file(split);
        first = first.renamed(&name, &format!("{split}_COVIDx-CT.txt"));
    }
    let first = with_images(first, |name, _| format!("images/{name}"))
        .file("images/NCP_9_1_0001.png", "image")
        .file("docs/images/figure.png", "figure");
    let (lake, done) = whole(&first, &[]);
    assert_eq!(
        (&done["release"], &done["unlabelled"]),
        (&"CT-1".into(), &1.into())
    );
    assert!(lake.has("landing/CT-1/images/NCP_9_1_0001.png"));
    assert!(!lake.has("landing/CT-1/images/figure.png"));
}

#[test]
fn of_two_images_with_one_name_the_same_is_one_and_others_are_refused() {
    let twice = with_images(
        with_images(Dataset::small(), |name, _| format!("a/{name}")),
        |name, _| format!("b/{name}"),
    );
    let (lake, done) = whole(&twice, &[]);
    assert_eq!(done["copies"], 6);
    assert_eq!(listing(&lake.path("lake/landing")), LANDED);
    let lake = Lake::temp();
    lake.place(
        &twice
            .clone()
            .file("b/NCP_1_10_0001.png", "image of another"),
    );
    let done = incomplete(&lake, "dataset");
    let refused: Vec<&str> = done["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    assert_eq!(refused, ["a/NCP_1_10_0001.png", "b/NCP_1_10_0001.png"]);
    // In the source it is corrected, and with that it is over.
    lake.place(&twice);
    lake.ctlake(["run", "dataset"]).ok();
    check_whole(&lake);
}

#[test]
fn clutter_is_never_of_a_release() {
    let mut dataset = usual();
    for (path, content) in usual().files() {
        dataset = dataset.file(&format!("__MACOSX/{path}"), content.clone());
        dataset = dataset.file(&format!(".ipynb_checkpoints/{path}"), "an older one");
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        dataset = dataset.file(&format!("__MACOSX/{folder}/._{name}"), "Mac OS X");
        dataset = dataset.file(
            format!("{folder}/._{name}").trim_start_matches('/'),
            "Mac OS X",
        );
    }
    for name in [".DS_Store", "Thumbs.db", "desktop.ini"] {
        dataset = dataset
            .file(name, "")
            .file(&format!("2A_images/{name}"), "");
    }
    let (lake, done) = whole(&dataset, &[]);
    assert_eq!(listing(&lake.path("lake/landing")), LANDED);
    assert_eq!(done["ignored"], 46);
    assert!(!lake.findings().contains("image-unlabelled"));
}

#[test]
fn only_names_where_a_file_lands_or_where_it_lies() {
    let sorted = with_images(Dataset::small(), |name, class| format!("{class}/{name}"));
    for (only, landed) in [
        ("2A_images/*", 6),
        ("COVID-19/*", 3),
        ("*_0001.png", 3),
        ("metadata.csv", 1),
        ("*.txt", 3),
    ] {
        let lake = Lake::temp();
        lake.place(&sorted);
        let said = lake
            .ctlake(["ingest", "dataset", "--only", only, "--json"])
            .ok();
        let done = said.json_lines().pop().unwrap()["summary"].take();
        assert_eq!(done["stored"]["files"], landed, "{only}");
        // Nobody says that this is all.
        assert_eq!(done["complete"], false, "{only}");
        let status = lake.ctlake(["status"]).ok();
        assert!(status.stdout().contains("; incomplete: "), "{status}");
    }
}

#[test]
fn shards_agree_on_what_lies_where() {
    let sorted = with_images(Dataset::small(), |name, class| format!("{class}/{name}"));
    let twice = with_images(sorted, |name, _| format!("copy/{name}"));
    let lake = Lake::temp();
    lake.place(&twice);
    for shard in ["0/3", "1/3", "2/3"] {
        lake.ctlake(["ingest", "dataset", "--shard", shard]).ok();
    }
    lake.ctlake(["build"]).ok();
    check_whole(&lake);
    assert_eq!(listing(&lake.path("lake/landing")), LANDED);
}

#[test]
fn a_dry_run_of_all_reads_the_labels_wherever_they_lie() {
    let mut repository = with_images(Dataset::small(), |name, class| format!("{class}/{name}"));
    for split in Split::ALL {
        let name = label_file(split);
        repository = repository.renamed(&name, &format!("splits/v2/{name}"));
    }
    let lake = Lake::temp();
    lake.place(&repository);
    let plan = lake.ctlake(["run", "dataset", "--dry-run", "--json"]).ok();
    let plan = plan.json_lines().pop().unwrap();
    assert_eq!(plan["build"]["forecast"]["counts"]["slices"], 6);
    assert!(!lake.path("lake").exists());
    let (lake, _) = whole(&repository, &[]);
    assert_eq!(listing(&lake.path("lake/landing")), LANDED);
}

#[test]
fn a_b_variant_as_published() {
    let published = usual().renamed("train_COVIDx_CT-2A.txt", "train_COVIDx_CT-2B.txt");
    let (lake, done) = whole(&published, &[]);
    assert_eq!(done["release"], "CT-2B");
    assert_snapshot!(listing(&lake.path("lake/landing")), @"
    CT-2B/2A_images/CP_3_30_0001.png
    CT-2B/2A_images/NCP_1_10_0001.png
    CT-2B/2A_images/NCP_1_10_0002.png
    CT-2B/2A_images/NCP_2_20_0005.png
    CT-2B/2A_images/Normal_4_40_0001.png
    CT-2B/2A_images/normal1_patient5_SR_1_IM00001.png
    CT-2B/metadata.csv
    CT-2B/test_COVIDx_CT-2A.txt
    CT-2B/train_COVIDx_CT-2B.txt
    CT-2B/val_COVIDx_CT-2A.txt
    ");
    // Beside its whole A it has to be named; what it adds may lie in a folder of its own.
    let both = usual()
        .file(
            "train_COVIDx_CT-2B.txt",
            published.text("train_COVIDx_CT-2B.txt"),
        )
        .renamed("2A_images/NCP_1_10_0001.png", "2B_images/NCP_1_10_0001.png");
    let lake = Lake::temp();
    lake.place(&both);
    lake.ctlake(["run", "dataset"]).fails(1);
    whole(&both, &["--release", "CT-2B"]);
    // CT-2A's labels are not taken for those of CT-2B.
    lake.place(&usual());
    assert_snapshot!(lake.ctlake(["run", "dataset", "--release", "CT-2B"]).fails(1), @"
    exit 1
    --- stderr
    error: `dataset` is not a whole release
      because: the train labels of CT-2B are missing: expected `train_COVIDx_CT-2B.txt`, found `test_COVIDx_CT-2A.txt`, `train_COVIDx_CT-2A.txt`, `val_COVIDx_CT-2A.txt`

    hint: a release has three label files (`train_…`, `val_…`, `test_…`) and `metadata.csv`
    ");
}

#[test]
fn label_files_twice() {
    let mut twice = usual();
    for split in Split::ALL {
        let name = label_file(split);
        twice = twice
            .clone()
            .file(&format!("splits/{name}"), twice.text(&name));
    }
    let (lake, done) = whole(&twice, &[]);
    assert_eq!(done["copies"], 3);
    assert_eq!(listing(&lake.path("lake/landing")), LANDED);
    lake.place(&twice.file(
        "splits/val_COVIDx_CT-2A.txt",
        "NCP_2_20_0005.png 1 0 0 1 1\n",
    ));
    assert_snapshot!(lake.ctlake(["run", "dataset"]).fails(1), @"
    exit 1
    --- stderr
    error: `dataset` is not a whole release
      because: expected one file, found two: `splits/val_COVIDx_CT-2A.txt` and `val_COVIDx_CT-2A.txt`

    hint: move the one that is not meant out of the source, or name the folder that holds the release alone
    ");
}

#[test]
fn a_label_file_in_another_spelling_lands_under_the_name_it_has() {
    let (lake, _) = whole(&usual(), &[]);
    lake.place(
        &usual()
            .renamed("train_COVIDx_CT-2A.txt", "train_COVIDx-CT_v2A.txt")
            .renamed("metadata.csv", "metadata.txt"),
    );
    lake.ctlake(["run", "dataset"]).ok();
    assert_eq!(listing(&lake.path("lake/landing")), LANDED);
    check_whole(&lake);
}

#[test]
fn files_with_a_second_extension_land_under_their_own_names() {
    for metadata in ["metadata.csv", "metadata.csv.csv"] {
        let dataset = usual().renamed("metadata.csv", metadata);
        let dataset = Split::ALL.into_iter().fold(dataset, |dataset, split| {
            let name = label_file(split);
            dataset.renamed(&name, &format!("{name}.txt"))
        });
        let (lake, summary) = whole(&dataset, &[]);
        assert_eq!(summary["release"], "CT-2A");
        assert_eq!(listing(&lake.path("lake/landing")), LANDED);
        check_whole(&lake);
    }
}

#[test]
fn entries_of_no_release_decide_nothing() {
    let more: [(&str, &[u8]); 6] = [
        ("docs\\", b""),
        ("docs\\readme.txt", b"text"),
        ("docs\\..\\readme.txt", b"text"),
        ("../escape.png", b"image"),
        ("notes.pdf", b"secret"),
        ("COVID-19/NCP_1_10_0001.png", b"encrypted copy"),
    ];
    let zip = archive(&usual(), &more);
    let zip = flagged(zip, b"notes.pdf", 1);
    let zip = flagged(zip, b"COVID-19/NCP_1_10_0001.png", 1);
    let lake = Lake::temp();
    fs::write(lake.path("strays.zip"), zip).unwrap();
    let run = lake.ctlake(["run", "strays.zip"]).ok();
    let passed_over: Vec<&str> = run
        .stderr()
        .lines()
        .filter(|line| line.starts_with("passed over: "))
        .collect();
    assert_snapshot!(passed_over.join("\n"), @r"
    passed over: `docs\..\readme.txt`: its path has a backslash in it, and can't be read with a slash there
    passed over: `../escape.png`: its path leads upwards by `..`
    passed over: `notes.pdf`: it is encrypted
    passed over: `COVID-19/NCP_1_10_0001.png`: it is encrypted
    ");
    check_whole(&lake);
}

#[test]
fn an_entry_that_could_be_of_the_release_decides_for_all() {
    let image = "2A_images/NCP_1_10_0001.png";
    for encrypted in [image, "pngs/NCP_1_10_0001.png"] {
        let dataset = usual()
            .renamed(image, "x")
            .without("x")
            .file(encrypted, "image NCP_1_10_0001.png");
        let zip = archive(&dataset, &[]);
        let lake = Lake::temp();
        fs::write(
            lake.path("dataset.zip"),
            flagged(zip, encrypted.as_bytes(), 1),
        )
        .unwrap();
        let done = incomplete(&lake, "dataset.zip");
        assert_eq!(done["rejected"][0]["path"], encrypted);
        assert_eq!(
            (&done["missing"], &done["failed"]),
            (&1.into(), &Value::Array(Vec::new()))
        );
        // Once more changes nothing; from a source in which it is corrected it is over.
        incomplete(&lake, "dataset.zip");
        fs::write(lake.path("whole.zip"), archive(&dataset, &[])).unwrap();
        lake.ctlake(["run", "whole.zip"]).ok();
        check_whole(&lake);
    }
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_decides_where_a_label_may_mean_it() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let lake = Lake::temp();
    lake.place(&usual());
    let name = |name: &'static [u8]| OsStr::from_bytes(name);
    fs::write(lake.path("dataset").join(name(b"notes-\xff.txt")), "x").unwrap();
    fs::create_dir(lake.path("dataset").join(name(b"donn\xe9es"))).unwrap();
    std::os::unix::fs::symlink("nowhere", lake.path("dataset/link")).unwrap();
    lake.ctlake(["run", "dataset"]).ok();
    check_whole(&lake);
    // Every label has its image.
    let images = lake.path("dataset/2A_images");
    for stray in [&b"NCP_\xff.png"[..], b"new\nline.png"] {
        fs::write(images.join(name(stray)), "x").unwrap();
    }
    let run = lake.ctlake(["run", "dataset"]).ok();
    assert!(run.stderr().contains("its name is not UTF-8"), "{run}");
    check_whole(&lake);
    // A label's name in UTF-8, the file's in Latin-1.
    let labels = lake.path("dataset/train_COVIDx_CT-2A.txt");
    let text = fs::read_to_string(&labels).unwrap();
    fs::write(&labels, text + "NCP_9_90_é.png 2 0 0 512 512\n").unwrap();
    fs::write(images.join(name(b"NCP_9_90_\xe9.png")), "x").unwrap();
    lake.ctlake(["ingest", "dataset", "--replace"]).fails(3);
    incomplete(&lake, "dataset");
    fs::rename(
        images.join(name(b"NCP_9_90_\xe9.png")),
        images.join("NCP_9_90_é.png"),
    )
    .unwrap();
    lake.ctlake(["run", "dataset"]).ok();
    lake.ctlake(["verify"]).ok();
}

#[cfg(unix)]
#[test]
fn a_large_file_beside_the_dataset_is_not_counted() {
    let lake = Lake::temp();
    lake.place(&usual());
    let limits = ["--max-entry-bytes", "1000B", "--max-total-bytes", "1000B"];
    for number in 0..3 {
        let path = lake.path(&format!("dataset/other-{number}.bin"));
        fs::write(path, [0; 900]).unwrap();
    }
    fs::write(lake.path("dataset/covidxct.zip"), [0; 1001]).unwrap();
    lake.ctlake([&["run", "dataset"], &limits[..]].concat())
        .ok();
    check_whole(&lake);
    let limits = ["--max-entry-bytes", "1000B", "--max-total-bytes", "500B"];
    let said = lake
        .ctlake([&["ingest", "dataset"], &limits[..]].concat())
        .fails(1);
    assert!(said.stderr().contains("more than 500"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_listed_stops_only_what_needs_it() {
    use std::os::unix::fs::PermissionsExt;

    if is_root() {
        println!("skipped: root may list every folder");
        return;
    }
    let lake = Lake::temp();
    lake.place(&usual());
    let close = |path: &str, mode: u32| {
        fs::set_permissions(lake.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    fs::create_dir(lake.path("dataset/lost+found")).unwrap();
    close("dataset/lost+found", 0o000);
    let run = lake.ctlake(["run", "dataset"]).ok();
    assert!(
        run.stderr()
            .contains("passed over: `lost+found/`: it can't be read: permission denied\n"),
        "{run}"
    );
    check_whole(&lake);
    close("dataset/2A_images", 0o000);
    assert_snapshot!(lake.ctlake(["run", "dataset"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot read `dataset/2A_images/`
      because: permission denied

    hint: check the path and its permissions: `ls -ld 'dataset/2A_images/'`
    ");
    lake.ctlake(["ingest", "dataset", "--only", "metadata.csv"])
        .ok();
    close("dataset/2A_images", 0o755);
    close("dataset/lost+found", 0o755);
}

#[tokio::test]
async fn a_landing_zone_that_an_earlier_version_has_filled() {
    let lake = Lake::with(&Dataset::small());
    // Images lie where their source had them.
    let folder = lake.path("lake/landing/CT-2A/COVID-19");
    fs::create_dir(&folder).unwrap();
    let lines = IMAGES.map(|(name, _)| {
        let content = format!("image {name}");
        fs::write(folder.join(name), &content).unwrap();
        Line::Stored(ManifestEntry {
            path: format!("COVID-19/{name}"),
            bytes: content.len() as u64,
            crc32: crc32fast::hash(content.as_bytes()),
            width: None,
            height: None,
            source: None,
        })
    });
    let location = Location::Folder(lake.path("lake"));
    let opened = ctlake::datasets::open(&location).await.unwrap();
    let run = "20200101T000000.000000Z-0000";
    manifest::add(&opened, "CT-2A", run, 0, &Content::Part(lines.into()))
        .await
        .unwrap();
    let build = lake.ctlake(["build"]).ok();
    assert_snapshot!(build.stderr().lines().next().unwrap(), @"warning: 6 images of CT-2A lie outside `2A_images/` in the landing zone and are passed over: `ctlake ingest` from their source puts those that the labels name there");
    assert_eq!(
        lake.lines("ct_slices", &["in_landing"]),
        "false\n".repeat(6)
    );
    lake.place(&with_images(Dataset::small(), |name, _| {
        format!("COVID-19/{name}")
    }));
    let run = lake.ctlake(["run", "dataset"]).ok();
    assert!(!run.stderr().contains("warning: "), "{run}");
    check_whole(&lake);
}
