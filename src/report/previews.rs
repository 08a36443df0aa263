//! A few pictures of slices, as many of each class and source as there is room for.

use std::collections::{BTreeMap, VecDeque};

use super::dimension::{Dimension, UNKNOWN};
use crate::query::{Engine, QueryError, Record};

/// Characters that all pictures together may take: the page stays below 6 MB.
const ROOM: usize = 700_000;

/// The pictures of a page.
#[derive(Debug, Default)]
pub(super) struct Previews {
    pub(super) pictures: Vec<Picture>,
}

/// The picture of a slice.
#[derive(Debug)]
pub(super) struct Picture {
    /// A `data:` URL.
    pub(super) image: String,
    /// The slice's position in its scan.
    pub(super) slice_index: Option<String>,
    /// Values of the dimensions, in their order.
    values: Vec<String>,
}

/// A picture before it is read.
struct Choice {
    image_key: String,
    picture: Picture,
}

impl Picture {
    pub(super) fn class(&self) -> &str {
        &self.values[Dimension::Diagnosis as usize]
    }

    pub(super) fn source(&self) -> &str {
        &self.values[Dimension::Source as usize]
    }

    /// What the page can be filtered by.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let value = |dimension: Dimension| self.values[dimension as usize].as_str();
        let filters = Dimension::FILTERS.into_iter();
        filters.map(move |dimension| (dimension.name(), value(dimension)))
    }
}

impl Previews {
    /// Up to `limit` pictures.
    pub(super) async fn read(engine: &dyn Engine, limit: usize) -> Result<Self, QueryError> {
        if limit == 0 {
            return Ok(Self::default());
        }
        let columns = Dimension::ALL.map(|dimension| format!("s.{}", dimension.column()));
        let sql = format!(
            "SELECT p.image_key, p.slice_index, {} FROM previews AS p JOIN ct_slices AS s ON p.image_key = s.image_key ORDER BY p.image_key",
            columns.join(", ")
        );
        let rows = engine.query(&sql, None).await?.records()?;
        let mut chosen = choose(rows, limit);
        let images = images(engine, &chosen).await?;
        let mut room = ROOM;
        for choice in &mut chosen {
            let image = images.get(&choice.image_key).cloned().unwrap_or_default();
            // What is next may be smaller, but then the classes would no longer be even.
            if image.len() > room {
                break;
            }
            room -= image.len();
            choice.picture.image = image;
        }
        let pictures = chosen.into_iter().map(|choice| choice.picture);
        Ok(Self {
            pictures: pictures
                .filter(|picture| !picture.image.is_empty())
                .collect(),
        })
    }
}

/// In turns from each class, and there from each source.
fn choose(rows: Vec<Record>, limit: usize) -> Vec<Choice> {
    let mut classes: BTreeMap<String, BTreeMap<String, VecDeque<Choice>>> = BTreeMap::new();
    let mut before = None;
    for row in rows {
        let mut row = row.into_iter();
        let key = row.next().flatten().unwrap_or_default();
        // A file that stands in two label lines.
        if before.as_ref() == Some(&key) {
            continue;
        }
        before = Some(key.clone());
        let picture = Picture {
            image: String::new(),
            slice_index: row.next().flatten(),
            values: row
                .map(|value| value.unwrap_or_else(|| UNKNOWN.to_owned()))
                .collect(),
        };
        let class = picture.class().to_owned();
        let source = picture.source().to_owned();
        let of_source = classes.entry(class).or_default().entry(source).or_default();
        of_source.push_back(Choice {
            image_key: key,
            picture,
        });
    }
    let queues: Vec<VecDeque<Choice>> = classes
        .into_values()
        .map(|sources| in_turns(sources.into_values().collect()).into())
        .collect();
    let mut chosen = in_turns(queues);
    chosen.truncate(limit);
    chosen
}

/// The first of each, then the second of each, and so on.
fn in_turns<T>(mut queues: Vec<VecDeque<T>>) -> Vec<T> {
    let mut all = Vec::new();
    while queues.iter().any(|queue| !queue.is_empty()) {
        all.extend(queues.iter_mut().filter_map(VecDeque::pop_front));
    }
    all
}

/// The pictures of just those: all of them would fill the memory.
async fn images(
    engine: &dyn Engine,
    chosen: &[Choice],
) -> Result<BTreeMap<String, String>, QueryError> {
    let keys: Vec<String> = chosen
        .iter()
        .map(|choice| format!("'{}'", choice.image_key.replace('\'', "''")))
        .collect();
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT image_key, image FROM previews WHERE image_key IN ({})",
        keys.join(", ")
    );
    let rows = engine.query(&sql, None).await?.records()?;
    let pair = |row: Record| {
        let mut texts = row.into_iter().flatten();
        Some((texts.next()?, texts.next()?))
    };
    Ok(rows.into_iter().filter_map(pair).collect())
}
