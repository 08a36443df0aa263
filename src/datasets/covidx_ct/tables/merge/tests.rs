use super::*;
use crate::datasets::covidx_ct::tables::labels::{LineSink, ReadError, for_each_line};
use crate::lake::manifest::{Content, Line, Manifest, ManifestEntry, ManifestObject};
use crate::progress::Silent;
use proptest::prelude::*;
use std::fmt::Write;

/// Merges line by line, or several at once where the merge can.
struct Sink {
    merge: Merge,
    at_once: bool,
    split: Split,
    rows: Vec<Row>,
    placed: Vec<(PartitionId, Row, Option<[i32; 4]>)>,
}

impl Sink {
    fn merged(splits: &[String; 2], images: Images, at_once: bool) -> Self {
        let metadata = b"patient id,country,sex\nNCP_1,China,F\nNCP_2,Iran,M\npatient3,Iran,F";
        let roster = Roster::parse(metadata, "metadata.csv").expect("metadata");
        let mut sink = Self {
            merge: Merge::new(roster, images),
            at_once,
            split: Split::Train,
            rows: Vec::new(),
            placed: Vec::new(),
        };
        for (lines, split) in splits.iter().zip(Split::ALL) {
            sink.split = split;
            for_each_line(lines.as_bytes(), &Silent, &mut sink).expect("readable");
        }
        sink
    }
}

impl LineSink for Sink {
    type Error = ReadError;

    fn line(&mut self, number: u32, bytes: &[u8]) -> Result<(), ReadError> {
        if let Ok(placed) = self.merge.line(self.split, number, bytes, &mut self.rows) {
            self.placed
                .push((placed.partition, placed.rows[0], placed.wide_box));
        }
        Ok(())
    }

    fn several(&mut self, number: u32, lines: &[u8]) -> Result<Taken, ReadError> {
        let rows = &mut self.rows;
        if self.at_once
            && let Some((placed, taken)) = self.merge.several(self.split, number, lines, rows)
        {
            let rows = placed.rows.iter();
            self.placed
                .extend(rows.map(|&row| (placed.partition, row, placed.wide_box)));
            return Ok(taken);
        }
        Ok(Taken::default())
    }
}

fn labels() -> impl Strategy<Value = String> {
    let stem = prop::sample::select(vec![
        "NCP_1_7_",
        "NCP_2_8_",
        "NCP_4_9_",
        "9covid_patient3_SR_2_IM0",
        "odd-",
        "scan",
    ]);
    let bbox = prop::sample::select(vec![
        "0 0 512 512",
        "0 0 512 512",
        "9 57 453 404",
        "9 57 9 404",
        "-1 0 5 5",
        "0 0 70000 5",
        "0 0 5",
    ]);
    let end = prop::sample::select(vec!["\n", "\n", "\r\n", "\r", "\n\n"]);
    let scan = (
        stem,
        1..3_usize,
        prop::collection::vec((0..9_u32, 0..3_u8, bbox, end), 1..6),
    );
    prop::collection::vec(scan, 1..8).prop_map(|scans| {
        let mut lines = String::new();
        for (stem, width, slices) in scans {
            for (slice, class, bbox, end) in slices {
                write!(lines, "{stem}{slice:0width$}.png {class} {bbox}{end}").expect("a text");
            }
        }
        lines
    })
}

/// Of one scan in another size, with gaps.
fn images() -> Images {
    let lines = [0, 1, 2, 4, 7].map(|slice| {
        Line::Stored(ManifestEntry {
            path: format!("2A_images/NCP_1_7_{slice}.png"),
            bytes: 5,
            crc32: slice,
            width: Some(460),
            height: Some(512),
            source: None,
        })
    });
    let content = Content::Part(lines.into());
    let (name, _) = content.encode("20261124T000000Z", 0);
    let manifest = Manifest::replay(vec![ManifestObject { name, content }]);
    Images::new(&manifest, "2A_images")
}

proptest! {
    #[test]
    fn lines_taken_at_once_are_lines(train in labels(), val in labels(), landed: bool) {
        let splits = [train, val];
        let images = || if landed { images() } else { Images::default() };
        let one = Sink::merged(&splits, images(), false);
        let several = Sink::merged(&splits, images(), true);
        prop_assert_eq!(&several.placed, &one.placed);
        let (one, several) = (one.merge, several.merge);
        prop_assert_eq!(several.repeated(), one.repeated());
        prop_assert_eq!((several.slices(), several.landed()), (one.slices(), one.landed()));
        prop_assert_eq!(&several.labelled, &one.labelled);
        prop_assert_eq!(several.findings.rows(), one.findings.rows());
        for patient in (0..).take(one.patients.len()) {
            let (one, several) = (one.patients.get(patient), several.patients.get(patient));
            prop_assert_eq!((several.classes, several.splits), (one.classes, one.splits));
        }
        for (id, stem) in one.stems.iter() {
            prop_assert_eq!(several.stems.get(id).slices.len(), stem.slices.len());
        }
    }
}

#[test]
fn what_is_held_is_little_a_label_a_scan_and_a_patient() {
    let (patients, scans, slices) = (2000, 2, 60);
    let mut metadata = "patient id,country,sex,age,finding\n".to_owned();
    for patient in 0..patients {
        metadata += &format!("NCP_{patient},China,F,40,COVID-19\n");
    }
    let roster = Roster::parse(metadata.as_bytes(), "metadata.csv").expect("metadata");
    let mut merge = Merge::new(roster, Images::default());
    let mut number = 0;
    for patient in 0..patients {
        for (scan, slice) in (0..scans).flat_map(|scan| (0..slices).map(move |slice| (scan, slice)))
        {
            number += 1;
            let line = format!("NCP_{patient}_{scan}_{slice:04}.png 2 0 0 512 512");
            merge
                .line(Split::Train, number, line.as_bytes(), &mut Vec::new())
                .expect("a line");
        }
    }
    let scans = merge.stems.len() as u64;
    assert_eq!((merge.slices(), scans), (240_000, 4000));
    // Vectors and tables that grow by doubling hold up to twice of what is used.
    let most = 2 * (130 * scans + 100 * patients);
    assert!(
        merge.held_bytes() <= most,
        "{} of {most}",
        merge.held_bytes()
    );
}
