//! `ctlake powerbi`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::super::args::PowerbiArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::datasets;
use crate::powerbi::{ProjectFile, ProjectOptions, ProjectPlan, generated_folders, project};
use crate::readable;

pub(super) fn run(context: &Context, args: &PowerbiArgs) -> Result<ExitCode, Failure> {
    let out = &args.out;
    let options = args.options();
    let dataset = datasets::default();
    let files = project(
        dataset.format().contract(),
        dataset.presentation(),
        &options,
    );
    let there = there(out, &files).map_err(|error| Failure::file("read", out, &error))?;
    let plan = ProjectPlan::new(&files, &there);
    if context.dry_run {
        return dry_run(context, out, &plan);
    }
    if let (Some(first), false) = (plan.lost().first(), args.replace) {
        return Err(Failure::nothing(
            format!(
                "`{}` has {} that `ctlake powerbi` would change or remove, the first `{first}`",
                out.display(),
                summary::plural(plan.lost().len() as u64, "file", "files"),
            ),
            "write to another folder with `--out`, or add `--replace` to lose what was changed there".to_owned(),
        ));
    }
    carry_out(out, &files, &plan).map_err(|error| Failure::file("write", out, &error))?;
    let pbip = out.join("ctlake.pbip");
    // Desktop can't run a Direct Lake model itself.
    let finally = match options {
        ProjectOptions::Queries(_) => "",
        ProjectOptions::DirectLake(_) => " and choose a Fabric workspace for the model",
    };
    let text = format!(
        "{}: {}\nnext: open {} in Power BI Desktop{finally}",
        out.display(),
        counts(&plan),
        pbip.display()
    );
    let summary = json!({"out": out, "files": files.len(), "plan": plan});
    context.terminal.summary("powerbi", &summary, &text)?;
    Ok(ExitCode::Done)
}

fn dry_run(context: &Context, out: &Path, plan: &ProjectPlan) -> Result<ExitCode, Failure> {
    if context.terminal.json {
        let event = json!({"event": "plan", "command": "powerbi", "out": out, "plan": plan});
        context.terminal.event(&event)?;
        return Ok(ExitCode::Done);
    }
    let mut text = format!("{}: {}\n", out.display(), counts(plan));
    for (does, paths) in [
        ("new", &plan.new),
        ("change", &plan.changed),
        ("remove", &plan.removed),
    ] {
        for path in paths.iter().take(summary::LISTED) {
            text += &format!("  {does:<6}  {}\n", readable::value(path));
        }
        text += &summary::left_out(paths.len(), "--json");
    }
    Terminal::text(&text)?;
    Ok(ExitCode::Done)
}

fn counts(plan: &ProjectPlan) -> String {
    format!(
        "{}, {} changed, {} removed, {} as they were",
        summary::plural(plan.new.len() as u64, "new file", "new files"),
        plan.changed.len(),
        plan.removed.len(),
        plan.same
    )
}

/// What is in the folder already: the project's files, and all others where only its own may be.
fn there(out: &Path, files: &[ProjectFile]) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut there = BTreeMap::new();
    let mut paths: Vec<PathBuf> = files.iter().map(|file| out.join(&file.path)).collect();
    for folder in generated_folders() {
        let folder = out.join(folder);
        refuse_links(out, &folder)?;
        walk(&folder, &mut paths)?;
    }
    for path in paths {
        refuse_links(out, &path)?;
        match fs::read(&path) {
            Ok(content) => {
                there.insert(below(out, &path), content);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(there)
}

/// What a link leads to is not ours to change or remove.
fn refuse_links(out: &Path, path: &Path) -> io::Result<()> {
    let mut below = path.ancestors().take_while(|path| *path != out);
    match below.find(|path| path.is_symlink()) {
        None => Ok(()),
        Some(link) => Err(io::Error::new(
            ErrorKind::NotADirectory,
            format!("`{}` is a symbolic link", link.display()),
        )),
    }
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), paths)?;
        } else {
            paths.push(entry.path());
        }
    }
    Ok(())
}

/// The path below `out`, with `/`.
fn below(out: &Path, path: &Path) -> String {
    let rest = path.strip_prefix(out).unwrap_or(path);
    let parts = rest
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

fn carry_out(out: &Path, files: &[ProjectFile], plan: &ProjectPlan) -> io::Result<()> {
    for path in &plan.removed {
        let path = out.join(path);
        fs::remove_file(&path)?;
        // Desktop takes an empty folder of a page or visual for a damaged one; a folder that isn't empty stays.
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != out) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    let written =
        |file: &&ProjectFile| plan.new.contains(&file.path) || plan.changed.contains(&file.path);
    for file in files.iter().filter(written) {
        let path = out.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, &file.text)?;
    }
    Ok(())
}
