//! Metadata as people have it: saved once by a spreadsheet, pandas or R, appended to another, damaged, of other labels. It is
//! understood, understood with a finding, or refused; nothing wrong is published in silence.

use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;

use crate::support::dataset::HEADER;
use crate::support::{Dataset, Lake, Outcome};

const COLUMNS: [&str; 7] = [
    "patient_id",
    "country",
    "sex",
    "age",
    "source",
    "slice_selection",
    "modality",
];

/// The patients of [`Dataset::small`], as they are in every file that says the same.
const PATIENTS: &str = "\
CP_3 China M 62 CNCB Expert CT
NCP_1 China F 45 CNCB Expert CT
NCP_2 China Unknown NULL CNCB Automatic CT
Normal_4 China Unknown NULL CNCB N/A CT
patient5 Iran M 30 COVID-CTSet N/A CT";

/// The small dataset with its metadata changed.
fn changed(change: impl Fn(&str) -> Vec<u8>) -> Dataset {
    let dataset = Dataset::small();
    let metadata = change(&dataset.text("metadata.csv"));
    dataset.file("metadata.csv", metadata)
}

/// The metadata, cell by cell, with a cell changed by its column's name; rows end with `\n` and cells are not quoted.
fn cells(change: impl Fn(&str, &str) -> String) -> Dataset {
    let columns: Vec<&str> = HEADER.split(',').collect();
    changed(|text| {
        let rows = text.lines().skip(1).map(|row| {
            let cells = columns.iter().zip(row.split(','));
            let cells = cells.map(|(column, cell)| change(column, cell));
            cells.collect::<Vec<_>>().join(",") + "\n"
        });
        format!("{HEADER}\n{}", rows.collect::<String>()).into_bytes()
    })
}

/// The patients and the findings of a dataset.
#[track_caller]
fn read(dataset: &Dataset) -> (String, String) {
    let lake = Lake::built(dataset);
    let patients = lake.lines("patients", &COLUMNS);
    (patients.trim_end().to_owned(), lake.findings_but_images())
}

/// What a build says that publishes nothing.
#[track_caller]
fn refused(dataset: &Dataset, options: &[&str]) -> Outcome {
    let lake = Lake::with(dataset);
    let said = lake.ctlake([&["build"], options].concat()).fails(1);
    assert!(lake.log().is_empty(), "something was published");
    said
}

#[test]
fn line_ends_of_every_kind_are_line_ends() {
    let expected = Lake::built(&Dataset::small());
    let columns = ["split", "label_line", "file_name", "country", "sex", "age"];
    let slices = expected.lines("ct_slices", &columns);
    for end in ["\r", "\r\n", "\n"] {
        // In the label files too; the first line ends in another way than the others.
        let dataset = Dataset::small().each(|text| {
            let text = text.replace('\n', end);
            text.replacen(end, "\r", 1).into_bytes()
        });
        let lake = Lake::built(&dataset);
        assert_eq!(
            lake.lines("patients", &COLUMNS).trim_end(),
            PATIENTS,
            "{end:?}"
        );
        assert_eq!(lake.lines("ct_slices", &columns), slices, "{end:?}");
        assert_eq!(lake.findings_but_images(), "", "{end:?}");
    }
}

#[test]
fn a_line_end_inside_quotes_belongs_to_the_cell() {
    let dataset = changed(|text| {
        text.replacen("CNCB", "\"CN\rCB\"", 1)
            .replace('\n', "\r")
            .into()
    });
    let (patients, _) = read(&dataset);
    assert!(
        patients.contains("NCP_1 China F 45 CN\rCB Expert CT"),
        "{patients}"
    );
}

#[test]
fn other_delimiters_and_encodings() {
    for delimiter in [";", "\t", "|"] {
        let dataset = changed(|text| {
            text.replace("45", "45,0")
                .replace(',', delimiter)
                .replace(&format!("45{delimiter}0"), "45,0")
                .into()
        });
        assert_eq!(
            read(&dataset),
            (PATIENTS.to_owned(), String::new()),
            "{delimiter:?}"
        );
    }
    let utf16 = changed(|text| {
        let text = text.replace(',', "\t").replace('\n', "\r\n");
        let units = format!("\u{feff}{text}");
        units.encode_utf16().flat_map(u16::to_le_bytes).collect()
    });
    assert_eq!(read(&utf16), (PATIENTS.to_owned(), String::new()));
}

#[test]
fn ages_of_a_column_with_missing_values_are_whole_numbers() {
    for fraction in [".0", ".00", "e0"] {
        let dataset = cells(|column, cell| match column {
            "age" if !cell.is_empty() => format!("{cell}{fraction}"),
            _ => cell.to_owned(),
        });
        assert_eq!(
            read(&dataset),
            (PATIENTS.to_owned(), String::new()),
            "{fraction}"
        );
    }
    let comma = cells(|column, cell| match column {
        "age" if !cell.is_empty() => format!("\"{cell},0\""),
        _ => cell.to_owned(),
    });
    assert_eq!(read(&comma), (PATIENTS.to_owned(), String::new()));
}

#[test]
fn words_for_a_missing_value_are_missing_values() {
    for word in ["NA", "nan", "NULL", "None", "<NA>", "#N/A", "N/A", "-"] {
        let dataset = cells(|_, cell| match cell {
            "" => word.to_owned(),
            cell => cell.to_owned(),
        });
        let (patients, findings) = read(&dataset);
        assert_eq!(patients, PATIENTS, "{word}");
        let expected = format!(
            "info missing-word: column age (rows: `{word}` in 2) x2\n\
             info missing-word: column sex (rows: `{word}` in 2) x2"
        );
        assert_eq!(findings.trim_end(), expected, "{word}");
    }
}

#[test]
fn in_slice_selection_one_word_is_a_category() {
    let dataset = cells(|column, cell| match (column, cell) {
        ("slice selection", "Automatic") => "NaN".to_owned(),
        ("slice selection", "Expert") => "n/a".to_owned(),
        ("modality", _) => "N/A".to_owned(),
        _ => cell.to_owned(),
    });
    let (patients, findings) = read(&dataset);
    assert_snapshot!(patients, @"
    CP_3 China M 62 CNCB n/a NULL
    NCP_1 China F 45 CNCB n/a NULL
    NCP_2 China Unknown NULL CNCB NULL NULL
    Normal_4 China Unknown NULL CNCB N/A NULL
    patient5 Iran M 30 COVID-CTSet N/A NULL
    ");
    assert_snapshot!(findings, @"
    info missing-word: column modality (rows: `N/A` in 5) x5
    info missing-word: column slice selection (rows: `NaN` in 1) x1
    ");
    // pandas reads the category as a missing value, and writes nothing.
    let lost = cells(|_, cell| match cell {
        "N/A" => String::new(),
        cell => cell.to_owned(),
    });
    assert_snapshot!(read(&lost).1, @"warning category-lost: column slice selection (missing for all 2 Normal patients, where the published file has the category `N/A`) x2");
}

#[test]
fn words_for_a_sex_are_one_and_others_are_kept() {
    let dataset = Dataset::small()
        .patient("NCP_6,CNCB,China,Female,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_7,CNCB,China,male,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_8,CNCB,China,w,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_9,CNCB,China,Other,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_10,CNCB,China,9,45,COVID-19,Yes,Expert,Axial,CT");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.lines("patients", &["patient_id", "sex"]), @"
    CP_3 M
    NCP_1 F
    NCP_10 9
    NCP_2 Unknown
    NCP_6 F
    NCP_7 M
    NCP_8 F
    NCP_9 Other
    Normal_4 Unknown
    patient5 M
    ");
    let findings = lake.findings_but_images();
    let of_values: Vec<&str> = findings
        .lines()
        .filter(|line| !line.contains("patient-without-slices"))
        .collect();
    assert_snapshot!(of_values.join("\n"), @"
    warning unknown-sex: sex 9 (-) x1
    warning unknown-sex: sex Other (-) x1
    warning value-respelled: sex Female (stands as `F`) x1
    warning value-respelled: sex male (stands as `M`) x1
    warning value-respelled: sex w (stands as `F`) x1
    warning value-retyped: sex 9 (the number 9 where types are inferred) x1
    ");
}

#[test]
fn columns_without_a_name_and_row_names_are_passed_over() {
    let numbered = |first: &str, name: fn(usize) -> String| {
        changed(|text| {
            let rows = text.lines().skip(1).enumerate();
            let rows = rows.map(|(number, row)| format!("{}{row}\n", name(number)));
            format!("{first}{HEADER}\n{}", rows.collect::<String>()).into()
        })
    };
    for dataset in [
        numbered(",", |number| format!("{number},")),
        numbered("Unnamed: 0,", |number| format!("{number},")),
        numbered("\"\",\"X\",", |number| {
            format!("\"{}\",{number},", number + 1)
        }),
        // R's `write.table`: a name for each row, and none for the column of the names.
        numbered("", |number| format!("\"{}\",", number + 1)),
    ] {
        assert_eq!(
            read(&dataset),
            (PATIENTS.to_owned(), String::new()),
            "{}",
            dataset.text("metadata.csv")
        );
    }
    let mangled = changed(|text| {
        text.replace("patient id", "patient.id")
            .replace("slice selection", "slice.selection")
            .into()
    });
    assert_eq!(read(&mangled), (PATIENTS.to_owned(), String::new()));
    let trailing = changed(|text| text.replace('\n', ",,,\n").into());
    assert_eq!(read(&trailing), (PATIENTS.to_owned(), String::new()));
}

#[test]
fn irregular_rows_are_findings() {
    let dataset = changed(|text| {
        let rows = "NCP_1,CNCB,China,F,45.0,COVID-19,Yes,Expert,Axial,CT\nNormal_6,CNCB,China\n";
        format!("{text},,,,,,,,,\n{HEADER}\n{rows}").into()
    });
    let (patients, findings) = read(&dataset);
    assert_eq!(
        patients.replace("Normal_6 China Unknown NULL CNCB NULL NULL\n", ""),
        PATIENTS
    );
    assert_snapshot!(findings, @"
    info patient-without-slices: patient Normal_6 (-) x1
    info finding-missing: patient Normal_6 (-) x1
    warning irregular-row: line landing/CT-2A/metadata.csv:10 (3 fields of 10: the others are taken for missing) x1
    warning irregular-row: line landing/CT-2A/metadata.csv:7 (a row without a value, passed over) x1
    warning irregular-row: line landing/CT-2A/metadata.csv:8 (the header once more, passed over) x1
    warning irregular-row: line landing/CT-2A/metadata.csv:9 (the same as an earlier row, passed over) x1
    ");
}

#[test]
fn metadata_without_a_patient_is_refused() {
    let header = |end: &str| Dataset::small().file("metadata.csv", format!("{HEADER}{end}"));
    assert_snapshot!(refused(&header("\r"), &[]), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`: expected a row per patient, found none below the header

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`; or build with it as it is: `--allow-bad-metadata`
    ");
    for end in ["", "\n", "\n,,,,,,,,,\nNA,NA\n"] {
        refused(&header(end), &["--fail-on", "error"]);
        refused(
            &header(end),
            &["--fail-on", "error", "--allow-bad-metadata"],
        );
    }
    let lake = Lake::with(&header(""));
    lake.ctlake(["build", "--allow-bad-metadata"]).ok();
    let findings = lake.findings_but_images();
    assert_snapshot!(findings.lines().next_back().unwrap(), @"error metadata-unmatched: file landing/CT-2A/metadata.csv (0 of 6 slices belong to a patient that it lists) x6");
    assert_eq!(findings.lines().count(), 7);
    // What was published once is judged again.
    let again = ["build", "--allow-bad-metadata", "--fail-on", "error"];
    assert_snapshot!(lake.ctlake(again).fails(1), @"
    exit 1
    --- stderr
    error: the current snapshot `[SNAPSHOT]` has 6 metadata-unmatched (error), and --fail-on error allows none

    hint: look at the table `quality_findings`; correct the inputs and build again, or show an older snapshot: `ctlake snapshots rollback`
    ");
}

#[test]
fn metadata_of_other_labels_is_refused() {
    let others = changed(|text| text.replace("NCP_", "X_").replace("CP_3", "Y_3").into());
    assert_snapshot!(refused(&others, &[]), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv` does not fit the label files: 2 of 6 slices belong to a patient that it lists; it lacks `NCP_1`, for one

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`; or build with it as it is: `--allow-bad-metadata`
    ");
    refused(&others, &["--fail-on", "error", "--allow-bad-metadata"]);
    assert!(
        refused(&others, &["--dry-run"])
            .stderr()
            .contains("2 of 6 slices")
    );
    // Half of the slices, and a few orphans, are enough.
    let half = changed(|text| text.replace("NCP_1", "X_1").replace("CP_3", "Y_3").into());
    assert_eq!(read(&half).1.matches("slice-without-metadata").count(), 3);
}

#[test]
fn a_column_without_a_readable_value_is_refused() {
    let years = cells(|column, cell| match column {
        "age" if !cell.is_empty() => format!("{cell} years"),
        _ => cell.to_owned(),
    });
    assert_snapshot!(refused(&years, &[]), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, column `age`: none of its 3 values is a whole number from 0 to 120: `45 years`, `62 years`, `30 years`

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`; or build with it as it is: `--allow-bad-metadata`
    ");
    refused(&years, &["--fail-on", "error", "--allow-bad-metadata"]);
    let codes = cells(|column, cell| match column {
        "finding" => format!("{}", cell.len()),
        _ => cell.to_owned(),
    });
    assert!(refused(&codes, &[]).stderr().contains("column `finding`: none of its 5 values is `Normal`, `Pneumonia` or `COVID-19`: `6`, `8`, `9`, …"));
    // A number for a sex, or a word that is none: nobody knows which is which.
    for (female, male) in [("2", "1"), ("true", "false"), ("XX", "XY"), ("'F'", "'M'")] {
        let sexes = cells(|column, cell| match (column, cell) {
            ("sex", "F") => female.to_owned(),
            ("sex", "M") => male.to_owned(),
            _ => cell.to_owned(),
        });
        let said = refused(&sexes, &["--fail-on", "error"]);
        assert!(
            said.stderr()
                .contains("column `sex`: none of its 3 values is `F` or `M`: `"),
            "{said}"
        );
        refused(&sexes, &["--fail-on", "error", "--allow-bad-metadata"]);
        let lake = Lake::with(&sexes);
        lake.ctlake(["build", "--allow-bad-metadata"]).ok();
        let findings = lake.findings_but_images();
        assert!(
            findings.contains("error column-unreadable: column sex (none of its 3 values is"),
            "{findings}"
        );
    }
    let words = cells(|column, cell| match (column, cell) {
        ("sex", "F") => "Women".to_owned(),
        ("sex", "M") => "men".to_owned(),
        _ => cell.to_owned(),
    });
    assert_eq!(read(&words).0, PATIENTS);
    // One of several is a value.
    let one = cells(|column, cell| match (column, cell) {
        ("age", "45") => "45 years".to_owned(),
        _ => cell.to_owned(),
    });
    assert_snapshot!(read(&one).1, @"warning implausible-age: patient NCP_1 (age `45 years`, not a whole number from 0 to 120) x1");
}

#[test]
fn a_column_of_which_fewer_than_half_can_be_read_is_refused() {
    let years = |readable: usize| {
        (6..10).fold(Dataset::small(), |dataset, number| {
            let unit = if number < 6 + readable { "" } else { " years" };
            dataset.patient(&format!(
                "NCP_{number},CNCB,China,F,4{number}{unit},COVID-19,Yes,Expert,Axial,CT"
            ))
        })
    };
    // Of the three ages that are there already, one is left.
    let one = |dataset: Dataset| {
        dataset
            .metadata_with(",45,", ",45 years,")
            .metadata_with(",62,", ",,")
    };
    let said = refused(&one(years(1)), &["--fail-on", "error"]);
    assert!(
        said.stderr().contains("column `age`: only 2 of its 6 values are a whole number from 0 to 120, not `45 years`, `47 years`, `48 years`, …"),
        "{said}"
    );
    let (_, findings) = read(&one(years(2)));
    assert_eq!(findings.matches("implausible-age").count(), 3, "{findings}");
    // A value of a million letters is not printed, in JSON as little as on a terminal.
    let endless = cells(|column, cell| match column {
        "age" if !cell.is_empty() => "x".repeat(1_000_000),
        _ => cell.to_owned(),
    });
    let said = refused(&endless, &["--json"]);
    assert!(said.raw_stdout().len() + said.stderr().len() < 5000);
    let lake = Lake::with(&endless);
    lake.ctlake(["build", "--allow-bad-metadata"]).ok();
    assert!(lake.findings_but_images().len() < 5000);
}

#[test]
fn columns_that_the_header_lacks_are_findings() {
    let renamed = Dataset::small().metadata_with(
        "country,sex,age,finding,verified finding",
        "Country of origin,gender,Age (years),diagnosis,verified",
    );
    let lake = Lake::built(&renamed);
    let findings = lake.findings_but_images();
    let columns: Vec<&str> = findings
        .lines()
        .filter(|line| line.contains("column"))
        .collect();
    assert_snapshot!(columns.join("\n"), @"
    error column-missing: column age (not in the header of the metadata; its other columns: `Country of origin`, `gender`, `Age (years)`, `diagnosis`, `verified`) x1
    error column-missing: column country (not in the header of the metadata; its other columns: `Country of origin`, `gender`, `Age (years)`, `diagnosis`, `verified`) x1
    error column-missing: column finding (not in the header of the metadata; its other columns: `Country of origin`, `gender`, `Age (years)`, `diagnosis`, `verified`) x1
    error column-missing: column sex (not in the header of the metadata; its other columns: `Country of origin`, `gender`, `Age (years)`, `diagnosis`, `verified`) x1
    info optional-column-missing: column verified finding (not in the header of the metadata; its other columns: `Country of origin`, `gender`, `Age (years)`, `diagnosis`, `verified`) x1
    ");
    assert!(
        refused(&renamed, &["--fail-on", "error"])
            .stderr()
            .contains("4 column-missing (error)")
    );
    // The first releases have no such columns.
    let columns = HEADER.split(',').collect::<Vec<_>>();
    let older = changed(|text| {
        let rows = text.lines().map(|row| {
            let cells = row.split(',').zip(&columns);
            let cells = cells
                .filter(|(_, column)| !["verified finding", "slice selection"].contains(*column));
            cells.map(|(cell, _)| cell).collect::<Vec<_>>().join(",") + ",,\n"
        });
        let text = rows.collect::<String>();
        text.replacen(",,\n", ",survival,temperature\n", 1).into()
    });
    let lake = Lake::with(&older);
    lake.ctlake(["build", "--fail-on", "error"]).ok();
    assert_snapshot!(lake.findings_but_images(), @"
    info optional-column-missing: column slice selection (not in the header of the metadata; its other columns: `survival`, `temperature`) x1
    info optional-column-missing: column verified finding (not in the header of the metadata; its other columns: `survival`, `temperature`) x1
    ");
}

#[test]
fn a_file_may_end_as_those_of_dos_do() {
    for end in ["\x1a", "\r\n\x1a", "\n\x1a\x1a\n"] {
        let dataset =
            Dataset::small().each(|text| format!("{}{end}", text.trim_end()).into_bytes());
        assert_eq!(
            read(&dataset),
            (PATIENTS.to_owned(), String::new()),
            "{end:?}"
        );
        assert_eq!(Lake::built(&dataset).rows("ct_slices").len(), 6, "{end:?}");
    }
}

#[test]
fn text_of_another_encoding_or_in_quotes_is_refused_with_the_command_that_helps() {
    let hint = |dataset: &Dataset| {
        let said = refused(dataset, &[]);
        let text = said.stderr().to_owned();
        text.split("hint: ")
            .last()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let utf16 = changed(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    assert_snapshot!(hint(&utf16), @"save it as UTF-8: `iconv -f UTF-16LE -t UTF-8 metadata.csv > utf8.csv`, then `ctlake ingest SOURCE --lake ./lake --replace`");
    let quoted = changed(|text| {
        let rows = text.lines().map(|row| format!("\"{row}\"\r\n"));
        rows.collect::<String>().into()
    });
    assert_snapshot!(refused(&quoted, &[]), @r#"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 1: expected a header of several cells, found all of it in one pair of quotes: `patient id,source,country,sex,age,finding,verified finding,slice selection,view,modality`

    hint: remove the quotes around each row: `sed -E 's/^"|"\r?$//g; s/""/"/g' metadata.csv > cells.csv`, then `ctlake ingest SOURCE --lake ./lake --replace`
    "#);
}

#[test]
fn partition_values_that_readers_retype_are_findings() {
    let countries = [
        "036",
        "true",
        "2020-01-31",
        "1e5",
        "inf",
        "31.12.2021",
        "01-02-20",
        "0b11",
        "-2020-01-01",
        "+5",
        "½",
        "12-31-2021",
        "NULL",
        "__HIVE_DEFAULT_PARTITION__",
        "South\u{a0}Korea",
        "South Korea",
    ];
    let dataset = countries
        .iter()
        .zip(6..)
        .fold(Dataset::small(), |dataset, (country, number)| {
            dataset
                .patient(&format!(
                    "NCP_{number},CNCB,{country},F,45,COVID-19,Yes,Expert,Axial,CT"
                ))
                .line(
                    Split::Train,
                    &format!("NCP_{number}_10_0001.png 2 10 20 110 120"),
                )
        });
    let (_, findings) = read(&dataset);
    assert_snapshot!(findings.replace('\u{a0}', "[nbsp]"), @"
    warning value-respelled: country South[nbsp]Korea (stands as `South Korea`) x1
    warning value-sanitised: country __HIVE_DEFAULT_PARTITION__ (stands as `Unknown`) x1
    warning value-retyped: country -2020-01-01 (a date where types are inferred) x1
    warning value-retyped: country 01-02-20 (a date where types are inferred) x1
    warning value-retyped: country 036 (the number 36 where types are inferred) x1
    warning value-retyped: country 0b11 (a number where types are inferred) x1
    warning value-retyped: country 1e5 (a number where types are inferred) x1
    warning value-retyped: country 2020-01-31 (a date where types are inferred) x1
    warning value-retyped: country 31.12.2021 (a date where types are inferred) x1
    warning value-retyped: country inf (a number or a date where types are inferred) x1
    warning value-retyped: country true (a boolean where types are inferred) x1
    info missing-word: column country (rows: `NULL` in 1) x1
    ");
}

#[test]
fn a_file_that_is_no_table_is_not_printed() {
    let header = (0..40_000).map(|number| format!(",column {number}"));
    let header = header.collect::<String>();
    let dataset = changed(|text| text.replacen('\n', &format!("{header}\n"), 1).into());
    let said = Lake::with(&dataset).ctlake(["build"]).ok();
    let shown = "`column 9` and 39,990 more passed over";
    assert!(said.stderr().contains(shown), "{}", said.stderr());
}
