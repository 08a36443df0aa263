//! A few pictures of slices, as many of each class and source as there is room for.

use std::collections::{BTreeMap, VecDeque};

use super::dimension::{Dimension, OTHERS, UNKNOWN};
use super::facts::Facts;
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
    pub(super) patient: String,
    /// The scan, where the label names one.
    pub(super) scan: Option<String>,
    /// The slice's position in its scan.
    pub(super) slice_index: Option<String>,
    /// The label's box, in pixels of the slice.
    pub(super) label_box: Option<LabelBox>,
    /// Width and height of the slice in pixels, where the image has been looked at.
    pub(super) size: Option<(u32, u32)>,
    /// Values of the dimensions, in their order.
    values: Vec<String>,
}

/// The part of a slice that shows the body.
#[derive(Debug, Clone, Copy)]
pub(super) struct LabelBox {
    pub(super) xmin: i64,
    pub(super) ymin: i64,
    pub(super) xmax: i64,
    pub(super) ymax: i64,
}

impl LabelBox {
    pub(super) fn width(self) -> i64 {
        self.xmax - self.xmin
    }

    pub(super) fn height(self) -> i64 {
        self.ymax - self.ymin
    }
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

    /// The box and the size of the image, where both are known: else the box can't be drawn to scale.
    pub(super) fn drawn_box(&self) -> Option<(LabelBox, (u32, u32))> {
        let label_box = self.label_box?;
        let drawable = label_box.width() > 0 && label_box.height() > 0;
        self.size.filter(|_| drawable).map(|size| (label_box, size))
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
    pub(super) async fn read(
        engine: &dyn Engine,
        facts: &Facts,
        limit: usize,
    ) -> Result<Self, QueryError> {
        if limit == 0 {
            return Ok(Self::default());
        }
        let rows = engine.query(&first_of_each(limit), None).await?.records()?;
        let mut chosen = choose(rows, facts, limit);
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

/// Asks for the first previews of each class and source: a snapshot may have hundreds of thousands.
fn first_of_each(limit: usize) -> String {
    let columns = Dimension::FILTERS.map(|dimension| format!("s.{0} AS {0}", dimension.column()));
    format!(
        "SELECT image_key, patient_id, scan_id, slice_index, bbox_xmin, bbox_ymin, bbox_xmax, bbox_ymax, image_width, image_height, {} FROM \
         (SELECT p.image_key AS image_key, p.patient_id AS patient_id, p.scan_id AS scan_id, p.slice_index AS slice_index, \
         s.bbox_xmin AS bbox_xmin, s.bbox_ymin AS bbox_ymin, s.bbox_xmax AS bbox_xmax, s.bbox_ymax AS bbox_ymax, \
         s.image_width AS image_width, s.image_height AS image_height, s.label_line AS label_line, {}, \
         DENSE_RANK() OVER (PARTITION BY s.diagnosis, s.source ORDER BY p.image_key) AS place \
         FROM previews AS p JOIN ct_slices AS s ON p.image_key = s.image_key) AS shown \
         WHERE place <= {limit} ORDER BY image_key, split, label_line",
        Dimension::FILTERS.map(Dimension::column).join(", "),
        columns.join(", ")
    )
}

/// In turns from each class, and there from each source.
fn choose(rows: Vec<Record>, facts: &Facts, limit: usize) -> Vec<Choice> {
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
        let (patient, scan) = (
            row.next().flatten().unwrap_or_default(),
            row.next().flatten(),
        );
        let slice_index = row.next().flatten();
        let mut number = || {
            row.next()
                .flatten()
                .and_then(|text| text.parse::<i64>().ok())
        };
        let corners = [number(), number(), number(), number()];
        let size = [number(), number()].map(|side| u32::try_from(side.unwrap_or_default()).ok());
        let values = Dimension::FILTERS.into_iter().zip(row);
        let picture = Picture {
            image: String::new(),
            patient,
            scan,
            slice_index,
            label_box: match corners {
                [Some(xmin), Some(ymin), Some(xmax), Some(ymax)] => Some(LabelBox {
                    xmin,
                    ymin,
                    xmax,
                    ymax,
                }),
                _ => None,
            },
            size: match size {
                [Some(width), Some(height)] if width > 0 && height > 0 => Some((width, height)),
                _ => None,
            },
            values: values.map(|(of, value)| shown(facts, of, value)).collect(),
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

/// A value as the page names it.
fn shown(facts: &Facts, dimension: Dimension, value: Option<String>) -> String {
    let value = value.unwrap_or_else(|| UNKNOWN.to_owned());
    match facts.place(dimension, &value) {
        None => OTHERS.to_owned(),
        Some(_) => value,
    }
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
