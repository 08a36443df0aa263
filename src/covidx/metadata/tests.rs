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
    assert!(metadata.missing_columns.is_empty() && metadata.extra_columns.is_empty());
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
    assert_eq!(metadata.extra_columns, ["survival", "pO2 saturation"]);
    assert_eq!(
        metadata.missing_columns,
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
        error("\npatient id;source\n"),
        "line 2: expected columns separated by commas, found `;`"
    );
    assert_eq!(
        error("patient id\tsource\n"),
        "line 1: expected columns separated by commas, found tabs"
    );
    assert_eq!(
        error("patient id,age,patient_id\n"),
        "line 1: expected the column `patient id` once, found it as field 1 and 3"
    );
}

#[test]
fn wrong_rows() {
    assert_eq!(
        error("patient id,sex\nCP_0\n"),
        "line 2: expected 2 fields as in the header, found 1"
    );
    assert_eq!(
        error("patient id,sex\nCP_0,F\nCP_1,F,\n"),
        "line 3: expected 2 fields as in the header, found 3"
    );
    assert_eq!(
        error("sex,patient id\nF, \n"),
        "line 2: expected a patient id in field 2, found nothing"
    );
    assert_eq!(
        error("patient id\nCP_0\n\n\"CP_0 \"\n"),
        "line 4: expected one row a patient, found `CP_0` on line 2 too"
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
        error(b"\xFF\xFEp\0a\0"),
        "line 1, column 1: expected text in UTF-8, found the byte 0xff"
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
    fn never_panics_near_the_format(rows in "([ab\"éö, \r\n]{0,12}\n){0,4}") {
        let _ = parse(format!("patient id,sex\n{rows}").as_bytes());
    }

    #[test]
    fn a_quoted_cell_reads_back(cell in "[ -~éö\n]{1,20}") {
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
    assert!(metadata.missing_columns.is_empty() && metadata.extra_columns.is_empty());
    for row in metadata.rows {
        let known = |value: Option<&str>, of: fn(&str) -> bool| value.is_none_or(of);
        assert!(
            known(row.source.as_deref(), crate::covidx::source::is_known),
            "{row:?}"
        );
        let age = |age: &str| crate::covidx::age::parse_age(age).is_some();
        assert!(known(row.age.as_deref(), age), "{row:?}");
    }
}
