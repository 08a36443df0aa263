//! What `ctlake --version` says of this build: the commit, the features, the target.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A commit of the sources.
struct Commit {
    /// Forty hex digits.
    id: String,
    /// Of the commit and not of the build, so that the same sources give the same bytes.
    date: Option<String>,
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let commit = named().or_else(checked_out).or_else(packaged);
    let release = of_cargo("CARGO_PKG_VERSION");
    let (short, long) = match &commit {
        Some(Commit { id, date }) => {
            let date = date.as_ref().map(|date| format!(" {date}"));
            let date = date.unwrap_or_default();
            let brief = id.get(..9).unwrap_or(id);
            (
                format!("{release} ({brief}{date})"),
                format!("{id}{}", date.replace(' ', " of ")),
            )
        }
        None => (release, "unknown".to_owned()),
    };
    set("VERSION", &short);
    set("COMMIT", &long);
    set("FEATURES", &features());
    set("TARGET", &of_cargo("TARGET"));
}

/// What whoever builds says it is: for builds without git, as in a container.
fn named() -> Option<Commit> {
    for name in ["CTLAKE_BUILD_COMMIT", "CTLAKE_BUILD_DATE"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let said = |name| env::var(name).ok().filter(|value| !value.is_empty());
    Some(Commit {
        id: said("CTLAKE_BUILD_COMMIT")?,
        date: said("CTLAKE_BUILD_DATE"),
    })
}

/// What git has checked out, where the crate is the top of a repository: not one that it was only unpacked in.
fn checked_out() -> Option<Commit> {
    if !git(&["rev-parse", "--show-prefix"])?.is_empty() {
        return None;
    }
    // Of what a commit or a checkout changes: a name that is not there would have this run at every build.
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "logs/HEAD"].into_iter().chain(branch.as_deref()) {
        let path = git(&["rev-parse", "--git-path", name])?;
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let shown = git(&["log", "-1", "--no-show-signature", "--format=%H %cs"])?;
    let (id, date) = shown.split_once(' ')?;
    Some(Commit {
        id: id.to_owned(),
        date: Some(date.to_owned()),
    })
}

/// What `cargo package` has put into the crate's archive.
fn packaged() -> Option<Commit> {
    let text = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    println!("cargo::rerun-if-changed=.cargo_vcs_info.json");
    let (_, rest) = text.split_once("\"sha1\"")?;
    let id = rest.split('"').nth(1)?;
    Some(Commit {
        id: id.to_owned(),
        date: None,
    })
}

/// What git answers, if it is there and has an answer.
fn git(args: &[&str]) -> Option<String> {
    let said = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(said.stdout).ok()?;
    said.status.success().then(|| text.trim().to_owned())
}

/// The features that are on, as Cargo.toml names them.
fn features() -> String {
    let on = env::var("CARGO_CFG_FEATURE").unwrap_or_default();
    let mut on: Vec<&str> = on
        .split(',')
        .filter(|name| !["", "default"].contains(name))
        .collect();
    on.sort_unstable();
    if on.is_empty() {
        "none".to_owned()
    } else {
        on.join(" ")
    }
}

fn of_cargo(name: &str) -> String {
    env::var(name).expect("cargo sets it")
}

fn set(name: &str, value: &str) {
    println!("cargo::rustc-env=CTLAKE_BUILT_{name}={value}");
}
