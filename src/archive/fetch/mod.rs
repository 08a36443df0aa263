//! A whole archive from a server into a file, for who wants the zip itself.
//!
//! Until it is whole it is `FILE.part`, beside a journal of what has arrived; only then it gets its name. So nothing that is
//! cut off, damaged or another version is ever taken for the archive, and a run goes on where the last one ended.

mod digest;
mod error;
mod journal;
mod part;
mod proof;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

pub use error::FetchError;

use super::remote::{RemoteFile, Validator};
use super::{ArchiveError, Ranges, Source, locate, witness};
use crate::net::request::milliseconds;
use crate::progress::{Progress, Stop, Unit};
use crate::transfer::free_space;
use digest::Digest;
use journal::Journal;
use part::Part;

/// Bytes of the archive's end that are fetched first: by them it is known where its server names it differently each time.
const TAIL: u64 = 64 * 1024;

/// A download, before anything is written.
#[derive(Debug, Serialize)]
pub struct FetchPlan {
    /// The source with its version.
    pub source: String,
    /// Where the archive goes.
    pub out: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Bytes of it that an earlier run has brought, to be checked before they are used.
    pub partial: u64,
    /// Whether it is there already, whole.
    pub there: bool,
    /// Why what an earlier run has brought is of no use, if that is so.
    pub discarded: Option<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
    #[serde(skip)]
    file: RemoteFile,
    #[serde(skip)]
    tail: u64,
    #[serde(skip)]
    ranges: Ranges,
}

/// What a download did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FetchSummary {
    /// The source with its version.
    pub source: String,
    /// Where the archive is.
    pub out: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Of these brought by this run.
    pub fetched: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// Which digests the server has given, and the file has: `CRC-32C`, `MD5`; and `CRC-32 of every file` where it gave none
    /// and its answers were not clearly about one archive.
    pub checked: Vec<&'static str>,
    /// What was noticed on the way.
    pub warnings: Vec<String>,
    /// How long it took.
    pub milliseconds: u64,
}

/// Compares the archive at `source` with what is at `out`.
pub async fn plan(source: &Source, out: &Path, ranges: &Ranges) -> Result<FetchPlan, FetchError> {
    let (name, address, warnings) = locate(source.clone()).await?;
    let (file, tail) = RemoteFile::open(address, ranges.idle, TAIL)
        .await
        .map_err(ArchiveError::from)?;
    let validator = file.validator().clone();
    let range = validator.bytes - tail.len() as u64..validator.bytes;
    let tail = witness::of(&tail);
    file.swear(range, tail).await.map_err(ArchiveError::from)?;
    let there = {
        let (out, validator) = (out.to_owned(), validator.clone());
        spawn_blocking(move || is_there(&out, &validator))
            .await
            .map_err(ArchiveError::from)??
    };
    let found = Journal::read(&Part::journal_path(out))?;
    let (partial, discarded) = match found {
        None => (0, None),
        Some(journal) => match journal.refusal(&name, &validator, tail) {
            None => (journal.end(), None),
            Some(reason) => (0, Some(reason)),
        },
    };
    Ok(FetchPlan {
        source: name,
        out: out.to_owned(),
        bytes: validator.bytes,
        partial,
        there,
        discarded,
        warnings,
        file,
        tail,
        ranges: *ranges,
    })
}

/// Whether the whole archive is at `out`. Another file there is an error: nobody's file is overwritten.
fn is_there(out: &Path, validator: &Validator) -> Result<bool, FetchError> {
    let metadata = match fs::metadata(out) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(FetchError::file("read", out, source)),
    };
    let same = metadata.is_file()
        && metadata.len() == validator.bytes
        && Digest::of_file(out, validator.hashes)
            .map_err(|source| FetchError::file("read", out, source))?
            .mismatch()
            .is_none();
    if same {
        Ok(true)
    } else {
        Err(FetchError::Occupied(out.to_owned()))
    }
}

/// Carries out a plan.
pub async fn execute(
    plan: FetchPlan,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<FetchSummary, FetchError> {
    let begun = Instant::now();
    let FetchPlan {
        source,
        out,
        bytes,
        file,
        tail,
        ranges,
        ..
    } = plan;
    let mut summary = FetchSummary {
        source: source.clone(),
        out: out.clone(),
        bytes,
        fetched: 0,
        requests: 0,
        checked: Digest::names(file.validator().hashes),
        warnings: Vec::new(),
        milliseconds: 0,
    };
    if !plan.there {
        let (folder, need) = (part::folder(&out), bytes.saturating_sub(plan.partial));
        free_space::check(folder, need, |free| FetchError::NoSpace {
            folder: folder.to_owned(),
            need,
            free,
        })?;
        progress.begin("bytes", Unit::Bytes, bytes);
        let (part, digest) = {
            let (out, validator) = (out.clone(), file.validator().clone());
            let progress = Arc::clone(&progress);
            spawn_blocking(move || Part::open(&out, &source, &validator, tail, &*progress))
                .await
                .map_err(ArchiveError::from)??
        };
        let start = part.end();
        let fetched = bring(&file, ranges, part, digest, &*progress, stop).await;
        progress.end();
        summary.checked.extend(fetched?);
        summary.fetched = bytes - start;
    }
    summary.warnings.extend(file.warning());
    summary.requests = file.requests();
    summary.milliseconds = milliseconds(begun.elapsed());
    Ok(summary)
}

/// Fetches what `part` lacks, and gives it its name. Gives what has proved it beside the server's digests.
async fn bring(
    file: &RemoteFile,
    ranges: Ranges,
    mut part: Part,
    mut digest: Digest,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Option<&'static str>, FetchError> {
    let (start, bytes) = (part.end(), file.validator().bytes);
    let step = ranges.bytes.max(1);
    let pieces = (start..bytes)
        .step_by(usize::try_from(step).unwrap_or(usize::MAX))
        .map(|at| at..bytes.min(at.saturating_add(step)));
    let mut arriving = stream::iter(pieces)
        .map(|piece| file.get(piece))
        .buffered(ranges.ahead.max(1));
    let (write, mut to_write) = mpsc::channel::<Bytes>(2);
    let (hash, mut to_hash) = mpsc::channel::<Bytes>(2);
    let server = file.clone();
    let writer = spawn_blocking(move || {
        while let Some(piece) = to_write.blocking_recv() {
            part.append(&piece, server.is_ambiguous())?;
        }
        Ok::<_, FetchError>(part)
    });
    // Apart from the writer: a digest costs more than the writing.
    let hasher = spawn_blocking(move || {
        while let Some(piece) = to_hash.blocking_recv() {
            digest.update(&piece);
        }
        digest
    });
    let mut failed = None;
    loop {
        let piece = tokio::select! {
            piece = arriving.next() => piece,
            () = stop.wait() => break,
        };
        match piece {
            None => break,
            Some(Err(error)) => {
                failed = Some(ArchiveError::from(error));
                break;
            }
            Some(Ok(piece)) => {
                let length = piece.len() as u64;
                // Who doesn't take it has failed, and says so below.
                if write.send(piece.clone()).await.is_err() || hash.send(piece).await.is_err() {
                    break;
                }
                progress.advance(length);
            }
        }
    }
    drop((write, hash, arriving));
    let part = writer.await.map_err(ArchiveError::from)??;
    let digest = hasher.await.map_err(ArchiveError::from)?;
    if let Some(error) = failed {
        return Err(FetchError::Broken {
            there: part.end(),
            bytes,
            source: error,
        });
    }
    if part.end() < bytes {
        return Err(FetchError::Stopped {
            there: part.end(),
            bytes,
        });
    }
    let stop = stop.clone();
    let finished = spawn_blocking(move || part.finish(&digest, &stop));
    finished.await.map_err(ArchiveError::from)?
}
