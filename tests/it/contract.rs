//! `ctlake schema`, and the data dictionary in docs/.

use std::fs;
use std::path::Path;

use ctlake::datasets::covidx_ct::contract;
use insta::assert_snapshot;

use crate::support::{Dataset, Lake};

#[test]
fn the_dictionary_of_one_table_and_of_all() {
    let lake = Lake::temp();
    assert_snapshot!(lake.ctlake(["schema", "snapshot_info"]).ok(), @"
    exit 0
    --- stdout
    ### `snapshot_info`

    Which snapshot these tables are, what it was built from and by what, and how many rows it holds.

    | column | type | NULL | meaning | example |
    |---|---|---|---|---|
    | `snapshot_id` (key) | string | never | Name of the snapshot: time of the build, start of the content id, four random hexadecimal digits. It is also the folder the data files lie in. | `[SNAPSHOT]` |
    | `content_id` | string | never | Digest of everything that determines the content of the tables: inputs, options, contract and merge version. Equal ids mean equal tables. | `3f9a1c2b5d6e7f80` |
    | `release` | string | never | Release of the dataset the snapshot was built from. | `CT-2A` |
    | `built_at` | string | never | Time of the build, ISO 8601 in UTC. | `[TIME]` |
    | `tool_version` | string | never | Version of ctlake that built the snapshot. | `0.1.0` |
    | `contract_version` | string | never | Version of this contract the tables keep to. | `1.0.0` |
    | `slices` | bigint | never | Number of rows of ct_slices. | `194922` |
    | `patients` | bigint | never | Number of rows of patients, with slices or without. | `4501` |
    | `findings` | bigint | never | How many times the quality rules are broken: the sum of quality_findings.occurrences, as build, status and report count it. | `195686` |
    ");
    let all = lake.ctlake(["schema"]).ok().raw_stdout().to_owned();
    let titles: Vec<&str> = all.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        titles,
        [
            "### `ct_slices`",
            "### `patients`",
            "### `quality_findings`",
            "### `snapshot_info`",
            "### `previews`"
        ]
    );
    for table in &contract().tables {
        for column in table.all_columns() {
            assert!(
                all.contains(&format!("| `{}`", column.name)),
                "{}",
                column.name
            );
        }
    }
    assert_eq!(
        all,
        lake.ctlake(["schema", "--format", "dictionary"])
            .ok()
            .raw_stdout()
    );
}

#[test]
fn arrow() {
    let lake = Lake::temp();
    assert_snapshot!(lake.ctlake(["schema", "patients", "--format", "arrow"]).ok(), @"
    exit 0
    --- stdout
    patients
        1  patient_id         Utf8 not null
        2  source             Utf8
        3  age                Int32
        4  age_band           Utf8 not null
        5  age_band_order     Int32 not null
        6  verified_finding   Utf8
        7  slice_selection    Utf8
        8  view               Utf8
        9  modality           Utf8
       10  scans              Int32 not null
       11  slices             Int32 not null
       12  split              Utf8
       13  in_metadata        Boolean not null
       14  cover_image_key    Utf8
      501  country            Utf8 not null (partition key, not in the files)
      502  sex                Utf8 not null (partition key, not in the files)
      503  diagnosis          Utf8 not null (partition key, not in the files)
    ");
    assert_snapshot!(lake.ctlake(["schema", "quality_findings", "--format", "arrow"]).ok(), @"
    exit 0
    --- stdout
    quality_findings
        1  rule               Utf8 not null
        2  severity           Utf8 not null
        3  subject_type       Utf8 not null
        4  subject            Utf8 not null
        5  detail             Utf8
        6  occurrences        Int64 not null
    ");
}

#[test]
fn json() {
    let lake = Lake::temp();
    let schema = lake.ctlake(["schema", "--format", "json"]).ok().json();
    assert_eq!(schema["contract_version"], contract().version);
    assert_eq!(schema["tables"].as_array().unwrap().len(), 5);
    assert_eq!(
        schema["quality_rules"].as_array().unwrap().len(),
        contract().rules.len()
    );
    let one = lake
        .ctlake(["schema", "patients", "--format", "json"])
        .ok()
        .json();
    assert_eq!(one["tables"][0], schema["tables"][1]);
    let measures = one["measures"].as_array().unwrap();
    assert!(
        measures
            .iter()
            .all(|measure| measure["table"] == "patients")
    );
    assert_eq!(measures[0]["sql"], "SELECT COUNT(*) AS value FROM patients");
    let country = one["tables"][0]["columns"]
        .as_array()
        .unwrap()
        .iter()
        .find(|column| column["name"] == "country");
    assert_eq!(country.unwrap()["partition_key"], true);
}

#[test]
fn odcs_without_a_lake_is_the_contract_as_it_is_written() {
    let lake = Lake::temp();
    assert_eq!(
        lake.ctlake(["schema", "--format", "odcs"])
            .ok()
            .raw_stdout(),
        contract().source
    );
    assert_snapshot!(lake.ctlake(["schema", "patients", "--format", "odcs"]).fails(2), @"
    exit 2
    --- stderr
    error: `--format odcs` prints the whole contract

    hint: leave the table out
    ");
    assert_snapshot!(lake.ctlake(["schema", "patient"]).fails(2), @"
    exit 2
    --- stderr
    error: expected a table, got `patient`

    hint: the tables are ct_slices, patients, quality_findings, snapshot_info, previews
    ");
}

#[test]
fn odcs_with_a_lake_names_the_current_files() {
    let lake = Lake::built(&Dataset::small());
    let by_option = lake
        .ctlake(["schema", "--format", "odcs", "--lake", "lake"])
        .ok();
    let mut command = lake.command(["schema", "--format", "odcs"]);
    command.env("CTLAKE_LAKE", "lake");
    let by_environment = lake.run(command).ok();
    assert_eq!(by_option.raw_stdout(), by_environment.raw_stdout());
    let text = by_option.stdout();
    let servers = text.find("servers:").unwrap();
    assert_snapshot!(&text[servers..], @"
    servers:
    - server: lake
      type: local
      path: [DIR]/lake/curated/{model}/[SNAPSHOT]/**/*.parquet
      format: parquet
    ");
    ctlake::contract::Contract::parse(by_option.raw_stdout()).unwrap();
    let path = lake
        .path("lake")
        .join("curated/patients")
        .join(lake.snapshot());
    assert!(path.is_dir());
}

#[test]
fn every_data_file_follows_the_contract() {
    let lake = Lake::built(&Dataset::small().line(
        ctlake::datasets::covidx_ct::files::Split::Val,
        "NCP_2_20_0005.png 2 1 2 3 4",
    ));
    let log = lake.log();
    // Those that this build was asked for.
    for table in contract().tables.iter().filter(|table| !table.optional) {
        for file in crate::support::rows::files(&log[0], &table.name) {
            for batch in lake.batches(file) {
                let schema = batch.schema();
                let found: Vec<(&str, bool, Option<&String>)> = schema
                    .fields()
                    .iter()
                    .map(|field| {
                        (
                            field.name().as_str(),
                            field.is_nullable(),
                            field.metadata().get("PARQUET:field_id"),
                        )
                    })
                    .collect();
                let ids: Vec<String> = table
                    .columns
                    .iter()
                    .map(|column| column.field_id.to_string())
                    .collect();
                let expected: Vec<(&str, bool, Option<&String>)> = table
                    .columns
                    .iter()
                    .zip(&ids)
                    .map(|(column, id)| (column.name.as_str(), !column.required, Some(id)))
                    .collect();
                assert_eq!(found, expected, "{}", table.name);
            }
        }
    }
}

#[test]
fn the_docs_have_the_dictionary_as_it_is() {
    const BEGIN: &str = "<!-- dictionary:begin -->";
    const END: &str = "<!-- dictionary:end -->";
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dictionary.md");
    let text = fs::read_to_string(&page).expect("docs/dictionary.md");
    let dictionary = Lake::temp().ctlake(["schema"]).ok().raw_stdout().to_owned();
    let between = text
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(between, _)| between.trim_matches('\n'));
    assert!(
        between == Some(dictionary.trim_matches('\n')),
        "docs/dictionary.md has another data dictionary than the contract: put the output of `cargo run -- schema` between \
         `{BEGIN}` and `{END}`"
    );
}

#[test]
fn the_docs_have_the_quality_rules_as_they_are() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dictionary.md");
    let text = fs::read_to_string(&page).expect("docs/dictionary.md");
    let (_, table) = text
        .split_once("| rule | severity | found when |\n|---|---|---|\n")
        .expect("a table of rules");
    let shown: Vec<&str> = table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .collect();
    let json = Lake::temp().ctlake(["schema", "--format", "json"]).ok();
    let document: serde_json::Value = serde_json::from_str(json.raw_stdout()).expect("JSON");
    let rules = document["quality_rules"].as_array().expect("rules");
    let expected: Vec<String> = rules
        .iter()
        .map(|rule| {
            let field = |name: &str| rule[name].as_str().expect("text");
            format!(
                "| `{}` | {} | {} |",
                field("id"),
                field("severity"),
                field("text")
            )
        })
        .collect();
    assert_eq!(shown, expected);
}
