//! The differences for people.

use std::fmt::Write;

use super::{Changes, Diff};
use crate::readable::{LISTED, count, left_out, value};

/// Subjects of one kind that are named before the rest is only counted.
const NAMED: usize = 20;

pub(super) fn text(diff: &Diff) -> String {
    let mut text = format!(
        "{} ({}) -> {} ({})\n",
        diff.a, diff.release_a, diff.b, diff.release_b
    );
    for table in &diff.tables {
        let _ = writeln!(
            text,
            "{:<17} {:>11} -> {:>11} rows",
            table.table,
            count(table.rows.0),
            count(table.rows.1)
        );
        for (partition, (a, b)) in table.partitions.iter().take(LISTED) {
            let _ = writeln!(
                text,
                "  {:>11} -> {:>11}  {}",
                count(*a),
                count(*b),
                value(partition)
            );
        }
        text += &left_out(table.partitions.len(), "--format json");
    }
    text += "slices by split and diagnosis\n";
    for cohort in &diff.slices.cohorts {
        let _ = writeln!(
            text,
            "  {:>11} -> {:>11}  {}, {}",
            count(cohort.slices.0),
            count(cohort.slices.1),
            value(&cohort.split),
            value(&cohort.diagnosis),
        );
    }
    let slices = &diff.slices;
    text += &changes("slices added", &slices.added, String::clone);
    text += &changes("slices removed", &slices.removed, String::clone);
    text += &changes(
        "slices with another class",
        &slices.class_changed,
        |slice| {
            let (from, to) = (slice.from.join(" and "), slice.to.join(" and "));
            format!("{}: {from} -> {to}", slice.file_name)
        },
    );
    text += &changes("slices with another box", &slices.box_changed, |slice| {
        let (from, to) = (boxes(&slice.from), boxes(&slice.to));
        format!("{}: {from} -> {to}", slice.file_name)
    });
    text += &named("patients added", diff.patients_added.clone());
    text += &named("patients removed", diff.patients_removed.clone());
    let moved = diff
        .patients_moved
        .iter()
        .map(|moved| format!("{}: {} -> {}", moved.patient_id, moved.from, moved.to))
        .collect();
    text += &named("patients moved between splits", moved);
    text += &named("findings new", diff.findings_new.clone());
    text += &named("findings gone", diff.findings_gone.clone());
    text
}

/// A title with the number of subjects, and the first of them.
fn named(title: &str, mut subjects: Vec<String>) -> String {
    let count = subjects.len() as u64;
    subjects.truncate(NAMED);
    let more = "`--format json` has them all";
    listed(title, count, &subjects, Some(more))
}

/// The same, of slices, which are too many to be named all.
fn changes<T>(title: &str, changes: &Changes<T>, text: impl Fn(&T) -> String) -> String {
    let examples: Vec<String> = changes.examples.iter().map(text).collect();
    listed(title, changes.count, &examples, None)
}

fn listed(title: &str, number: u64, subjects: &[String], more: Option<&str>) -> String {
    let mut text = format!("{title}: {}\n", count(number));
    for subject in subjects {
        let _ = writeln!(text, "  {}", value(subject));
    }
    let left = number - subjects.len() as u64;
    if left > 0 {
        let more = more.map_or_else(String::new, |more| format!(": {more}"));
        let _ = writeln!(text, "  … and {} more{more}", count(left));
    }
    text
}

/// `0,94,512,405`: xmin, ymin, xmax, ymax.
fn boxes(boxes: &[[i32; 4]]) -> String {
    let texts: Vec<String> = boxes
        .iter()
        .map(|edges| edges.map(|edge| edge.to_string()).join(","))
        .collect();
    texts.join(" and ")
}
