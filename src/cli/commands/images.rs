//! `ctlake images`.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::super::args::{ImagesArgs, RowFormat};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::output::to_new_file;
use super::super::terminal::Terminal;
use super::super::{Context, rows, summary};
use super::sql;
use crate::datasets;
use crate::images::{
    self, Cohort, ColumnPath, Decision, Downloaded, ImagesPlan, LoaderFiles, Selection, amount,
};
use crate::lake::{Lake, Location, snapshots};
use crate::ops::export_images;
use crate::ops::price::download;

pub(super) async fn run(context: &Context, args: &ImagesArgs) -> Result<ExitCode, Failure> {
    check(context, args)?;
    let sql = sql::question(context, Some(args.query.clone())).await?;
    let lake = datasets::open(&context.lake).await?;
    let entry = snapshots::resolve(&lake, args.snapshot.as_deref()).await?;
    context.terminal.detail(&format!(
        "snapshot {} (entry {})",
        entry.snapshot, entry.number
    ));
    let options = args.selection();
    let selected = export_images::select(&lake, &entry, &sql, &options);
    let (cohort, selection) = context.unless_stopped(selected).await?;
    match (args.presign, &args.out) {
        (Some(time), _) => sign(context, args, &lake, &cohort, &selection, time).await,
        (None, Some(out)) => fetch(context, args, &lake, &cohort, selection, out).await,
        (None, None) => unreachable!("one of the two is asked for"),
    }
}

/// Refuses what can't apply to the kind of lake.
fn check(context: &Context, args: &ImagesArgs) -> Result<(), Failure> {
    match &context.lake {
        Location::Folder(_) if args.presign.is_some() => Err(Failure::usage(
            format!(
                "`--presign` is for lakes on S3, got `{}`: its images are files already",
                context.lake
            ),
            "`--out DIR` copies them, `--out DIR --link hard` takes no space",
        )),
        Location::S3(_) if args.link.is_some() => Err(Failure::usage(
            format!("`--link` is for lakes in a folder, got `{}`", context.lake),
            "leave it out",
        )),
        _ => Ok(()),
    }
}

async fn fetch(
    context: &Context,
    args: &ImagesArgs,
    lake: &Lake,
    cohort: &Cohort,
    selection: Selection,
    out: &Path,
) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let there = context
        .unless_stopped(images::find_existing(out, &selection))
        .await?;
    let plan = ImagesPlan::new(selection, there, args.replace);
    let (files, bytes) = amount(plan.fetches());
    let price = lake.s3().map(|_| download(files, bytes));
    if context.dry_run {
        if terminal.json {
            let plan = json!({"event": "plan", "command": "images", "out": out, "plan": plan, "price": price});
            terminal.event(&plan)?;
        } else {
            let missing: Vec<&str> = plan
                .with(Decision::Missing)
                .map(|image| image.image_key.as_str())
                .collect();
            let text = summary::images::plan(&plan, out, price.as_ref());
            Terminal::text(&(text + &summary::images::missing(&missing)))?;
        }
        return Ok(ExitCode::Done);
    }
    plan.check(args.keep_others)?;
    // Before the first byte is paid for.
    cohort.index(&[], images::PATH, Vec::new())?;
    terminal.say(summary::images::plan(&plan, out, price.as_ref()).trim_end());
    let options = args.download();
    let done = images::download(
        lake,
        &plan,
        out,
        &options,
        terminal.progress(),
        &context.stop,
    )
    .await?;
    let files = write_index(lake, cohort, &args.layout, &done, out)?;
    let text = summary::images::done(&done, files.as_ref(), out);
    terminal.summary("images", &done, &text)?;
    Ok(exit_code(done.is_complete()))
}

fn exit_code(complete: bool) -> ExitCode {
    if complete {
        ExitCode::Done
    } else {
        ExitCode::Incomplete
    }
}

/// The table of the images that are there, beside them; and what loaders read, where there are folders of classes.
fn write_index(
    lake: &Lake,
    cohort: &Cohort,
    layout: &ColumnPath,
    done: &Downloaded,
    out: &Path,
) -> Result<Option<LoaderFiles>, Failure> {
    let (rows, paths): (Vec<usize>, Vec<String>) = done.there.iter().cloned().unzip();
    let index = cohort.index(&rows, images::PATH, paths)?;
    let files = match lake.contract().images {
        Some(table) => images::loader_files(table, layout, &index)?,
        None => None,
    };
    let index = index.into();
    for (name, format) in [
        ("index.csv", RowFormat::Csv),
        ("index.parquet", RowFormat::Parquet),
    ] {
        to_new_file(&out.join(name), |file| rows::write(&index, format, file))?;
    }
    if let Some(files) = &files {
        let classes = files.classes.join("\n") + "\n";
        to_new_file(&out.join("classes.txt"), |file| {
            file.write_all(classes.as_bytes())
        })?;
        for (folder, rows) in &files.metadata {
            let rows = rows.clone().into();
            to_new_file(&out.join(folder).join(images::METADATA), |file| {
                rows::write(&rows, RowFormat::Csv, file)
            })?;
        }
    }
    Ok(files)
}

async fn sign(
    context: &Context,
    args: &ImagesArgs,
    lake: &Lake,
    cohort: &Cohort,
    selection: &Selection,
    time: Duration,
) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let json = terminal.json.then_some(RowFormat::Json);
    let format = sql::row_format(args.format.or(json), None)?;
    let (landed, missing): (Vec<_>, Vec<_>) = selection
        .images
        .iter()
        .partition(|image| image.recorded.is_some());
    let end = SystemTime::now() + time;
    let urls = images::sign(lake, landed.iter().copied(), time).await?;
    let rows: Vec<usize> = landed.iter().map(|image| image.row).collect();
    let signed = cohort.index(&rows, "url", urls)?.into();
    Terminal::write(|out| rows::write(&signed, format, out))?;
    let mut text = summary::images::choice(&selection.choice);
    let _ = writeln!(
        text,
        "{} signed: whoever has one can read its image until {}",
        summary::plural(landed.len() as u64, "URL", "URLs"),
        utc(end),
    );
    if let Some(ends) = credentials_end(lake).await.filter(|ends| *ends < end) {
        let _ = writeln!(
            text,
            "warning: the credentials end at {}, and the URLs with them",
            utc(ends)
        );
    }
    let missing: Vec<&str> = missing
        .iter()
        .map(|image| image.image_key.as_str())
        .collect();
    text += &summary::images::missing(&missing);
    terminal.say(text.trim_end());
    Ok(exit_code(missing.is_empty()))
}

async fn credentials_end(lake: &Lake) -> Option<SystemTime> {
    lake.s3()?.credentials_end().await
}

fn utc(time: SystemTime) -> String {
    DateTime::<Utc>::from(time)
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}
