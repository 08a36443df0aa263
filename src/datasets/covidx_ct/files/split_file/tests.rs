#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn error(line: &[u8]) -> String {
    parse_line(line).unwrap_err().to_string()
}

#[test]
fn a_published_line() {
    let line = parse_line(b"NCP_96_1328_0032.png 2 9 94 512 405").unwrap();
    assert_eq!(line.file_name, b"NCP_96_1328_0032.png");
    assert_eq!(line.class, Class::Covid19);
    assert_eq!(line.bbox, [9, 94, 512, 405]);
}

#[test]
fn blanks_tabs_and_a_carriage_return() {
    let expected = parse_line(b"a.png 0 1 2 3 4").unwrap();
    for line in [
        b"a.png 0 1 2 3 4\r".as_slice(),
        b"a.png  0\t1 \t2 3 4",
        b"a.png 0 1 2 3 4 \t",
        b"a.png 0 1 2 3 4 \r",
        b"a.png 0 +1 2 3 4",
    ] {
        assert_eq!(parse_line(line), Ok(expected), "{}", line.escape_ascii());
    }
}

#[test]
fn numbers_may_be_negative_and_large() {
    let line = parse_line(b"a.png 1 -1 2147483647 -2147483648 000000000007").unwrap();
    assert_eq!(line.bbox, [-1, i32::MAX, i32::MIN, 7]);
}

#[test]
fn a_name_may_have_any_letter() {
    let line = "Höhe_1_0001.png 0 0 0 1 1".as_bytes();
    assert_eq!(
        parse_line(line).unwrap().file_name,
        "Höhe_1_0001.png".as_bytes()
    );
}

#[test]
fn field_counts() {
    assert_eq!(
        error(b"a.png 2 0 0 512"),
        "column 16: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 5"
    );
    assert_eq!(
        error(b"my scan.png 2 0 0 512 512\r"),
        "column 23: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 7"
    );
    assert_eq!(
        error(b"a.png,2,0,0,512,512"),
        "column 20: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 1"
    );
    assert_eq!(
        error(b""),
        "column 1: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 0"
    );
}

#[test]
fn classes() {
    assert_eq!(
        error(b"a.png 3 0 0 1 1"),
        "column 7: expected class 0, 1 or 2, found `3`"
    );
    assert_eq!(
        error(b"a.png  COVID-19 0 0 1 1"),
        "column 8: expected class 0, 1 or 2, found `COVID-19`"
    );
    assert_eq!(
        error(b"a.png 02 0 0 1 1"),
        "column 7: expected class 0, 1 or 2, found `02`"
    );
}

#[test]
fn box_numbers() {
    assert_eq!(
        error(b"a.png 2 0 0 12.5 1"),
        "column 13: expected a box number, a 32-bit integer, found `12.5`"
    );
    assert_eq!(
        error(b"a.png 2 0 0 1 2147483648"),
        "column 15: expected a box number, a 32-bit integer, found `2147483648`"
    );
    assert_eq!(
        error(b"a.png 2 \xFF 0 1 1"),
        "column 9: expected a box number, a 32-bit integer, found `\u{FFFD}`"
    );
}

#[test]
fn names() {
    assert_eq!(
        error(b" a.png 2 0 0 1 1"),
        "column 1: expected a file name, found a blank"
    );
    assert_eq!(
        error(b"a\xFF.png 2 0 0 1 1"),
        "column 1: expected a file name in UTF-8, found `a\u{FFFD}.png`"
    );
    assert_eq!(
        error(b"../a.png 2 0 0 1 1"),
        "column 1: expected a file name without control characters, `/` and `\\`, found `../a.png`"
    );
    for name in ["a\\b.png", "a\0.png", "a\u{7f}", "a\u{85}.png", ".", ".."] {
        let line = format!("{name} 2 0 0 1 1");
        assert_eq!(
            parse_line(line.as_bytes()).unwrap_err().kind,
            LineErrorKind::NameCharacter,
            "{name:?}"
        );
    }
}

#[test]
fn a_long_field_is_cut() {
    let line = vec![0; 1_000_000];
    let error = parse_line(&line).unwrap_err();
    assert_eq!(error.found.chars().count(), 61);
    assert!(error.found.ends_with("\\0…"));
    let line = "a.png é".to_owned() + &"é".repeat(70) + " 0 0 1 1";
    let error = parse_line(line.as_bytes()).unwrap_err();
    assert_eq!(error.found, "é".repeat(60) + "…");
}

proptest! {
    #[test]
    fn never_panics(line: Vec<u8>) {
        let _ = parse_line(&line);
    }

    #[test]
    fn never_panics_near_the_format(
        name in "[a. /\\\\\u{85}ö\t]{0,4}",
        rest in "[ \t]{0,2}[0-3x]?[ 0-9+-]{0,30}\r?",
    ) {
        let _ = parse_line((name + &rest).as_bytes());
    }

    #[test]
    fn what_is_usual_is_what_careful_says(line in "[a./]{0,4} [0-3] [ 0-9-]{0,24}\r?") {
        if let Some(parsed) = usual(line.as_bytes()) {
            prop_assert_eq!(careful(line.as_bytes()), Ok(parsed));
        }
    }

    #[test]
    fn a_written_line_reads_back(
        name in "[!-.0-\\[\\]-~ö]{3,40}",
        class in 0_u8..3,
        bbox: [i32; 4],
        end in "\r?",
    ) {
        let [xmin, ymin, xmax, ymax] = bbox;
        let line = format!("{name} {class} {xmin} {ymin} {xmax} {ymax}{end}");
        let parsed = parse_line(line.as_bytes()).unwrap();
        prop_assert_eq!(parsed.file_name, name.as_bytes());
        prop_assert_eq!(parsed.class.id(), class);
        prop_assert_eq!(parsed.bbox, bbox);
    }
}
