//! Writes down what was stored while it goes, so that a process that dies loses little.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout_at};

use crate::lake::manifest::{self, Content, Line, ManifestEntry, ManifestObject};
use crate::lake::{Lake, LakeError};

/// Files of one part, and so what is put again after a process was killed.
const PART_FILES: usize = 1000;
/// A part is written after this time however few its files are.
const PART_TIME: Duration = Duration::from_secs(10);

/// Parts of one run.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    pub(super) lake: &'a Lake,
    pub(super) release: &'a str,
    /// Names of the run's objects begin with it.
    pub(super) run: &'a str,
    /// The next object's number in the run.
    pub(super) sequence: u32,
    /// What was written.
    pub(super) written: Vec<ManifestObject>,
}

impl Recorder<'_> {
    /// Writes one object.
    pub(super) async fn add(&mut self, content: Content) -> Result<(), LakeError> {
        let name =
            manifest::add(self.lake, self.release, self.run, self.sequence, &content).await?;
        self.sequence += 1;
        self.written.push(ManifestObject { name, content });
        Ok(())
    }

    /// Takes files that were stored until there are no more, and writes them in parts.
    pub(super) async fn record(
        &mut self,
        mut stored: Receiver<ManifestEntry>,
    ) -> Result<(), LakeError> {
        let mut lines = Vec::new();
        let mut due = Instant::now() + PART_TIME;
        loop {
            match timeout_at(due, stored.recv()).await {
                Ok(Some(entry)) => {
                    lines.push(Line::Stored(entry));
                    if lines.len() < PART_FILES {
                        continue;
                    }
                }
                Ok(None) => break,
                Err(_) => {}
            }
            self.part(&mut lines).await?;
            due = Instant::now() + PART_TIME;
        }
        self.part(&mut lines).await
    }

    async fn part(&mut self, lines: &mut Vec<Line>) -> Result<(), LakeError> {
        if lines.is_empty() {
            return Ok(());
        }
        self.add(Content::Part(std::mem::take(lines))).await
    }
}
