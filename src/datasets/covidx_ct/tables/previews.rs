//! Previews: the middle slice of each scan, scaled down and written as text, for reports that can't reach the images.
//!
//! What is held: [`READS`] files, a decoded image a thread, and the rows of a row group, together less than 20 MB.

use arrow::array::{Int32Array, RecordBatch, StringArray};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::{StreamExt, stream};
use image::DynamicImage;
use image::codecs::png::{CompressionType, FilterType as RowFilter, PngEncoder};
use image::imageops::FilterType;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::columns::{ArrayBuilder, Column, batch};
use super::merge::Merge;
use super::stem::{NO_SLICE, StemId};
use crate::columnar::Encoding::{Dictionary, Plain};
use crate::contract::Table;
use crate::datasets::{BuildError, WithoutPreview};
use crate::lake::{Lake, LakeError, layout};
use crate::png_file;
use crate::progress::{Progress, Unit};

/// Pixels of the longer side: even noise is then below the 30,000 characters that the contract promises.
const SIDE: u32 = 128;
/// Images that are read at once: a bucket is far away.
const READS: usize = 16;
/// Rows of a row group.
const GROUP_ROWS: usize = 256;
const URL: &str = "data:image/png;base64,";

/// Where the images are, below the lake's root and in the keys of the tables.
pub(super) struct Sources<'a> {
    pub(super) lake: &'a Lake,
    pub(super) folder: &'a str,
    pub(super) key_prefix: &'a str,
    /// Images that are scaled at once.
    pub(super) threads: usize,
}

/// The scans that get a preview, ordered by patient and scan: a scan's stem with the most slices, if its middle slice is in
/// the landing zone; and how many scans have no such slice.
pub(super) fn scans(merge: &Merge) -> (Vec<StemId>, u64) {
    let scan = |id: StemId| {
        let stem = merge.stems.get(id);
        (merge.patients.id(stem.patient), merge.stems.scan(stem))
    };
    let mut stems: Vec<StemId> = merge.stems.iter().map(|(id, _)| id).collect();
    stems.sort_unstable_by(|&a, &b| {
        let (left, right) = (merge.stems.get(a), merge.stems.get(b));
        scan(a)
            .cmp(&scan(b))
            .then_with(|| right.slices.len().cmp(&left.slices.len()))
            .then_with(|| merge.stems.text(left).cmp(merge.stems.text(right)))
    });
    stems.dedup_by(|later, first| scan(*later) == scan(*first));
    let all = stems.len();
    stems.retain(|&id| {
        let images = &merge.stems.get(id).images;
        merge.images.find(images, middle(merge, id)).is_some()
    });
    let without = (all - stems.len()) as u64;
    (stems, without)
}

/// Makes the rows of the table and hands them to `push`, a row group at a time; returns how many there are, and which scans have
/// none. An image that can't be decoded has no row.
///
/// Blocks, on a thread of the runtime that may.
pub(super) fn produce(
    merge: &Merge,
    sources: &Sources<'_>,
    table: &Table,
    progress: &dyn Progress,
    mut push: impl FnMut(RecordBatch) -> Result<(), BuildError>,
) -> Result<(u64, WithoutPreview), BuildError> {
    let (scans, not_in_landing) = scans(merge);
    let mut without = WithoutPreview {
        not_in_landing,
        ..WithoutPreview::default()
    };
    progress.begin("previews", Unit::Files, scans.len() as u64);
    let mut images = stream::iter(scans)
        .map(|scan| async move {
            let path = format!("{}{}", sources.folder, file_name(merge, scan));
            let png = sources.lake.read(&layout::key(&path)).await?;
            Ok::<_, BuildError>((scan, png))
        })
        .buffered(READS)
        .map(|read| async {
            let (scan, png) = read?;
            let image = spawn_blocking(move || preview(&png)).await;
            Ok::<_, BuildError>((scan, image.map_err(LakeError::from)?))
        })
        .buffered(sources.threads);
    let (mut rows, mut written) = (Vec::new(), 0);
    loop {
        let next = Handle::current().block_on(images.next());
        let ended = next.is_none();
        if let Some(next) = next {
            progress.advance(1);
            let (scan, image) = next?;
            if image.is_none() {
                let key = || format!("{}{}", sources.key_prefix, file_name(merge, scan));
                without.first_not_decoded.get_or_insert_with(key);
                without.not_decoded += 1;
            }
            rows.extend(image.map(|image| (scan, image)));
        }
        if rows.len() == GROUP_ROWS || (ended && !rows.is_empty()) {
            written += rows.len() as u64;
            let group = PreviewGroup {
                merge,
                key_prefix: sources.key_prefix,
                rows: std::mem::take(&mut rows),
            };
            push(batch(table, &columns(), &group))?;
        }
        if ended {
            progress.end();
            return Ok((written, without));
        }
    }
}

/// The slice that stands for a scan.
fn middle(merge: &Merge, scan: StemId) -> u32 {
    merge.stems.get(scan).slices.middle().unwrap_or(NO_SLICE)
}

fn file_name(merge: &Merge, scan: StemId) -> String {
    let slice = middle(merge, scan);
    merge.stems.file_name(merge.stems.get(scan), slice)
}

/// The previews of one row group.
pub(super) struct PreviewGroup<'a> {
    merge: &'a Merge,
    key_prefix: &'a str,
    /// The scans and their pictures.
    rows: Vec<(StemId, String)>,
}

type Build<'a> = ArrayBuilder<PreviewGroup<'a>>;

/// The columns of the table.
pub(super) fn columns<'a>() -> Vec<Column<Build<'a>>> {
    vec![
        Build::text("image_key", Plain, PreviewGroup::image_keys),
        Build::text("patient_id", Plain, PreviewGroup::patient_ids),
        Build::text("scan_id", Dictionary, PreviewGroup::scan_ids),
        Build::int("slice_index", Plain, PreviewGroup::slice_indexes),
        Build::text("image", Plain, PreviewGroup::images),
    ]
}

impl PreviewGroup<'_> {
    fn scans(&self) -> impl Iterator<Item = StemId> {
        self.rows.iter().map(|&(scan, _)| scan)
    }

    fn image_keys(&self) -> StringArray {
        let key = |scan| {
            Some(format!(
                "{}{}",
                self.key_prefix,
                file_name(self.merge, scan)
            ))
        };
        self.scans().map(key).collect()
    }

    fn patient_ids(&self) -> StringArray {
        let patient = |scan| self.merge.stems.get(scan).patient;
        self.scans()
            .map(|scan| Some(self.merge.patients.id(patient(scan))))
            .collect()
    }

    fn scan_ids(&self) -> StringArray {
        let stems = &self.merge.stems;
        self.scans()
            .map(|scan| stems.scan(stems.get(scan)))
            .collect()
    }

    fn slice_indexes(&self) -> Int32Array {
        self.scans()
            .map(|scan| i32::try_from(middle(self.merge, scan)).ok())
            .collect()
    }

    fn images(&self) -> StringArray {
        self.rows.iter().map(|(_, image)| Some(image)).collect()
    }
}

/// The image in grey, not larger than [`SIDE`], as a `data:` URL; `None` for what is no PNG.
fn preview(png: &[u8]) -> Option<String> {
    let mut image = DynamicImage::from(png_file::decode(png).ok()?.into_luma8());
    if image.width().max(image.height()) > SIDE {
        image = image.resize(SIDE, SIDE, FilterType::Triangle);
    }
    let mut encoded = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut encoded, CompressionType::Best, RowFilter::Adaptive);
    image.write_with_encoder(encoder).ok()?;
    Some(format!("{URL}{}", STANDARD.encode(encoded)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    use image::{GrayImage, ImageBuffer, ImageFormat, Luma};

    /// A PNG of so many pixels, no two neighbours alike.
    fn noise(width: u32, height: u32) -> Vec<u8> {
        let mut state = 1_u32;
        let image: GrayImage = ImageBuffer::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Luma([(state >> 24) as u8])
        });
        let mut png = Cursor::new(Vec::new());
        image
            .write_to(&mut png, ImageFormat::Png)
            .expect("in memory");
        png.into_inner()
    }

    fn size(url: &str) -> (u32, u32) {
        let png = STANDARD
            .decode(url.strip_prefix(URL).expect("a URL"))
            .expect("base64");
        let image = image::load_from_memory(&png).expect("a PNG");
        (image.width(), image.height())
    }

    #[test]
    fn even_noise_fits_and_proportions_stay() {
        let square = preview(&noise(SIDE, SIDE)).expect("a PNG");
        assert_eq!(size(&square), (SIDE, SIDE));
        assert!(square.len() <= 30_000, "{}", square.len());
        assert_eq!(size(&preview(&noise(512, 256)).expect("a PNG")), (128, 64));
        assert_eq!(size(&preview(&noise(1, 4096)).expect("a PNG")), (1, 128));
        assert_eq!(size(&preview(&noise(60, 30)).expect("a PNG")), (60, 30));
    }

    #[test]
    fn what_is_no_image_has_no_preview() {
        let png = noise(16, 16);
        assert_eq!(preview(&png[..png.len() / 2]), None);
        assert_eq!(preview(b"text"), None);
    }
}
