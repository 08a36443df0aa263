#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const HEADER: &str = "patient id,source,country,sex,age,finding,verified finding,slice selection,\
                      view,modality\n";

fn file(rows: &str) -> Metadata {
    parse(format!("{HEADER}{rows}").as_bytes()).unwrap()
}

fn error(text: &str) -> String {
    parse(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_published_row() {
    let some = |text: &str| Some(text.to_owned());
    let metadata = file("CP_0,CNCB,China,,,Pneumonia,Yes,Expert,Axial,CT\n");
    assert_eq!(
        metadata.rows,
        [PatientRow {
            line: 2,
            patient_id: "CP_0".to_owned(),
            source: some("CNCB"),
            country: some("China"),
            sex: None,
            age: None,
            finding: some("Pneumonia"),
            verified_finding: some("Yes"),
            slice_selection: some("Expert"),
            view: some("Axial"),
            modality: some("CT"),
        }]
    );
    assert_eq!(metadata.columns, ColumnNames::default());
    assert!(metadata.irregular.is_empty());
}

#[test]
fn not_available_is_a_value_and_blanks_are_trimmed() {
    let metadata = file(" Normal_1 ,CNCB, china ,,\t,Normal,Yes,N/A,Axial,CT\n");
    let row = &metadata.rows[0];
    assert_eq!(row.patient_id, "Normal_1");
    assert_eq!(row.country.as_deref(), Some("china"));
    assert_eq!(row.age, None);
    assert_eq!(row.slice_selection.as_deref(), Some("N/A"));
}

#[test]
fn an_older_file_in_another_order() {
    let metadata = parse(b"Age,PATIENT_ID,survival, pO2 saturation \n45,CP_0,Y,\n").unwrap();
    assert_eq!(metadata.rows[0].patient_id, "CP_0");
    assert_eq!(metadata.rows[0].age.as_deref(), Some("45"));
    assert_eq!(metadata.rows[0].sex, None);
    assert_eq!(metadata.columns.extra, ["survival", "pO2 saturation"]);
    assert_eq!(
        metadata.columns.missing,
        [
            "source",
            "country",
            "sex",
            "finding",
            "verified finding",
            "slice selection",
            "view",
            "modality"
        ]
    );
}

#[test]
fn quotes() {
    let text = "\"patient id\",source,country\r\n\
                \"CP_0\",\"a \"\"b\"\", c\",\"Côte d'Ivoire\"\r\n\
                CP_1,\"two\nlines\" ,\n\
                CP_2,5\" disc,x";
    let rows = parse(text.as_bytes()).unwrap().rows;
    assert_eq!(rows[0].source.as_deref(), Some("a \"b\", c"));
    assert_eq!(rows[0].country.as_deref(), Some("Côte d'Ivoire"));
    assert_eq!((rows[1].line, rows[2].line), (3, 5));
    assert_eq!(rows[1].source.as_deref(), Some("two\nlines"));
    assert_eq!(rows[2].source.as_deref(), Some("5\" disc"));
    assert_eq!(rows[2].country.as_deref(), Some("x"));
}

#[test]
fn line_ends_blank_lines_and_a_byte_order_mark() {
    let rows = parse(b"\xEF\xBB\xBF\r\npatient id,sex\r\n\r\nCP_0,F\r\n  \nCP_1,M")
        .unwrap()
        .rows;
    assert_eq!((rows[0].line, rows[1].line), (4, 6));
    assert_eq!(rows[1].sex.as_deref(), Some("M"));
    assert!(parse(b"patient id").unwrap().rows.is_empty());
}

#[test]
fn wrong_headers() {
    let empty = "expected a header with the column `patient id`, found an empty file";
    assert_eq!(error(""), empty);
    assert_eq!(error("\u{feff}\r\n \n"), empty);
    assert_eq!(
        error("id,source\nCP_0,CNCB\n"),
        "line 1: expected a header with the column `patient id`, found `id,source`"
    );
    assert_eq!(
        error("patient id,age,patient_id\n"),
        "line 1: expected the column `patient id` once, found it as field 1 and 3"
    );
}

#[test]
fn columns_as_other_programs_name_them() {
    for name in [
        "patient.id",
        "Patient_ID",
        " patient  id",
        "patient-id",
        "\u{feff}PATIENT ID",
    ] {
        let text = format!("\"{name}\",verified.finding\nCP_0,Yes\n");
        let metadata = parse(text.as_bytes()).unwrap();
        assert_eq!(metadata.rows[0].patient_id, "CP_0", "{name}");
        assert_eq!(metadata.rows[0].verified_finding.as_deref(), Some("Yes"));
    }
}

#[test]
fn line_ends_of_every_kind() {
    let ids = |text: &str| {
        let rows = parse(text.as_bytes()).unwrap().rows;
        rows.into_iter()
            .map(|row| (row.line, row.patient_id))
            .collect::<Vec<_>>()
    };
    let expected = [(2, "CP_0".to_owned()), (4, "CP_1".to_owned())];
    for text in [
        "patient id,sex\rCP_0,F\r\rCP_1,M\r",
        "patient id,sex\r\nCP_0,F\r\n\r\nCP_1,M",
        "patient id,sex\nCP_0,F\r\r\nCP_1,M\r\n",
        "patient id,sex\rCP_0,F\n\nCP_1,\"M\"\r",
        "patient id,\"sex\"\r\n\"CP_0\",\"F\"\r \t\nCP_1,M",
    ] {
        assert_eq!(ids(text), expected, "{text:?}");
    }
    // Inside quotes they belong to the cell, and count as lines all the same.
    let rows = parse(b"patient id,source\nCP_0,\"a\rb\r\nc\"\rCP_1,x\n")
        .unwrap()
        .rows;
    assert_eq!(rows[0].source.as_deref(), Some("a\rb\r\nc"));
    assert_eq!(rows[1].line, 5);
}

#[test]
fn other_delimiters() {
    for delimiter in [';', '\t', '|'] {
        let text = "patient id,sex,age\nCP_0,,\"45,0\"\nCP_1,M,\n".replace("\"45,0\"", "45#0");
        let text = text.replace(',', &delimiter.to_string()).replace('#', ",");
        let rows = parse(text.as_bytes()).unwrap().rows;
        assert_eq!(
            (rows[0].sex.as_deref(), rows[0].age.as_deref()),
            (None, Some("45,0"))
        );
        assert_eq!(rows[1].sex.as_deref(), Some("M"));
    }
    assert_eq!(
        error("patient id;sex\nCP_0;\"F\",\n"),
        "line 2, column 9: expected a semicolon after the closing quote, found `,`"
    );
    let rows = parse(b"\xEF\xBB\xBFsep=;\r\npatient id;sex\r\nCP_0;F\r\n")
        .unwrap()
        .rows;
    assert_eq!((rows[0].line, rows[0].sex.as_deref()), (3, Some("F")));
    // An empty cell at the beginning is no blank line.
    let metadata = parse(b"sex\tpatient id\n\tCP_0\n\t\n").unwrap();
    assert_eq!(metadata.rows[0].patient_id, "CP_0");
    assert_eq!(metadata.irregular, [(3, Irregular::Empty)]);
}

#[test]
fn utf_16_with_a_byte_order_mark() {
    let text = "\u{feff}patient id\tcountry\r\nCP_0\tCôte d'Ivoire\r\n";
    let units = text.encode_utf16();
    let little: Vec<u8> = units.clone().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
    for bytes in [&little, &big] {
        let rows = parse(bytes).unwrap().rows;
        assert_eq!(rows[0].country.as_deref(), Some("Côte d'Ivoire"));
    }
    let error = parse(&little[..little.len() - 5]).unwrap_err().to_string();
    assert_eq!(
        error,
        "line 2: expected text in UTF-16, found something else"
    );
}

#[test]
fn a_file_may_end_with_ctrl_z() {
    for end in ["\x1a", "\r\n\x1a", "\n\x1a\x1a\r\n", "\n \x1a\n\n"] {
        let metadata = parse(format!("patient id,sex\nCP_0,F{end}").as_bytes()).unwrap();
        assert_eq!(metadata.rows.len(), 1, "{end:?}");
        assert_eq!(metadata.rows[0].sex.as_deref(), Some("F"), "{end:?}");
        assert!(metadata.irregular.is_empty(), "{end:?}");
    }
    let text = "\u{feff}patient id\tsex\nCP_0\tF\n\u{1a}";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&utf16).unwrap().rows.len(), 1);
    // Empty cells before it are cells.
    let metadata = parse(b"patient id\tsex\tage\nCP_0\t\t\x1a").unwrap();
    assert!(metadata.irregular.is_empty());
}

#[test]
fn a_header_in_one_pair_of_quotes() {
    for delimiter in [",", ";", "\t"] {
        let text = "\"patient id,sex\"\n\"CP_0,F\"\n".replace(',', delimiter);
        assert!(
            matches!(
                parse(text.as_bytes()),
                Err(MetadataError::QuotedHeader { line: 1, .. })
            ),
            "{text}"
        );
    }
    assert_eq!(
        error("\n\"patient id,\"\"sex\"\"\"\n\"CP_0,\"\"F\"\"\"\n"),
        "line 2: expected a header of several cells, found all of it in one pair of quotes: `patient id,\\\"sex\\\"`"
    );
    assert!(parse(b"\"patient id\"\nCP_0\n").is_ok());
}

#[test]
fn the_encoding_that_zeros_tell() {
    let advice = |bytes: &[u8]| {
        let error = parse(bytes).unwrap_err();
        error.advice("metadata.csv").unwrap()
    };
    let text = "patient id,sex\nCP_0,F\n";
    let units = || text.encode_utf16();
    for (bytes, encoding) in [
        (
            units().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
            "UTF-16LE",
        ),
        (units().flat_map(u16::to_be_bytes).collect(), "UTF-16BE"),
        (
            text.chars()
                .flat_map(|letter| u32::from(letter).to_le_bytes())
                .collect(),
            "UTF-32LE",
        ),
        (
            text.chars()
                .flat_map(|letter| u32::from(letter).to_be_bytes())
                .collect(),
            "UTF-32BE",
        ),
    ] {
        let expected =
            format!("save it as UTF-8: `iconv -f {encoding} -t UTF-8 metadata.csv > utf8.csv`");
        assert_eq!(advice(&bytes), expected);
        let mark: &[u8] = match encoding {
            "UTF-32LE" => b"\xFF\xFE\0\0",
            "UTF-32BE" => b"\0\0\xFE\xFF",
            _ => continue,
        };
        assert_eq!(advice(&[mark, &bytes].concat()), expected);
    }
    assert!(advice(b"patient id\nCP\0_0\n").contains("tr -d '\\000'"));
    assert!(advice(b"patient id\nCP\xe9\n").contains("WINDOWS-1252"));
}

#[test]
fn columns_and_cells_without_a_name() {
    let index = ",patient id,sex,,\n0,CP_0,F,,\n1,CP_1,,,\n2,,,,\n";
    let metadata = parse(index.as_bytes()).unwrap();
    assert_eq!(metadata.rows.len(), 2);
    assert_eq!(metadata.rows[0].sex.as_deref(), Some("F"));
    assert!(metadata.columns.extra.is_empty());
    assert_eq!(metadata.irregular, [(4, Irregular::Empty)]);
    let named = parse(b"Unnamed: 0,patient id\n0,CP_0\n1,\n").unwrap();
    assert_eq!(named.columns.extra, ["Unnamed: 0"]);
    assert_eq!(named.irregular, [(3, Irregular::Empty)]);
    // Cells behind the header's, as long as they are empty.
    let rows = parse(b"patient id,sex\nCP_0,F,,\nCP_1,M,\n").unwrap().rows;
    assert_eq!(rows[1].sex.as_deref(), Some("M"));
}

#[test]
fn the_row_names_of_r() {
    let text =
        "\"patient.id\",\"sex\",\"view\"\n\"1\",\"CP_0\",NA,\"Axial\"\n\"2\",\"CP_1\",\"M\",\n";
    let metadata = parse(text.as_bytes()).unwrap();
    assert_eq!(metadata.rows[0].patient_id, "CP_0");
    assert_eq!(metadata.rows[1].sex.as_deref(), Some("M"));
    assert!(metadata.irregular.is_empty());
    // A value more than the header has columns is no row name.
    assert_eq!(
        error("patient id,sex\nCP_0,F,x\n"),
        "line 2: expected 2 fields as in the header, found 3, the last is `x`"
    );
}

#[test]
fn rows_that_are_passed_over_or_completed() {
    let text = "patient id,sex,age,view,note\nCP_0,F,45,Axial,x\n,,,,\nNA,nan,,NULL,\n\
                patient id,sex,age,view,note\nCP_0,F,45,Axial,y\nCP_1,M\nCP_2,,,CT\nCP_3\n";
    let metadata = parse(text.as_bytes()).unwrap();
    let ids: Vec<&str> = metadata
        .rows
        .iter()
        .map(|row| row.patient_id.as_str())
        .collect();
    assert_eq!(ids, ["CP_0", "CP_1", "CP_2", "CP_3"]);
    let short = |found| Irregular::Short { expected: 5, found };
    assert_eq!(
        metadata.irregular,
        [
            (3, Irregular::Empty),
            (4, Irregular::Empty),
            (5, Irregular::Header),
            (6, Irregular::Repeated),
            (7, short(2)),
            // The only column that CP_2 lacks is of no use anyway.
            (9, short(1)),
        ]
    );
}

#[test]
fn wrong_rows() {
    assert_eq!(
        error("patient id,sex\nCP_0,F\nCP_1,F,,45,\n"),
        "line 3: expected 2 fields as in the header, found 4, the last is `45`"
    );
    assert_eq!(
        error("sex,patient id\nF, \n"),
        "line 2: expected a patient id in field 2, found nothing"
    );
    assert_eq!(
        error("sex,patient id\nF,NA\n"),
        "line 2: expected a patient id in field 2, found `NA`"
    );
    assert_eq!(
        error("patient id,sex\nCP_0,F\n\n\"CP_0 \",M\n"),
        "line 4: expected one row per patient, found `CP_0` on line 2 too, with other values"
    );
    assert_eq!(
        error("patient id,sex\nCP_0,F\nsex,patient id\n"),
        "line 3: expected a patient, found a header that is not the one of the first line"
    );
}

#[test]
fn wrong_quotes() {
    assert_eq!(
        error("patient id,sex\nCP_0,\"F\n"),
        "line 2, column 6: expected a closing quote, found the end of the file"
    );
    assert_eq!(
        error("patient id,sex\nCP_0,\"a\nb\" M,\n"),
        "line 3, column 4: expected a comma after the closing quote, found `M`"
    );
}

#[test]
fn binary() {
    let error = |bytes: &[u8]| parse(bytes).unwrap_err().to_string();
    assert_eq!(
        error(b"patient id\nCP\0_0\n"),
        "line 2, column 3: expected text in UTF-8, found the byte 0x00"
    );
    assert_eq!(
        error(b"\xFFp\0a\0"),
        "line 1, column 1: expected text in UTF-8, found the byte 0xff"
    );
    assert_eq!(
        error(b"p\0a\0\r\0\n\0"),
        "line 1, column 2: expected text in UTF-8, found the byte 0x00"
    );
    assert_eq!(
        error(b"patient id\rC\xC3"),
        "line 2, column 2: expected text in UTF-8, found the byte 0xc3"
    );
    assert_eq!(
        error(b"patient id\nC\xC3"),
        "line 2, column 2: expected text in UTF-8, found the byte 0xc3"
    );
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = parse(&bytes);
    }

    #[test]
    fn never_panics_near_the_format(rows in "([ab1\"éö,;\t \r\n]{0,12}\n){0,4}", end in "[,;\t]") {
        let _ = parse(format!("patient id{end}sex\n{rows}").as_bytes());
    }

    #[test]
    fn a_quoted_cell_reads_back(cell in "[ -~éö\r\n]{1,20}") {
        let text = format!("sex,patient id\n\"{}\",CP_0\n", cell.replace('"', "\"\""));
        let rows = parse(text.as_bytes()).unwrap().rows;
        let cell = cell.trim();
        prop_assert_eq!(rows[0].sex.as_deref(), (!cell.is_empty()).then_some(cell));
    }
}

/// The published metadata of release CT-2A.
#[test]
fn real_metadata() {
    let Some(folder) = std::env::var_os("COVIDX_LABELS").map(std::path::PathBuf::from) else {
        println!("skipped: COVIDX_LABELS names no folder of real labels");
        return;
    };
    let metadata = parse(&std::fs::read(folder.join("metadata.csv")).unwrap()).unwrap();
    assert_eq!(metadata.rows.len(), 4_501);
    assert_eq!(metadata.columns, ColumnNames::default());
    assert!(metadata.irregular.is_empty());
    for row in metadata.rows {
        let known = |value: Option<&str>, of: fn(&str) -> bool| value.is_none_or(of);
        assert!(
            known(
                row.source.as_deref(),
                crate::datasets::covidx_ct::files::source::is_known
            ),
            "{row:?}"
        );
        let age = |age: &str| crate::datasets::covidx_ct::files::age::parse_age(age).is_some();
        assert!(known(row.age.as_deref(), age), "{row:?}");
    }
}
