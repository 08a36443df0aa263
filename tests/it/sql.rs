//! `ctlake sql`: what it answers, in which format, and from which files.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::rows::files;
use crate::support::{Dataset, Lake};

const PATIENTS: &str = "SELECT patient_id, age, in_metadata FROM patients ORDER BY patient_id";

#[test]
fn csv_unless_said_otherwise() {
    let lake = Lake::built(&Dataset::small());
    assert_snapshot!(lake.ctlake(["sql", PATIENTS]).ok(), @"
    exit 0
    --- stdout
    patient_id,age,in_metadata
    CP_3,62,true
    NCP_1,45,true
    NCP_2,,true
    Normal_4,,true
    patient5,30,true
    ");
    assert_eq!(
        lake.sql(PATIENTS),
        lake.ctlake(["sql", PATIENTS, "--format", "csv"])
            .ok()
            .raw_stdout()
    );
}

#[test]
fn a_table() {
    let lake = Lake::built(&Dataset::small());
    assert_snapshot!(lake.ctlake(["sql", PATIENTS, "--format", "table"]).ok(), @"
    exit 0
    --- stdout
    +------------+------+-------------+
    | patient_id |  age | in_metadata |
    +------------+------+-------------+
    | CP_3       |   62 | true        |
    | NCP_1      |   45 | true        |
    | NCP_2      | NULL | true        |
    | Normal_4   | NULL | true        |
    | patient5   |   30 | true        |
    +------------+------+-------------+
    ");
}

#[test]
fn json() {
    let lake = Lake::built(&Dataset::small());
    let said = lake.ctlake(["sql", PATIENTS, "--format", "json"]).ok();
    assert_snapshot!(said, @r#"
    exit 0
    --- stdout
    [{"patient_id":"CP_3","age":62,"in_metadata":true},{"patient_id":"NCP_1","age":45,"in_metadata":true},{"patient_id":"NCP_2","age":null,"in_metadata":true},{"patient_id":"Normal_4","age":null,"in_metadata":true},{"patient_id":"patient5","age":30,"in_metadata":true}]
    "#);
    assert_eq!(said.json().as_array().unwrap().len(), 5);
}

#[test]
fn parquet() {
    let lake = Lake::built(&Dataset::small());
    let said = lake
        .ctlake(["sql", PATIENTS, "--output", "answer.parquet"])
        .ok();
    assert_snapshot!(said, @"
    exit 0
    --- stderr
    5 rows written to answer.parquet
    ");
    assert_snapshot!(read_parquet(&lake, "answer.parquet"), @"
    +------------+-----+-------------+
    | patient_id | age | in_metadata |
    +------------+-----+-------------+
    | CP_3       | 62  | true        |
    | NCP_1      | 45  | true        |
    | NCP_2      |     | true        |
    | Normal_4   |     | true        |
    | patient5   | 30  | true        |
    +------------+-----+-------------+
    ");
    let piped = lake.ctlake(["sql", PATIENTS, "--format", "parquet"]).ok();
    assert_eq!(
        piped.raw.stdout,
        fs::read(lake.path("answer.parquet")).unwrap()
    );
}

fn read_parquet(lake: &Lake, name: &str) -> String {
    let file = File::open(lake.path(name)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    pretty_format_batches(&batches).unwrap().to_string()
}

#[test]
fn no_rows_have_a_header_still() {
    let lake = Lake::built(&Dataset::small());
    let nobody = "SELECT patient_id, age FROM patients WHERE age > 200";
    assert_eq!(lake.sql(nobody), "patient_id,age\n");
    let said = |format: &str| {
        lake.ctlake(["sql", nobody, "--format", format])
            .ok()
            .raw_stdout()
            .to_owned()
    };
    assert_eq!(said("json"), "[]\n");
    assert_snapshot!(said("table"), @"
    +------------+-----+
    | patient_id | age |
    +------------+-----+
    ");
    lake.ctlake(["sql", nobody, "--output", "none.parquet"])
        .ok();
    let file = File::open(lake.path("none.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.schema().fields().len(), 2);
    assert_eq!(reader.build().unwrap().count(), 0);
}

#[test]
fn the_output_file_says_the_format_unless_it_is_named() {
    let lake = Lake::built(&Dataset::small());
    let query = "SELECT COUNT(*) AS patients FROM patients";
    for (name, format, expected) in [
        ("a.csv", None, "patients\n5\n"),
        ("a", None, "patients\n5\n"),
        ("a.json", None, "[{\"patients\":5}]\n"),
        (
            "a.txt",
            None,
            "+----------+\n| patients |\n+----------+\n|        5 |\n+----------+\n",
        ),
        ("b.json", Some("csv"), "patients\n5\n"),
    ] {
        let mut args = vec!["sql", query, "-o", name];
        args.extend(format.iter().flat_map(|format| ["--format", format]));
        lake.ctlake(args).ok();
        assert_eq!(
            fs::read_to_string(lake.path(name)).unwrap(),
            expected,
            "{name}"
        );
    }
    assert!(!lake.path("a.csv.part").exists());
    assert_snapshot!(lake.ctlake(["sql", query, "-o", "nowhere/a.csv"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot write `nowhere/a.csv`: No such file or directory (os error 2)

    hint: check the path, its permissions and the free space: `df -h`
    ");
    // A failed query leaves the file of an earlier one alone.
    lake.ctlake(["sql", "SELECT nothing FROM patients", "-o", "a.csv"])
        .fails(1);
    assert_eq!(lake_text(&lake, "a.csv"), "patients\n5\n");
}

fn lake_text(lake: &Lake, name: &str) -> String {
    fs::read_to_string(lake.path(name)).unwrap()
}

#[test]
fn a_limit() {
    let lake = Lake::built(&Dataset::small());
    let limited = |limit: &str| {
        let said = lake.ctlake([
            "sql",
            "SELECT patient_id FROM patients ORDER BY patient_id",
            "--limit",
            limit,
        ]);
        said.ok().raw_stdout().to_owned()
    };
    assert_eq!(limited("2"), "patient_id\nCP_3\nNCP_1\n");
    assert_eq!(limited("0"), "patient_id\n");
    assert_eq!(limited("99").lines().count(), 6);
}

#[test]
fn the_query_from_stdin() {
    let lake = Lake::built(&Dataset::small());
    let query = "-- how many?\nSELECT COUNT(*) AS slices\nFROM ct_slices\n";
    let said = lake.ctlake_with_input(["sql", "-"], query);
    assert_eq!(said.ok().raw_stdout(), "slices\n6\n");
}

#[test]
fn every_table_answers() {
    let lake =
        Lake::built(&Dataset::small().line(Split::Train, "NCP_1_10_0001.png 2 10 20 110 120"));
    for (table, rows) in [
        ("ct_slices", 7),
        ("patients", 5),
        ("quality_findings", 2),
        ("snapshot_info", 1),
    ] {
        assert_eq!(
            lake.sql(&format!("SELECT COUNT(*) AS n FROM {table}")),
            format!("n\n{rows}\n")
        );
    }
    assert_snapshot!(lake.sql("SELECT rule, severity, subject, occurrences FROM quality_findings ORDER BY rule"), @"
    rule,severity,subject,occurrences
    duplicate-file-name,error,NCP_1_10_0001.png,2
    image-missing,warning,CT-2A,7
    ");
    assert_snapshot!(lake.sql("SELECT release, slices, patients, findings FROM snapshot_info"), @"
    release,slices,patients,findings
    CT-2A,7,5,9
    ");
    let all = lake.sql("SELECT * FROM ct_slices");
    let columns = all.lines().next().unwrap();
    assert!(columns.ends_with("country,sex,diagnosis"), "{columns}");
}

#[test]
fn an_empty_table_answers_too() {
    let images = Split::ALL
        .into_iter()
        .fold(Dataset::small(), |dataset, split| {
            let labels = dataset.text(&format!("{split}_COVIDx_CT-2A.txt"));
            labels.lines().fold(dataset, |dataset, line| {
                let name = line.split(' ').next().unwrap();
                dataset.file(&format!("2A_images/{name}"), png(512, 512))
            })
        });
    let lake = Lake::built(&images);
    assert_eq!(files(&lake.log()[0], "quality_findings").len(), 0);
    assert_eq!(
        lake.sql("SELECT rule, subject, occurrences FROM quality_findings"),
        "rule,subject,occurrences\n"
    );
    assert_eq!(
        lake.sql("SELECT COUNT(*) AS n FROM quality_findings WHERE severity = 'error'"),
        "n\n0\n"
    );
}

/// A PNG as far as its header.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes
}

#[test]
fn null_is_an_empty_cell_and_null_in_json() {
    let lake = Lake::built(&Dataset::small().line(Split::Test, "NCP_1_10_0003.png 2 1 2 3 4"));
    let query = "SELECT patient_id, age, split FROM patients WHERE patient_id IN ('NCP_1', 'NCP_2') ORDER BY patient_id";
    assert_eq!(
        lake.sql(query),
        "patient_id,age,split\nNCP_1,45,several\nNCP_2,,val\n"
    );
    let said = lake.ctlake(["sql", query, "--format", "json"]).ok();
    assert_eq!(said.json()[1]["age"], serde_json::Value::Null);
}

#[test]
fn cells_with_commas_and_quotes_are_quoted() {
    let lake = Lake::built(&Dataset::small());
    assert_eq!(
        lake.sql("SELECT 'a,b' AS a, 'say \"c\"' AS b FROM snapshot_info"),
        "a,b\n\"a,b\",\"say \"\"c\"\"\"\n"
    );
}

#[test]
fn only_the_partitions_asked_for_are_read() {
    let lake = Lake::built(&Dataset::small());
    let log = lake.log();
    let others = files(&log[0], "ct_slices")
        .iter()
        .filter(|file| file["partition"][0][1] != "Iran");
    let others: Vec<&str> = others.map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(others.len(), 4);
    for file in others {
        let path = lake.path("lake").join(file);
        let size = fs::metadata(&path).unwrap().len();
        fs::write(path, vec![0; usize::try_from(size).unwrap()]).unwrap();
    }
    assert_eq!(
        lake.sql("SELECT file_name FROM ct_slices WHERE country = 'Iran'"),
        "file_name\nnormal1_patient5_SR_1_IM00001.png\n"
    );
    lake.ctlake([
        "sql",
        "SELECT file_name FROM ct_slices WHERE country = 'China'",
    ])
    .fails(1);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let lake = Lake::built(&Dataset::small());
    // More rows than a pipe holds.
    let rows = "SELECT a.image_key FROM ct_slices a CROSS JOIN ct_slices b CROSS JOIN ct_slices c CROSS JOIN ct_slices d CROSS JOIN ct_slices e";
    for format in ["csv", "json", "table"] {
        let mut child = lake
            .command(["sql", "-", "--format", format])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), rows.as_bytes()).unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{format}");
        drop(reader);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{format}");
        assert_eq!(ended.status.code(), Some(0), "{format}");
    }
}

#[test]
fn an_older_snapshot() {
    let lake = Lake::built(&Dataset::small());
    let first = lake.snapshot();
    lake.ingest(&Dataset::small().line(Split::Test, "NCP_1_10_0003.png 2 1 2 3 4"));
    lake.ctlake(["build"]).ok();
    let count = "SELECT COUNT(*) AS n FROM ct_slices";
    assert_eq!(lake.sql(count), "n\n7\n");
    for selector in ["1", &first, &first[..20]] {
        let said = lake.ctlake(["sql", count, "--snapshot", selector]).ok();
        assert_eq!(said.raw_stdout(), "n\n6\n", "{selector}");
    }
    assert_snapshot!(lake.ctlake(["sql", count, "--snapshot", "7"]).fails(1), @"
    exit 1
    --- stderr
    error: no snapshot `7` in the log

    hint: `ctlake snapshots list` shows which there are
    ");
    assert_snapshot!(lake.ctlake(["sql", count, "--snapshot", "2"]).ok().raw_stdout(), @"
    n
    7
    ");
}

#[test]
fn questions_analysts_ask() {
    let lake = Lake::built(&Dataset::small());
    assert_snapshot!(lake.sql(
        "SELECT p.scans, s.split, COUNT(DISTINCT s.patient_id) AS patients, COUNT(*) AS slices \
         FROM ct_slices s JOIN patients p ON s.patient_id = p.patient_id \
         GROUP BY p.scans, s.split ORDER BY p.scans, s.split"
    ), @"
    scans,split,patients,slices
    1,test,1,1
    1,train,2,3
    1,val,2,2
    ");
    assert_snapshot!(lake.sql(
        "SELECT age_band, diagnosis, COUNT(*) AS patients FROM patients \
         GROUP BY age_band, age_band_order, diagnosis ORDER BY age_band_order, diagnosis"
    ), @"
    age_band,diagnosis,patients
    20-39,Normal,1
    40-59,COVID-19,1
    60-79,Pneumonia,1
    Unknown,COVID-19,1
    Unknown,Normal,1
    ");
    assert_snapshot!(lake.sql("WITH big AS (SELECT patient_id FROM patients WHERE slices > 1) SELECT * FROM big"), @"
    patient_id
    NCP_1
    ");
}

#[test]
fn a_lake_below_folders_that_look_like_partitions() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    let below = "a=b/country=Nowhere/ä lake";
    lake.ctlake(["ingest", "dataset", "--lake", below]).ok();
    lake.ctlake(["build", "--lake", below]).ok();
    let by_country =
        "SELECT country, COUNT(*) AS slices FROM ct_slices GROUP BY country ORDER BY country";
    let said = lake.ctlake(["sql", by_country, "--lake", below]).ok();
    assert_eq!(said.raw_stdout(), "country,slices\nChina,5\nIran,1\n");
    let iran = "SELECT * FROM patients WHERE country = 'Iran'";
    let said = lake.ctlake(["sql", iran, "--lake", below]).ok();
    assert!(!said.raw_stdout().contains("Nowhere"));
    assert_eq!(said.raw_stdout().lines().count(), 2);
}

#[test]
fn a_statement_is_no_question() {
    let lake = Lake::built(&Dataset::small());
    for statement in [
        "DROP TABLE patients",
        "DELETE FROM patients",
        "CREATE TABLE t AS SELECT 1",
    ] {
        let said = lake.ctlake(["sql", statement]).fails(1);
        let words: Vec<&str> = statement.split(' ').take(2).collect();
        let expected = format!("error: expected a query, got `{}`\n", words.join(" "));
        assert!(said.stderr().starts_with(&expected), "{}", said.stderr());
        assert_eq!(said.raw_stdout(), "");
    }
}

#[test]
fn a_page_of_nulls_beside_pages_with_values() {
    // More NULLs than a page has rows, in a column that has a dictionary: HUST names have no scan.
    let labels: String = (0..20_001)
        .map(|slice| format!("HUST-Patient1-{slice:05}.png 2 10 20 110 120\n"))
        .collect();
    let labels = labels + "NCP_1_10_0001.png 2 10 20 110 120\n";
    let dataset = Dataset::small()
        .patient("HUST-Patient1,iCTCF,China,F,45,COVID-19,Yes,Expert,Axial,CT")
        .labels(Split::Train, &labels);
    let lake = Lake::built(&dataset);
    assert_snapshot!(
        lake.sql("SELECT scan_id, COUNT(*) AS slices FROM ct_slices WHERE split = 'train' GROUP BY scan_id ORDER BY slices"),
        @"
    scan_id,slices
    10,1
    ,20001
    "
    );
}

#[test]
fn views() {
    let lake = Lake::built(&Dataset::small());
    assert_snapshot!(lake.ctlake(["sql", "SELECT * FROM slices_by_cohort ORDER BY country, sex, diagnosis, split"]).ok(), @"
    exit 0
    --- stdout
    country,sex,age_band,diagnosis,split,slices,patients,images
    China,F,40-59,COVID-19,train,2,1,0
    China,M,60-79,Pneumonia,train,1,1,0
    China,Unknown,Unknown,COVID-19,val,1,1,0
    China,Unknown,Unknown,Normal,val,1,1,0
    Iran,M,20-39,Normal,test,1,1,0
    ");
    assert_snapshot!(lake.ctlake(["sql", "SELECT * FROM patients_by_split ORDER BY split, diagnosis, sex"]).ok(), @"
    exit 0
    --- stdout
    split,diagnosis,sex,patients,scans,slices,with_age,youngest,oldest
    test,Normal,M,1,1,1,1,30,30
    train,COVID-19,F,1,1,2,1,45,45
    train,Pneumonia,M,1,1,1,1,62,62
    val,COVID-19,Unknown,1,1,1,0,,
    val,Normal,Unknown,1,1,1,0,,
    ");
    assert_snapshot!(lake.ctlake(["sql", "SELECT * FROM quality_summary"]).ok(), @"
    exit 0
    --- stdout
    rule,severity,subject_type,findings
    image-missing,warning,release,6
    ");
    assert_snapshot!(
        lake.ctlake(["sql", "SELECT image_uri, country FROM slice_images WHERE split = 'test'"]).ok(),
        @"
    exit 0
    --- stdout
    image_uri,country
    [DIR]/lake/landing/CT-2A/2A_images/normal1_patient5_SR_1_IM00001.png,Iran
    "
    );
}

#[cfg(unix)]
#[test]
fn a_folder_whose_path_is_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let lake = Lake::temp();
    lake.place(&Dataset::small());
    let folder = OsStr::from_bytes(b"caf\xe9");
    let run = |args: &[&str]| {
        let mut command = lake.command(args);
        command.arg("--lake").arg(folder);
        lake.run(command).ok()
    };
    run(&["ingest", "dataset"]);
    run(&["build"]);
    let counted = run(&["sql", "SELECT COUNT(*) AS slices FROM ct_slices"]);
    assert_eq!(counted.raw_stdout(), "slices\n6\n");
}

#[test]
fn numbers_that_do_not_fit_are_errors() {
    let lake = Lake::built(&Dataset::small());
    let error = |query: &str| {
        let said = lake.ctlake(["sql", query]).fails(1);
        assert_eq!(said.raw_stdout(), "");
        said.stderr().lines().next().unwrap().to_owned()
    };
    assert_snapshot!(error("SELECT slices + 9223372036854775807 AS n FROM patients"), @"error: cannot answer the query: `patients.slices + 9223372036854775807` does not fit into 64 bits");
    assert_snapshot!(error("SELECT SUM(x) FROM (VALUES (9223372036854775807), (5)) t(x)"), @"error: cannot answer the query: `sum(t.x)` does not fit into 64 bits");
    assert_snapshot!(error("SELECT slices / (scans - scans) FROM patients"), @"error: cannot answer the query: division by zero in `patients.slices / (patients.scans - patients.scans)`");
}

#[test]
fn counts_have_a_sign_and_windows_see_the_groups() {
    let lake = Lake::built(&Dataset::small());
    assert_eq!(
        lake.sql("SELECT COUNT(*) FILTER (WHERE age > 200) - COUNT(*) AS n FROM patients"),
        "n\n-5\n"
    );
    assert_eq!(
        lake.sql(
            "SELECT split, SUM(COUNT(*)) OVER () AS n FROM ct_slices GROUP BY split ORDER BY split"
        ),
        "split,n\ntest,6\ntrain,6\nval,6\n"
    );
}

#[test]
fn null_equals_null_in_sets() {
    let lake = Lake::built(&Dataset::small());
    for (sets, rows) in [
        (
            "SELECT age FROM patients EXCEPT SELECT age FROM patients",
            0,
        ),
        (
            "SELECT age FROM patients INTERSECT SELECT age FROM ct_slices",
            4,
        ),
    ] {
        assert_eq!(lake.sql(sets).lines().count(), rows + 1, "{sets}");
    }
    lake.ctlake([
        "sql",
        "SELECT age FROM patients EXCEPT ALL SELECT age FROM patients",
    ])
    .fails(1);
}

#[test]
fn what_would_be_misread_is_refused_with_what_works() {
    let lake = Lake::built(&Dataset::small());
    for (refused, works) in [
        (
            "SELECT COUNT(*) AS n FROM patients WHERE age = ANY (SELECT age FROM patients WHERE sex = 'F')",
            "SELECT COUNT(*) AS n FROM patients WHERE age IN (SELECT age FROM patients WHERE sex = 'F')",
        ),
        (
            "SELECT COUNT(*) AS n FROM patients WHERE age NOT IN (SELECT age FROM patients) OR sex = 'F'",
            "SELECT COUNT(*) AS n FROM patients p WHERE sex = 'F' OR NOT EXISTS (SELECT 1 FROM patients q WHERE q.age = p.age AND q.sex <> 'F')",
        ),
        (
            "SELECT COUNT(*) AS n FROM patients p WHERE EXISTS (SELECT COUNT(*) FROM ct_slices s WHERE s.patient_id = p.patient_id)",
            "SELECT COUNT(*) AS n FROM patients p WHERE (SELECT COUNT(*) FROM ct_slices s WHERE s.patient_id = p.patient_id) > 0",
        ),
        (
            "SELECT COUNT(*) AS n FROM patients a FULL JOIN patients b USING (patient_id)",
            "SELECT COUNT(COALESCE(a.patient_id, b.patient_id)) AS n FROM patients a FULL JOIN patients b ON a.patient_id = b.patient_id",
        ),
        (
            "SELECT COUNT(*) AS n FROM patients a JOIN patients b",
            "SELECT COUNT(*) AS n FROM patients a CROSS JOIN patients b",
        ),
        (
            "SELECT COUNT(*) AS n FROM patients WHERE in_metadata IS DISTINCT FROM TRUE OR sex = 'F'",
            "SELECT COUNT(*) AS n FROM patients WHERE (in_metadata IS DISTINCT FROM TRUE) OR sex = 'F'",
        ),
        (
            "SELECT SUM(age) OVER (w ORDER BY patient_id) AS n FROM patients WINDOW w AS (PARTITION BY sex)",
            "SELECT SUM(age) OVER w AS n FROM patients WINDOW w AS (PARTITION BY sex ORDER BY patient_id)",
        ),
        (
            "SELECT CORR(DISTINCT age, slices) AS n FROM patients",
            "SELECT CORR(age, slices) AS n FROM (SELECT DISTINCT age, slices FROM patients)",
        ),
        (
            "SELECT STDDEV(age) OVER (ORDER BY patient_id ROWS 1 PRECEDING) AS n FROM patients",
            "SELECT STDDEV(age) OVER (ORDER BY patient_id) AS n FROM patients",
        ),
        (
            "SELECT split, COUNT(*) AS n FROM ct_slices GROUP BY split WITH ROLLUP",
            "SELECT split, COUNT(*) AS n FROM ct_slices GROUP BY ROLLUP (split)",
        ),
        (
            "SELECT COUNT(*) AS n FROM patients WHERE country SIMILAR TO 'Chin'",
            "SELECT COUNT(*) AS n FROM patients WHERE REGEXP_LIKE(country, '^(Chin)$')",
        ),
        (
            "SELECT DATE '2020-03-01' + INTERVAL '36' HOUR AS n",
            "SELECT CAST(DATE '2020-03-01' AS TIMESTAMP) + INTERVAL '36' HOUR AS n",
        ),
        (
            "SELECT LEAD(age, 2 IGNORE NULLS) OVER (ORDER BY patient_id) AS n FROM patients",
            "SELECT LEAD(age, 2) OVER (ORDER BY patient_id) AS n FROM patients WHERE age IS NOT NULL",
        ),
    ] {
        let said = lake.ctlake(["sql", refused]).fails(1);
        assert!(
            said.stderr().contains("not supported: "),
            "{refused}\n{said}"
        );
        assert!(lake.sql(works).starts_with(if works.contains("split,") {
            "split,n\n"
        } else {
            "n\n"
        }));
    }
}

#[test]
fn answers_that_datafusion_alone_gets_wrong() {
    let lake = Lake::built(&Dataset::small());
    for (query, answer) in [
        // No group of no rows, and all groups whose values are NULL.
        (
            "SELECT COUNT(*) AS n FROM patients WHERE age > 200 GROUP BY CAST(2.25 AS BIGINT)",
            "n\n",
        ),
        (
            "SELECT patient_id, MAX(age) AS m FROM patients WHERE patient_id = 'NCP_2' GROUP BY patient_id ORDER BY m DESC LIMIT 9",
            "patient_id,m\nNCP_2,\n",
        ),
        // Numbers.
        (
            "SELECT CAST(1e3 AS BIGINT) AS n, 2e-1 AS m",
            "n,m\n1000,0.2\n",
        ),
        (
            "SELECT POWER(2.5, 3) AS n, CEIL(0.5) AS m, ROUND(99.5) AS o",
            "n,m,o\n15.625,1.0,100\n",
        ),
        (
            "SELECT CAST(-2.5e0 AS BIGINT) AS n, CAST(2.5e0 AS INTEGER) AS m",
            "n,m\n-3,3\n",
        ),
        (
            "SELECT DATE_DIFF('month', DATE '2020-01-31', DATE '2020-02-29') AS n, \
             DATE_DIFF('month', DATE '2020-01-31', DATE '2020-02-28') AS m",
            "n,m\n1,0\n",
        ),
        (
            "SELECT REGEXP_REPLACE('a1b2', '([a-z])([0-9])', '$1_$2') AS n",
            "n\na_1b_2\n",
        ),
        ("SELECT 1e0 / 0 AS n", "n\ninf\n"),
        // What is checked keeps its name, which groups need.
        (
            "SELECT MAX(n) AS n FROM (SELECT COUNT(*) AS n FROM patients GROUP BY CUBE (ABS(slices), -age, scans * 1.0))",
            "n\n5\n",
        ),
        (
            "SELECT COUNT(*) AS n FROM patients WHERE country IS DISTINCT FROM SUBSTR(country, 1, 2)",
            "n\n5\n",
        ),
        // A quotient behind what rules its zero out.
        (
            "SELECT COUNT(*) AS n FROM patients WHERE slices > 1 AND 100 / (slices - 1) > 3",
            "n\n1\n",
        ),
        (
            "SELECT p.age, age, sex AS x, sex AS x FROM patients p WHERE patient_id = 'CP_3'",
            "age,age_2,x,x_2\n62,62,M,M\n",
        ),
    ] {
        assert_eq!(lake.sql(query), answer, "{query}");
    }
    // A filter above an outer join whose sides both have the column.
    let joined = |join: &str, filter: &str| {
        lake.sql(&format!(
            "SELECT COUNT(*) AS n FROM patients p {join} ct_slices s ON p.patient_id = s.patient_id AND s.split = 'test' {filter}"
        ))
    };
    let filter = "WHERE p.patient_id || 'a' LIKE '%a'";
    assert_ne!(joined("RIGHT JOIN", ""), joined("JOIN", ""));
    assert_eq!(joined("RIGHT JOIN", filter), joined("JOIN", ""));
}

#[test]
fn polars_refuses_what_it_may_get_wrong() {
    let lake = Lake::built(&Dataset::small());
    let polars = |query: &str| lake.ctlake(["sql", query, "--engine", "polars"]);
    assert_eq!(
        polars("SELECT COUNT(*) FILTER (WHERE age > 40) AS n FROM patients")
            .ok()
            .raw_stdout(),
        "n\n2\n"
    );
    assert_snapshot!(polars("SELECT split, SUM(COUNT(*)) OVER () AS n FROM ct_slices GROUP BY split").fails(1), @"
    exit 1
    --- stderr
    error: cannot answer the query: Polars is not asked for `SUM(COUNT(*)) OVER ()`, which it may get wrong

    hint: leave out `--engine polars`: DataFusion answers it
    ");
}
#[test]
fn extensions_that_stand_for_no_format_are_refused() {
    let lake = Lake::built(&Dataset::small());
    let query = "SELECT COUNT(*) FROM patients";
    assert_snapshot!(lake.ctlake(["sql", query, "-o", "a.xls"]).fails(2), @"
    exit 2
    --- stderr
    error: cannot tell the format of `a.xls`: expected .csv, .json, .md, .parquet, .txt or .xlsx, got `.xls`

    hint: rename the file, or name the format: `--format csv`
    ");
    assert!(!lake.path("a.xls").exists());
    for (name, format, expected) in [
        ("a.dat", Some("csv"), "count\n5\n"),
        ("a.CSV", None, "count\n5\n"),
        ("a.md", None, "| count |\n| ---: |\n| 5 |\n"),
    ] {
        let mut args = vec!["sql", query, "-o", name];
        args.extend(format.iter().flat_map(|format| ["--format", format]));
        lake.ctlake(args).ok();
        let written = fs::read_to_string(lake.path(name)).unwrap();
        assert_eq!(written, expected, "{name}");
    }
    let said = lake.ctlake(["sql", query, "-o", "a.xlsx", "--format", "csv"]);
    assert_snapshot!(said.fails(2), @"
    exit 2
    --- stderr
    error: `a.xlsx` is the name of a workbook, got another `--format`

    hint: leave out `--format`, or choose another name: `--output answer.csv`
    ");
}

#[test]
fn a_workbook_has_numbers_as_numbers_and_texts_as_texts() {
    let lake = Lake::built(&Dataset::small());
    let query = "SELECT patient_id, age, in_metadata, 1234567890123456 AS long, 0.5 AS half, '=1+1' AS formula \
        FROM patients ORDER BY patient_id LIMIT 3";
    lake.ctlake(["sql", query, "-o", "a.xlsx"]).ok();
    let piped = lake.ctlake(["sql", query, "--format", "xlsx"]).ok();
    assert_eq!(&piped.raw.stdout[..2], b"PK");
    let mut archive = zip::ZipArchive::new(File::open(lake.path("a.xlsx")).unwrap()).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        let mut part = archive.by_name(name).unwrap();
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        text
    };
    let strings = part("xl/sharedStrings.xml");
    let strings: Vec<&str> = strings
        .split("<t>")
        .skip(1)
        .filter_map(|text| text.split("</t>").next())
        .collect();
    let sheet = part("xl/worksheets/sheet1.xml");
    let rows: Vec<String> = sheet
        .split("<row ")
        .skip(1)
        .map(|row| {
            let cells = row.split("<c ").skip(1).map(|cell| {
                let value = cell
                    .split("<v>")
                    .nth(1)
                    .unwrap()
                    .split("</v>")
                    .next()
                    .unwrap();
                if cell.contains("t=\"s\"") {
                    format!("'{}'", strings[value.parse::<usize>().unwrap()])
                } else {
                    value.to_owned()
                }
            });
            cells.collect::<Vec<_>>().join(" ")
        })
        .collect();
    // The age of NCP_2 is NULL: no cell.
    assert_eq!(
        rows,
        [
            "'patient_id' 'age' 'in_metadata' 'long' 'half' 'formula'",
            "'CP_3' 62 1 '1234567890123456' 0.5 '=1+1'",
            "'NCP_1' 45 1 '1234567890123456' 0.5 '=1+1'",
            "'NCP_2' 1 '1234567890123456' 0.5 '=1+1'",
        ]
    );
}

#[test]
fn a_query_without_a_name_for_a_column_gets_one() {
    let lake = Lake::built(&Dataset::small());
    assert_eq!(
        lake.sql("SELECT sex, COUNT(*) FROM patients WHERE sex = 'F' GROUP BY sex"),
        "sex,count\nF,1\n"
    );
    assert_eq!(
        lake.sql("SELECT COUNT(DISTINCT sex), COUNT(*) AS len FROM patients"),
        "count_distinct_sex,len\n3,5\n"
    );
}

#[test]
fn the_query_comes_from_stdin_when_none_is_named() {
    let lake = Lake::built(&Dataset::small());
    let said = lake.ctlake_with_input(["sql"], "SELECT 1 AS one\n").ok();
    assert_eq!(said.raw_stdout(), "one\n1\n");
}

#[test]
fn findings_have_one_number_everywhere() {
    let lake = Lake::built(&Dataset::small());
    for query in [
        "SELECT SUM(occurrences) AS findings FROM quality_findings",
        "SELECT findings FROM snapshot_info",
        "SELECT SUM(findings) AS findings FROM quality_summary",
    ] {
        assert_eq!(lake.sql(query), "findings\n6\n", "{query}");
    }
    let status = lake.ctlake(["status"]).ok();
    assert!(status.raw_stdout().contains("findings  6\n"));
    let report = lake.ctlake(["report"]).ok();
    let said = report.raw_stdout().to_owned() + &String::from_utf8_lossy(&report.raw.stderr);
    assert!(said.contains(" 6 findings"), "{said}");
}

#[test]
fn arrays_are_json_text_in_cells() {
    let lake = Lake::built(&Dataset::small());
    let query =
        "SELECT sex, ARRAY_AGG(age ORDER BY age) AS ages FROM patients GROUP BY sex ORDER BY sex";
    let csv = "sex,ages\nF,[45]\nM,\"[30, 62]\"\nUnknown,\"[null, null]\"\n";
    assert_eq!(lake.sql(query), csv);
    lake.ctlake(["sql", query, "-o", "ages.csv"]).ok();
    assert_eq!(fs::read_to_string(lake.path("ages.csv")).unwrap(), csv);
    lake.ctlake(["sql", query, "-o", "ages.xlsx"]).ok();
    assert_snapshot!(lake.ctlake(["sql", query, "--format", "table"]).ok(), @"
    exit 0
    --- stdout
    +---------+--------------+
    | sex     | ages         |
    +---------+--------------+
    | F       | [45]         |
    | M       | [30, 62]     |
    | Unknown | [null, null] |
    +---------+--------------+
    ");
}

#[test]
fn content_that_a_format_does_not_hold_is_no_fault_of_the_disk() {
    let lake = Lake::built(&Dataset::small());
    let query = "SELECT REPEAT('a', 40000) AS text";
    assert_snapshot!(lake.ctlake(["sql", query, "-o", "a.xlsx"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot write `a.xlsx`: row 1, column 1: expected at most 32,767 characters, Excel's limit of a cell, got more

    hint: choose another format: `--output answer.parquet` or `--output answer.json`
    ");
    assert!(!lake.path("a.xlsx").exists());
}

#[test]
fn polars_answers_what_it_is_asked_as_datafusion_does() {
    let lake = Lake::built(&Dataset::small());
    for query in [
        "SELECT * FROM patients ORDER BY patient_id",
        "SELECT sex, COUNT(*) AS n, SUM(slices) AS s, MIN(age) AS y, MAX(diagnosis) AS d FROM patients GROUP BY sex ORDER BY n DESC, sex",
        "SELECT COUNT(DISTINCT age) AS a, SUM(age) FILTER (WHERE age > 200) AS b, AVG(age) AS c FROM patients WHERE NOT sex = 'M'",
        "SELECT sex, COUNT(age) AS n FROM patients GROUP BY sex HAVING COUNT(age) > 0 AND MAX(age) < 60.5 ORDER BY sex",
        "SELECT p.patient_id, s.file_name FROM patients p LEFT JOIN ct_slices s ON p.patient_id = s.patient_id ORDER BY p.patient_id, s.file_name",
        "SELECT CASE WHEN age IS NULL THEN 'none' WHEN age BETWEEN 0 AND 45 THEN 'young' END AS a, LOWER(COALESCE(split, 'X')) || sex AS b FROM patients ORDER BY patient_id",
        "WITH t AS (SELECT diagnosis, COUNT(*) AS n FROM ct_slices GROUP BY diagnosis) SELECT MAX(n) AS most, SUM(n) AS total FROM t",
        "SELECT COUNT(*) AS n FROM (SELECT country FROM patients UNION ALL SELECT source FROM patients) AS t WHERE country LIKE '%a%'",
        "SELECT DISTINCT diagnosis FROM slice_images ORDER BY diagnosis LIMIT 2",
    ] {
        let polars = lake.ctlake(["sql", query, "--engine", "polars"]).ok();
        assert_eq!(polars.raw_stdout(), lake.sql(query), "{query}");
    }
}

#[test]
fn errors_name_the_expression_in_words_of_sql() {
    let lake = Lake::built(&Dataset::small());
    for (query, expected) in [
        (
            "SELECT patient_id IN (SELECT patient_id FROM ct_slices) FROM patients",
            "not supported: IN (SELECT …) where a NULL is not a no; write `EXISTS (SELECT … WHERE q.a = p.a)`",
        ),
        (
            "SELECT MAX(AVG(age)) FROM patients GROUP BY sex",
            "not supported: an aggregate within another one, in GROUP BY or in ON",
        ),
        (
            "SELECT * FROM patients SEMI JOIN ct_slices USING (patient_id)",
            "not supported: SEMI JOIN without LEFT or RIGHT",
        ),
        (
            "SELECT age FROM patients UNION SELECT age, sex FROM patients",
            "UNION queries have different number of columns",
        ),
        (
            "SELECT ROW_NUMBER() FROM patients",
            "`ROW_NUMBER` needs OVER (…)",
        ),
        (
            "SELECT REGEXP_LIKE('a', '(')",
            "cannot read the regular expression: unclosed group",
        ),
        (
            "SELECT SUM(country) FROM patients",
            "`sum` does not take VARCHAR",
        ),
        (
            "SELECT -(-9223372036854775807 - age / age) FROM patients",
            "`-(-9223372036854775807 - (patients.age / patients.age))` does not fit into 64 bits",
        ),
        (
            "SELECT ABS(-9223372036854775807 - 1)",
            "`ABS(-9223372036854775807 - 1)` does not fit into 64 bits",
        ),
        ("SELECT 5.5 % 0", "division by zero in `5.5 % 0`"),
        (
            "SELECT age % 0.0 FROM patients",
            "division by zero in `patients.age % 0.0`",
        ),
        (
            "SELECT CAST(age AS DECIMAL(38,0)) * 99999999999999999999999999999999999999 FROM patients",
            "`patients.age * 99999999999999999999999999999999999999` does not fit into 38 digits",
        ),
    ] {
        let said = lake.ctlake(["sql", query]).fails(1);
        let said = String::from_utf8_lossy(&said.raw.stderr).into_owned();
        let first = said.lines().next().unwrap_or_default();
        assert_eq!(first, format!("error: cannot answer the query: {expected}"));
        assert!(said.lines().count() <= 6, "{said}");
    }
    assert_snapshot!(lake.ctlake(["sql", "SELECT '中文' AS a, wrong FROM patients"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot answer the query: no column `wrong`
      1 | SELECT '中文' AS a, wrong FROM patients
        |                     ^^^^^

    hint: the columns are patient_id, source, age, age_band, age_band_order, verified_finding, slice_selection, view, modality, scans, slices, split, in_metadata, cover_image_key, country, sex, diagnosis
    ");
}
