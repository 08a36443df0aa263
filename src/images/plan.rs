//! What is to be done with each image. Pure.

use serde::Serialize;

use super::error::ImagesError;
use super::existing_files::ExistingFiles;
use super::selection::{Choice, Selected, Selection};

/// What is to be done with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Not there yet: fetch it.
    Fetch,
    /// There, whole and the same: leave it.
    Keep,
    /// Another content is at its place: refused, unless it may be replaced.
    Conflict,
    /// The same, and it may.
    Replace,
    /// Not in the landing zone: it can't be had.
    Missing,
}

impl Decision {
    /// Whether the image is to be brought.
    #[must_use]
    pub fn fetches(self) -> bool {
        matches!(self, Self::Fetch | Self::Replace)
    }
}

/// An image, and what is to be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The image.
    #[serde(flatten)]
    pub image: Selected,
    /// What is to be done.
    pub decision: Decision,
}

/// What is to be done with the images of a cohort.
#[derive(Debug, Clone, Serialize)]
pub struct ImagesPlan {
    /// In the order of the answer.
    pub images: Vec<Planned>,
    /// How they were chosen.
    #[serde(flatten)]
    pub choice: Choice,
    /// Files in the folder that are none of the images.
    pub others: Vec<String>,
}

/// Decides.
///
/// | in the landing zone | at its place | may replace | decision |
/// |---|---|---|---|
/// | no | – | – | missing |
/// | yes | nothing | – | fetch |
/// | yes | the image | – | keep |
/// | yes | something else | no | conflict |
/// | yes | something else | yes | replace |
fn decide(in_landing: bool, same: Option<bool>, replace: bool) -> Decision {
    match (in_landing, same) {
        (false, _) => Decision::Missing,
        (true, None) => Decision::Fetch,
        (true, Some(true)) => Decision::Keep,
        (true, Some(false)) if replace => Decision::Replace,
        (true, Some(false)) => Decision::Conflict,
    }
}

impl ImagesPlan {
    /// Of a selection and what is in the folder.
    #[must_use]
    pub fn new(selection: Selection, existing: ExistingFiles, replace: bool) -> Self {
        let images = selection.images.into_iter().map(|image| Planned {
            decision: decide(
                image.recorded.is_some(),
                existing.same.get(&image.path).copied(),
                replace,
            ),
            image,
        });
        Self {
            images: images.collect(),
            choice: selection.choice,
            others: existing.others,
        }
    }

    /// The images of which that was decided.
    pub fn with(&self, decision: Decision) -> impl Iterator<Item = &Selected> {
        let found = move |planned: &&Planned| planned.decision == decision;
        self.images.iter().filter(found).map(|found| &found.image)
    }

    /// The images that are to be brought.
    pub fn fetches(&self) -> impl Iterator<Item = &Selected> {
        let fetched = |planned: &&Planned| planned.decision.fetches();
        self.images.iter().filter(fetched).map(|found| &found.image)
    }

    /// Refuses a plan that would lose something, or mix the cohort with what is in the folder.
    pub fn check(&self, keep_others: bool) -> Result<(), ImagesError> {
        let lost: Vec<String> = self
            .with(Decision::Conflict)
            .map(|image| image.path.clone())
            .collect();
        if !lost.is_empty() {
            return Err(ImagesError::OtherContent(lost));
        }
        if !self.others.is_empty() && !keep_others {
            return Err(ImagesError::OtherFiles(self.others.clone()));
        }
        Ok(())
    }
}

/// Images and their bytes.
#[must_use]
pub fn amount<'a>(images: impl Iterator<Item = &'a Selected>) -> (u64, u64) {
    images.fold((0, 0), |(files, bytes), image| {
        let size = image.recorded.map_or(0, |recorded| recorded.bytes);
        (files + 1, bytes + size)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds() {
        use Decision::{Conflict, Fetch, Keep, Missing, Replace};
        for (in_landing, same, replace, expected) in [
            (false, None, false, Missing),
            (false, Some(false), true, Missing),
            (true, None, false, Fetch),
            (true, None, true, Fetch),
            (true, Some(true), false, Keep),
            (true, Some(true), true, Keep),
            (true, Some(false), false, Conflict),
            (true, Some(false), true, Replace),
        ] {
            let decision = decide(in_landing, same, replace);
            assert_eq!(decision, expected, "{in_landing} {same:?} {replace}");
            assert_eq!(decision.fetches(), matches!(expected, Fetch | Replace));
        }
    }
}
